"""The part of a phase that one job samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from seqplay.runtime.job import Job
from seqplay.runtime.phases import is_evaluation
from seqplay.runtime.shards import shard_of

T = TypeVar("T")


@dataclass(frozen=True)
class PhaseShard:
    """Which of a phase's items a job samples, and from which seed; results do not depend on ``shards``."""

    play: str
    """``iter_2``, ``eval_0``."""
    seed: int
    """The experiment's."""
    shard: int = 0
    shards: int = 1
    greedy: bool = False
    """Whether each item is also answered once without chance."""

    def of(self, items: Sequence[T]) -> Sequence[T]:
        """Return the items of this shard."""
        return shard_of(items, self.shard, self.shards)


def phase_shard(job: Job) -> PhaseShard:
    """Return the part that a rule's job samples."""
    config, play = job.config, job.wildcards["play"]
    return PhaseShard(
        play=play,
        seed=config.seed,
        shard=job.number("shard"),
        shards=job.shards,
        greedy=is_evaluation(play) and config.evaluation.greedy,
    )
