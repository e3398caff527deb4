"""Engines: requests in, completions out as they finish.

An engine draws samples from a language model. Sample ``k`` of a request is drawn with the seed
``derive_seed(request.seed, k)``, so that a rerun, a resumed stage or another number of shards asks for the same
samples. The *text* that a seed gives is exactly reproducible with ``replay``; with real models it depends on the
arithmetic, which batching changes in the last bits: each engine's module says what it promises. Not covered: what the
prompts say (``prompts``), files and resuming (``engines.stage``).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import NamedTuple, Protocol

from seqplay.config import Sampling
from seqplay.files import derive_seed
from seqplay.records import Completion, Message, Record

IsPending = Callable[[str], bool]
"""Says whether the completion of a key (``request_id/sample``) is still needed."""


class Request(Record):
    """A prompt of which ``n`` samples are asked for."""

    id: str
    messages: tuple[Message, ...]
    n: int
    sampling: Sampling
    seed: int
    choices: tuple[str, ...] = ()
    """Structured decoding: the completion is one of these texts, where the engine can; empty: free text."""


class Sample(NamedTuple):
    """One sample to draw."""

    request: Request
    sample: int

    @property
    def key(self) -> str:
        """The key of its completion."""
        return f"{self.request.id}/{self.sample}"

    @property
    def seed(self) -> int:
        """The sample's own seed."""
        return derive_seed(self.request.seed, self.sample)


class Engine(Protocol):
    """What every engine offers."""

    name: str

    def sample(self, requests: Sequence[Request], wanted: IsPending) -> Generator[Completion]:
        """Yield the wanted completions as they finish, in any order; closed early, give up the others.

        The model is loaded at the first call, after the prompts' lengths were checked. Raises ``EngineError``.
        """

    def close(self) -> None:
        """Release the model; calling it twice is harmless."""


def pending_samples(requests: Iterable[Request], wanted: IsPending) -> list[Sample]:
    """Return the samples still to be drawn, ordered by request, then sample."""
    draws = [Sample(request, sample) for request in requests for sample in range(request.n)]
    return [draw for draw in draws if wanted(draw.key)]
