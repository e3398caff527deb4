"""Shards: a stage's items split over several jobs, in contiguous slices: read in order, the shards are the whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def shard_of(items: Sequence[T], shard: int, shards: int) -> Sequence[T]:
    """Return slice ``shard`` (from 0) of ``shards``; the slices in order are all the items."""
    if not 0 <= shard < shards:
        raise ValueError(f"shard {shard} of {shards}")
    start, stop = (len(items) * edge // shards for edge in (shard, shard + 1))
    return items[start:stop]
