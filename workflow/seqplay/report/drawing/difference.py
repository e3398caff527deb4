"""The difference of two texts by words: what to mark where P and Q stand side by side.

It is a difference of the written texts for the eye, not an analysis of Haskell.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import groupby
from typing import NamedTuple

LIMIT = 4000
"""Characters of a text that are compared and shown; what is cut is said."""


class Piece(NamedTuple):
    """A stretch of both texts: equal in both, or P's words against Q's."""

    p: str
    q: str

    @property
    def same(self) -> bool:
        """Whether both have it."""
        return self.p == self.q


def _kind(character: str) -> str:
    if character.isspace():
        return "space"
    return "word" if character.isalnum() or character in "_'" else character


def words(text: str) -> list[str]:
    """Split a text into words, blanks and single signs; joined they are the text again."""
    return ["".join(group) for _, group in groupby(text, key=_kind)]


def pieces(p: str, q: str) -> list[Piece]:
    """Return the stretches of P and Q in order; those of P joined are P, those of Q are Q."""
    left, right = words(p), words(q)
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return [Piece("".join(left[a:b]), "".join(right[c:d])) for _, a, b, c, d in matcher.get_opcodes()]
