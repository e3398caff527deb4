"""Resident engines: a stage's side of an engine that stays loaded between the jobs of a run.

``ResidentEngine`` keeps what every engine promises; the sampling is done by a daemon (``engines.daemon``), which it
finds or starts. With ``replay`` and ``transformers`` on a CPU the completions are those of an engine of its own, byte
for byte; with vLLM the requests and seeds are the same, and the kernels round by the batch's shape either way.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from seqplay.config import EngineConfig, EngineKind, ModelConfig
from seqplay.engines import vllm_api
from seqplay.engines.base import Engine, IsPending, Request, pending_samples
from seqplay.engines.daemon import Order
from seqplay.engines.liveness import adapter_name
from seqplay.engines.registry import check_adapter, open_engine
from seqplay.errors import EngineError, ToolError
from seqplay.files import canonical_json, content_id
from seqplay.records import Completion
from seqplay.runtime import code_freeze
from seqplay.runtime.daemon_start import alone, quote, start
from seqplay.runtime.daemons import Address, Channel, addresses, end_all
from seqplay.runtime.gpus import visible_gpus
from seqplay.runtime.owner import Owner, owner

TRIES = 3
"""How often a daemon is started for one stage."""
PAUSE = 5.0
"""Seconds before another is started: what ended the last one may take a moment to be over."""


def stays(config: EngineConfig) -> bool:
    """Say whether a stage's engine is one that stays loaded."""
    if config.resident == "no" or config.kind in (EngineKind.SERVER, EngineKind.NONE) or owner() is None:
        return False
    wanted = config.kind is EngineKind.VLLM and bool(visible_gpus()) and not config.vllm.stage_seed
    return wanted or config.resident == "yes"


def open_stage_engine(config: EngineConfig, model: ModelConfig, adapter: Path | None) -> Engine:
    """Return the engine of a stage: one that stays where the configuration says so, else one of the stage's own."""
    run = owner()
    if run is not None and stays(config):
        return ResidentEngine(config, model, adapter, run)
    if run is not None and config.kind is EngineKind.VLLM:
        end_all(visible_gpus())  # this job has them for itself, and another experiment's engine may stay there
    if config.kind is EngineKind.VLLM and _python(config) != sys.executable:
        return ResidentEngine(config, model, adapter, Owner.this_process(), stays=False)
    return open_engine(config, model, adapter)


def _python(config: EngineConfig) -> str:
    """Return the Python that a daemon runs in: vLLM may have an environment of its own."""
    return vllm_api.interpreter(config.vllm.python) if config.kind is EngineKind.VLLM else sys.executable


class _Lost(Exception):
    """The daemon ended while it was needed."""


class ResidentEngine:
    """Samples through the run's daemon on this job's GPUs, or through one of the stage's own (``stays`` is false) where
    the engine runs in another Python."""

    def __init__(
        self, config: EngineConfig, model: ModelConfig, adapter: Path | None, run: Owner, *, stays: bool = True
    ) -> None:
        """Check the adapter; the daemon is found, or started, at the first ``sample``."""
        if adapter is not None:
            check_adapter(adapter)
        self.name = f"resident {config.kind}"
        self._config, self._model, self._run, self._stays = config, model, run, stays
        self._adapter = None if adapter is None else adapter.resolve()
        self._devices = tuple(visible_gpus())
        code = Path(os.environ.get(code_freeze.VARIABLE, "")).name
        plain = canonical_json([config.model_dump(mode="json"), model.model_dump(mode="json")])
        self._identity = content_id("daemon", plain, run.model_dump_json(), code)

    def sample(self, requests: Sequence[Request], wanted: IsPending) -> Generator[Completion]:
        """Yield the wanted completions as they finish; a daemon that is lost meanwhile is started again."""
        missing = {draw.key for draw in pending_samples(requests, wanted)}
        for tries in range(TRIES):
            if not missing:
                return
            if tries:
                time.sleep(PAUSE)
            address = self._daemon()
            try:
                for completion in self._ask(address, requests, missing):
                    missing.discard(completion.key)
                    yield completion
            except _Lost:
                address.end()
                quote(address)
        if missing:
            raise EngineError(
                f"{self.name}: its process ended {TRIES} times, with {len(missing)} completions missing; the cause "
                "stands above in the log; engine.resident: no starts an engine for each stage"
            )

    def close(self) -> None:
        """Leave the daemon to the next stage; end one of this stage's own."""
        if not self._stays:
            for address in addresses():
                if address.identity == self._identity:
                    address.end()

    def _ask(self, address: Address, requests: Sequence[Request], missing: set[str]) -> Iterator[Completion]:
        """Have the missing samples drawn."""
        order = {
            "order": "sample",
            "requests": [one.model_dump(mode="json") for one in requests],
            "wanted": sorted(missing),
            "adapter": None if self._adapter is None else str(self._adapter),
            "adapter_name": None if self._adapter is None else adapter_name(self._adapter),
        }
        try:
            channel = address.call(order, None)
        except OSError as error:
            raise _Lost from error
        with closing(channel):
            while completion := _next(channel, address):
                yield completion

    def _daemon(self) -> Address:
        """Return the address of the daemon that does this stage's work; any other on the same GPUs is ended."""
        name = f"engine-{'-'.join(self._devices) or f'cpu-{self._identity[:12]}'}".replace("/", "_")
        with alone(name):
            for address in addresses(self._devices or None):
                if address.name == name and address.identity == self._identity and address.alive():
                    return address
                if address.name == name or self._devices:
                    address.end()
            return self._start(name)

    def _start(self, name: str) -> Address:
        """Start a daemon and wait until it hears callers."""
        command = [_python(self._config), "-m", "seqplay.engines.daemon"]

        def order(address: Address) -> Order:
            return Order(engine=self._config, model=self._model, owner=self._run, address=address, stays=self._stays)

        try:
            return start(name, self._identity, self._devices, command, order)
        except ToolError as error:
            raise EngineError(f"{self.name}: {error}") from error


def _next(channel: Channel, address: Address) -> Completion | None:
    """Return the next completion, none after the last; ``_Lost`` where the daemon ends."""
    try:
        message = channel.receive()
    except (OSError, EOFError) as error:
        raise _Lost from error
    if "error" in message:
        quote(address)
        raise EngineError(message["error"])
    return Completion.model_validate(message["completion"]) if "completion" in message else None
