"""The lemma store of an iteration: what the proof searches so far have shown, each lemma once, at most so many.

The store of iteration N is made of that of iteration N - 1 and of the proof attempts of iteration N, and iteration
N + 1 reads it. What comes out depends on which lemmas there are, and not on their order: nor, so, on that of jobs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from seqplay.files import canonical_json, content_id
from seqplay.records import StoredLemma

MOST = 5_000
"""Lemmas of a store at most."""


def store_id(lemmas: Iterable[StoredLemma]) -> str:
    """Return the hash of what is in a store."""
    return content_id(*(canonical_json(each.model_dump(mode="json")) for each in lemmas))


def gathered(lemmas: Iterable[StoredLemma], most: int = MOST) -> list[StoredLemma]:
    """Return the lemmas of an earlier store and of proof attempts, those of most pairs first, then the least deep.

    Of several proofs of a lemma the least deep is kept, so that no two lemmas need each other. Beyond ``most``, the
    last are dropped, and with them what recalls one of them.
    """
    found: dict[str, StoredLemma] = {}
    pairs: Counter[str] = Counter()
    for lemma in lemmas:
        pairs[lemma.id] += lemma.pairs
        held = found.get(lemma.id)
        if held is None or _preference(lemma) < _preference(held):
            found[lemma.id] = lemma
    counted = (lemma.model_copy(update={"pairs": pairs[id_]}) for id_, lemma in found.items())
    kept = sorted(counted, key=lambda each: (-each.pairs, each.depth, each.id))[:most]
    while True:
        here = {each.id for each in kept}
        whole = [each for each in kept if here.issuperset(each.recalls)]
        if len(whole) == len(kept):
            return kept
        kept = whole


def _preference(lemma: StoredLemma) -> tuple[int, int, str]:
    text = canonical_json(lemma.model_dump(mode="json", exclude={"pairs"}))
    return lemma.depth, len(text), text
