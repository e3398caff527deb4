"""A sampling stage: requests to completions, resumable at the completion where it was stopped."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from seqplay.config import EngineConfig, ModelConfig, fingerprint
from seqplay.engines.base import Engine, Request, Sample
from seqplay.engines.resident import open_stage_engine
from seqplay.errors import EngineError
from seqplay.files import content_id, dump_line
from seqplay.records import Completion
from seqplay.runtime.partial import PartialFile
from seqplay.runtime.progress import StageProgress


@dataclass(frozen=True)
class Sampler:
    """Who samples: an engine, the model that it runs, and the adapter that the model plays with."""

    engine: EngineConfig
    model: ModelConfig
    adapter: Path | None = None

    def open(self) -> Engine:
        """Return the engine; the model loads at its first sample, unless it is one that stays and has loaded it."""
        return open_stage_engine(self.engine, self.model, self.adapter)

    @property
    def fingerprint(self) -> str:
        """A hash of engine, weights and adapter."""
        weights = sorted(path.read_bytes().hex() for path in self.adapter.glob("*.safetensors")) if self.adapter else []
        return fingerprint(self.engine, self.model, content_id(*weights))


@contextmanager
def complete(
    engine_factory: Callable[[], Engine],
    requests: Sequence[Request],
    output: Path,
    progress_label: str,
    asked_of: str,
) -> Iterator[list[Completion]]:
    """Sample every request; give the completions to a ``with`` block that writes ``output``.

    They come ordered by request, then sample. Finished completions are kept in the partial file of ``output`` until the
    block has ended, so that a killed stage draws only what is missing; one from other requests or another
    player (``asked_of``) is discarded. The engine is opened only if something is missing. The number
    of tokens and the rate go to standard error. Raises ``EngineError``.
    """
    order = [Sample(request, sample).key for request in requests for sample in range(request.n)]
    if len(set(order)) != len(order):
        twice = next(key for key, count in Counter(order).items() if count > 1)
        raise EngineError(f"{progress_label}: two requests have the key {twice}; request ids must differ")
    stamp = content_id(asked_of, *(dump_line(request) for request in requests))
    with PartialFile(output, Completion, lambda completion: completion.key, stamp) as partial:
        missing = set(order) - partial.done.keys()
        if missing:
            with StageProgress(progress_label, len(order), len(order) - len(missing)) as progress:
                _draw(engine_factory, requests, partial, missing, progress)
        yield [partial.done[key] for key in order]
        partial.discard()


def _draw(
    engine_factory: Callable[[], Engine],
    requests: Sequence[Request],
    partial: PartialFile[Completion],
    missing: set[str],
    progress: StageProgress,
) -> None:
    """Sample the missing completions into the partial file."""
    engine = engine_factory()
    start, tokens, reasons = time.monotonic(), 0, Counter[str]()
    try:
        for completion in engine.sample(requests, frozenset(missing).__contains__):
            if completion.key not in missing:
                raise EngineError(f"{engine.name}: gave {completion.key}, which was not asked for or came twice")
            missing.remove(completion.key)
            partial.append(completion)
            progress.advance()
            tokens += completion.completion_tokens
            reasons[completion.finish_reason] += 1
    finally:
        engine.close()
    if missing:
        raise EngineError(
            f"{engine.name}: {len(missing)} completions did not come, the first is {min(missing)}; run again"
        )
    # Of the whole stage: a resumed one may have nothing left but what is too long.
    if all(completion.finish_reason == "overlong" for completion in partial.done.values()):
        raise EngineError(
            f"{progress.label}: every prompt is longer than the model takes; raise model.max_length, ask for shorter "
            "programs (programs.max_characters), or leave the worked examples out (few_shot)"
        )
    seconds = time.monotonic() - start
    endings = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
    print(
        f"{progress.label}: {tokens} tokens in {seconds:.1f} s, {tokens / max(seconds, 1e-9):.1f} tokens/s ({endings})",
        file=sys.stderr,
        flush=True,
    )
