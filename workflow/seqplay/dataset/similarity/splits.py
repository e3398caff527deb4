"""Splits without leaks: what is nearly the same is one cluster, and a cluster is in one split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from seqplay.config.dataset import SplitConfig
from seqplay.dataset.similarity.near_duplicates import NearIndex, sketched
from seqplay.dataset.similarity.shingles import Shingles
from seqplay.files import content_id

TRAIN, VALIDATION, TEST = "train", "validation", "test"
SPLITS = (TRAIN, VALIDATION, TEST)


class Clusters:
    """Items that are near-duplicates in any of their texts, or of one group, or joined by a chain of such."""

    def __init__(self, threshold: float, texts: int) -> None:
        """Take items with so many texts each (instruction, Python, Haskell): the n-th are compared with each other."""
        self._indexes = [NearIndex(threshold) for _ in range(texts)]
        self._parents: dict[str, str] = {}
        self._groups: dict[str, str] = {}

    def add(self, key: str, texts: Sequence[Shingles], group: str) -> None:
        """Take in an item; the order of the items does not matter."""
        self._parents[key] = key
        self._join(key, self._groups.setdefault(group, key))
        for index, found in zip(self._indexes, texts, strict=True):
            sketch = sketched(found)
            for number in index.likely(sketch):
                other = index.keys[number]
                if self._root(other) != self._root(key) and index.alike(number, sketch):
                    self._join(other, key)
            index.insert(key, sketch)

    def found(self) -> dict[str, str]:
        """Return the cluster of each item, named by its least key."""
        return {key: self._root(key) for key in self._parents}

    def _root(self, key: str) -> str:
        parents = self._parents
        while parents[key] != key:
            parents[key] = parents[parents[key]]
            key = parents[key]
        return key

    def _join(self, a: str, b: str) -> None:
        first, last = sorted((self._root(a), self._root(b)))
        self._parents[last] = first


def split(found: Mapping[str, str], shares: SplitConfig, seed: int) -> dict[str, str]:
    """Return the split of each item by its cluster.

    The clusters are taken in the order of a hash of their names and the seed: for the test split until it is full, then
    for validation. One that does not fit any more goes to the next split.
    """
    sizes = Counter(found.values())
    order = sorted(sizes, key=lambda name: content_id("split", str(seed), name))
    room = {
        TEST: _room(shares.test, len(found)),
        VALIDATION: _room(shares.validation, len(found)),
    }
    chosen: dict[str, str] = {}
    for name in order:
        place = next((place for place, left in room.items() if sizes[name] <= left), TRAIN)
        chosen[name] = place
        if place in room:
            room[place] -= sizes[name]
    return {key: chosen[name] for key, name in found.items()}


def _room(share: float, total: int) -> int:
    """Return how many items a split may take: at least one, where it is to have any and there are several."""
    return max(1, round(share * total)) if share > 0 and total > 2 else 0
