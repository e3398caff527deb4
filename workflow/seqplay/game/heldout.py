"""The held-out side: what of the training side is too like it.

Two programs that differ in a constant have different normal forms, and still the one gives the other away. So what is a
near-duplicate of a held-out program, or of either side of a held-out pair, is not trained on: neither as P, nor as Q.
Texts are compared word by word: one whose names were all changed as well is not recognised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from seqplay.dataset.similarity.near_duplicates import NearIndex
from seqplay.dataset.similarity.shingles import program
from seqplay.records import Pair, Program


def near_heldout(programs: Iterable[Program], pairs: Iterable[Pair], threshold: float) -> Callable[[str], bool]:
    """Return a test of a program's text: whether it is a near-duplicate of what is held out.

    ``threshold`` is the Jaccard similarity over runs of four words (``evaluation.near_duplicate``). Asking takes well
    under a millisecond, however much is held out.
    """
    texts = [held.code for held in programs]
    texts += [side for pair in pairs for side in (pair.p, pair.q)]
    index = NearIndex(threshold)
    for text in dict.fromkeys(texts):
        index.add(text, program(text))
    return lambda code: bool(index.near(program(code)))
