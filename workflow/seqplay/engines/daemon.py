"""Engine daemon: a process that keeps an engine loaded between the jobs of a run, and samples for one at a time.

    python -m seqplay.engines.daemon < ORDER.json

A stage of a small model spends seconds on sampling and most of a minute on loading; so the first stage of a run starts
this process (``engines.resident``), and the later ones find it. It ends with the run's own process, when it is told to,
after an error, and after long without a job. Adapters go in and out of it: each is known by a hash of its contents,
and its liveness is checked each time it is loaded, so no two versions can be confused. While a training needs the GPU
its weights sleep in the machine's memory.

A caller sends one order, with the token of the daemon's address: ``sample`` (answered with a line for each completion
as it finishes, then ``done``), ``sleep`` or ``stop`` (answered with ``done``).
"""

from __future__ import annotations

import json
import logging
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from seqplay.config import EngineConfig, EngineKind, ModelConfig
from seqplay.engines.base import Engine, Request
from seqplay.engines.liveness import adapter_name
from seqplay.engines.registry import open_engine
from seqplay.errors import EngineError, SeqplayError
from seqplay.runtime.daemon_process import DaemonOrder, serve
from seqplay.runtime.daemons import Channel


class Order(DaemonOrder):
    """What an engine daemon is started with."""

    engine: EngineConfig
    model: ModelConfig
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

    def answer(self, message: dict[str, Any], channel: Channel) -> bool:
        """Carry out a caller's order; return whether to go on."""
        try:
            match message["order"]:
                case "sample":
                    self._sample(message, channel)
                case "sleep":
                    self._sleep()
                case "stop":
                    channel.send({"done": True})
                    return False
            channel.send({"done": True})
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
            self.close()
            self._engine = _open(self._order, adapter)
        elif name != self._playing and isinstance(self._engine, Switching):
            self._engine.use(adapter)
        self._playing = name
        return self._engine

    def _sleep(self) -> None:
        if isinstance(self._engine, Switching):
            self._engine.sleep()
        else:
            self.close()

    def close(self) -> None:
        """Close the engine, if one is open."""
        if self._engine is not None:
            self._engine.close()
        self._engine = None


def _open(order: Order, adapter: Path | None) -> Engine:
    if order.engine.kind is EngineKind.VLLM:
        from seqplay.engines.vllm import VllmEngine

        return VllmEngine(order.engine.vllm, order.model, adapter, resident=order.stays)
    return open_engine(order.engine, order.model, adapter)


def main() -> int:
    """Serve until the run ends; the address appears once callers are heard."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    order = Order.model_validate(json.load(sys.stdin))
    serve(order.address, order.owner, Daemon(order))
    return 0


if __name__ == "__main__":
    sys.exit(main())
