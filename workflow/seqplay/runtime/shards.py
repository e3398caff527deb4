"""Shards: a stage's items split over several jobs, in contiguous slices: read in order, the shards are the whole.

`shards` in the configuration says how many jobs a stage has where it is largest: on an iteration's programs and pairs.
Where it has less to do it has fewer jobs, in proportion: an engine's start costs more than a handful of programs.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TypeVar

from seqplay.config import Config
from seqplay.runtime.phases import is_evaluation
from seqplay.runtime.stages import BY_NAME

T = TypeVar("T")


def shard_count(config: Config, stage: str, play: str, turn: int = 0) -> int:
    """Return how many jobs a stage is split into, in a play (``iter_2``, ``eval_0``); 1 where it is not split.

    ``turn`` is Alice's attempt or the round of proofs; each has half the jobs of the one before, as it tries again only
    what that one left open.
    """
    key = BY_NAME[stage].shards
    if key is None:
        return 1
    full: int = config.shards.model_dump(by_alias=True)[key]
    return max(1, min(full, ceil(full * _share(config, stage, play) / (1 << turn))))


def _share(config: Config, stage: str, play: str) -> float:
    """Return how large a stage's work is, beside what it can be in an iteration."""
    if not is_evaluation(play):
        return 1.0
    if stage != "vote":
        return config.programs.heldout / config.programs.per_iteration
    votes = config.evaluation.pairs * (config.evaluation.votes + config.evaluation.greedy)
    return votes / (config.programs.per_iteration * config.bob.votes)


def covering(shard: int, shards: int, others: int) -> range:
    """Return which of ``others`` slices of a sequence, however long, together hold slice ``shard`` of ``shards``."""
    return range(shard * others // shards, -(-(shard + 1) * others // shards))


def shard_of(items: Sequence[T], shard: int, shards: int) -> Sequence[T]:
    """Return slice ``shard`` (from 0) of ``shards``; the slices in order are all the items."""
    if not 0 <= shard < shards:
        raise ValueError(f"shard {shard} of {shards}")
    start, stop = (len(items) * edge // shards for edge in (shard, shard + 1))
    return items[start:stop]
