"""Lemmas: what one pair's proof search has shown, for the pairs that come later."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from seqplay.records.base import Record


class StoredLemma(Record):
    """A proved equation between terms, with its proof, that names definitions by their content.

    A term is an atom, or a list of a head and its arguments; a proof is a tree of cases
    (``proof.tactics.lemma_store.encoding`` says what atoms and trees are). Nothing here is trusted: whoever uses it has
    the proof checked.
    """

    id: str
    """The hash of the two sides."""
    left: Any
    right: Any
    variables: list[str]
    """Of both sides, in the order of the proof's arguments."""
    proof: Any
    metric: str | None = None
    """The termination metric, in Liquid Haskell's words."""
    recalls: list[str] = Field(default_factory=list)
    """The lemmas that the proof uses, by id."""
    depth: int = 0
    """How many lemmas at most are used one for the other below it: those that it recalls have a smaller one."""
    pairs: int = 1
    """In the proof searches of how many pairs it was shown, or needed for an accepted proof."""
    shown: str = ""
    """What it says, in the words of a pair in which it was shown."""
