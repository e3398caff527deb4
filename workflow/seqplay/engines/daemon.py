"""Engine daemon: a process that keeps an engine loaded between the jobs of a run, and samples for one at a time.

    python -m seqplay.engines.daemon < ORDER.json

A stage of a small model spends seconds on sampling and most of a minute on loading; so the first stage of a run starts
this process (``engines.resident``), and the later ones find it. It ends with the run's own process, when it is told to,
after an error, and after ``IDLE_SECONDS`` without a job. Adapters go in and out of it: each is known by a hash of its
contents, and its liveness is checked each time it is loaded, so no two versions can be confused. While a training
needs the GPU its weights sleep in the machine's memory.

A caller sends one order, with the token of the daemon's address: ``sample`` (answered with a line for each completion
as it finishes, then ``done``), ``sleep`` or ``stop`` (answered with ``done``).
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import signal
import socket
import sys
import time
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from seqplay.config import EngineConfig, EngineKind, ModelConfig
from seqplay.engines.base import Engine, Request
from seqplay.engines.liveness import adapter_name
from seqplay.engines.registry import open_engine
from seqplay.errors import EngineError, SeqplayError
from seqplay.runtime.daemons import Address, Channel, publish
from seqplay.runtime.owner import Owner

IDLE_SECONDS = 1200.0
"""How long a daemon stays without a job: longer than a validation takes, shorter than anybody wants to pay for it."""
LOOK_SECONDS = 1.0
"""How often it looks whether the run is still there."""
GREETING_SECONDS = 10.0
"""How long a caller may take to say what it wants."""


class Order(BaseModel):
    """What a daemon is started with."""

    model_config = ConfigDict(frozen=True)

    engine: EngineConfig
    model: ModelConfig
    owner: Owner
    address: Address
    """Without its process, which is not known before."""
    stays: bool = True
    """Whether it serves several stages, or one."""


@runtime_checkable
class Switching(Engine, Protocol):
    """An engine that changes its adapter, and frees its GPU for a while, without being started again."""

    def use(self, adapter: Path | None) -> None:
        """Play with another adapter, or with none, from the next sample on."""

    def sleep(self) -> None:
        """Free the GPU's memory until the next sample."""


class Daemon:
    """An engine, and the adapter that it plays with."""

    def __init__(self, order: Order) -> None:
        """Start with no engine: it is opened at the first sample."""
        self._order = order
        self._engine: Engine | None = None
        self._playing: str | None = None
        """The name of the adapter; none: the base model."""

    def serve(self, listener: socket.socket) -> None:
        """Answer callers until it is told to stop, or nobody needs it any more."""
        listener.settimeout(LOOK_SECONDS)
        last = time.monotonic()
        while True:
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                if not self._order.owner.alive() or time.monotonic() - last > IDLE_SECONDS:
                    logging.info("the run has ended, or has not asked for anything for long")
                    return
                continue
            connection.settimeout(GREETING_SECONDS)
            with closing(Channel(connection)) as channel:
                if not self._answer(connection, channel):
                    return
            last = time.monotonic()

    def _answer(self, connection: socket.socket, channel: Channel) -> bool:
        """Carry out a caller's order; return whether to go on."""
        try:
            message = channel.receive()
            known = hmac.compare_digest(str(message.get("token")), self._order.address.token)
        except (OSError, EOFError, ValueError, AttributeError):  # gone, or no message at all
            known = False
        if not known:
            return True
        try:
            connection.settimeout(None)
            match message["order"]:
                case "sample":
                    self._sample(message, channel)
                case "sleep":
                    self._sleep()
                case "stop":
                    channel.send({"done": True})
                    return False
            channel.send({"done": True})
        except OSError:  # the caller is gone: a job that was killed asks again
            logging.info("a caller has left")
        except SeqplayError as error:
            channel.send({"error": str(error)})
            return False
        return True

    def _sample(self, message: dict[str, Any], channel: Channel) -> None:
        """Send completions as they finish; those that a caller no longer waits for are given up."""
        requests = [Request.model_validate(one) for one in message["requests"]]
        engine = self._engine_with(message["adapter"], message["adapter_name"])
        with closing(engine.sample(requests, frozenset(message["wanted"]).__contains__)) as completions:
            for completion in completions:
                channel.send({"completion": completion.model_dump(mode="json")})

    def _engine_with(self, folder: str | None, name: str | None) -> Engine:
        """Return the engine, playing with an adapter whose contents have this name."""
        adapter = None if folder is None else Path(folder)
        if adapter is not None and adapter_name(adapter) != name:
            raise EngineError(f"adapter {adapter}: changed while the stage that asks for it ran; run again")
        if self._engine is None or (name != self._playing and not isinstance(self._engine, Switching)):
            self._close()
            self._engine = _open(self._order, adapter)
        elif name != self._playing and isinstance(self._engine, Switching):
            self._engine.use(adapter)
        self._playing = name
        return self._engine

    def _sleep(self) -> None:
        if isinstance(self._engine, Switching):
            self._engine.sleep()
        else:
            self._close()

    def _close(self) -> None:
        if self._engine is not None:
            self._engine.close()
        self._engine = None

    def __enter__(self) -> Daemon:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()


def _open(order: Order, adapter: Path | None) -> Engine:
    if order.engine.kind is EngineKind.VLLM:
        from seqplay.engines.vllm import VllmEngine

        return VllmEngine(order.engine.vllm, order.model, adapter, resident=order.stays)
    return open_engine(order.engine, order.model, adapter)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def main() -> int:
    """Serve until the run ends; the address appears once callers are heard."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    order = Order.model_validate(json.load(sys.stdin))
    signal.signal(signal.SIGTERM, _stop)
    address = order.address.model_copy(update={"pid": os.getpid()})
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address.socket)
        listener.listen()
        try:
            publish(address)
            with Daemon(order) as daemon:
                daemon.serve(listener)
        finally:
            address.forget()
    return 0


if __name__ == "__main__":
    sys.exit(main())
