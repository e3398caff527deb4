"""Splits without leaks: what is nearly the same is one cluster, and a cluster is in one split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from seqplay.dataset.near import NearIndex, Shingles, clusters, groups
from seqplay.dataset_config import SplitConfig
from seqplay.files import content_id

TRAIN, VALIDATION, TEST = "train", "validation", "test"
SPLITS = (TRAIN, VALIDATION, TEST)


def cluster(texts: Mapping[str, Sequence[Shingles]], threshold: float, joined: Mapping[str, str]) -> Mapping[str, str]:
    """Return the cluster of each item: those that are near-duplicates in any of their texts, or joined by a value.

    ``texts`` gives several texts for each item (instruction, Python, Haskell); the n-th ones are compared with each
    other.
    """
    links = groups(joined)
    for place in range(max((len(found) for found in texts.values()), default=0)):
        index = NearIndex(threshold)
        for key in sorted(texts):
            links += [(other, key) for other in index.seen(key, texts[key][place])]
    return clusters(texts, links)


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
