"""Shingles: the runs of neighbouring words of a text, as a set, and how much two such sets overlap.

Apart from the index of near-duplicates, which imports much: many a stage compares two texts and needs no index.
"""

from __future__ import annotations

from seqplay.files import content_id

Shingles = frozenset[str]


def words(text: str) -> list[str]:
    """Return the words of a text in lower case: runs of letters and digits."""
    return "".join(char if char.isalnum() else " " for char in text.lower()).split()


def tokens(code: str) -> list[str]:
    """Return the words of a program, in whatever language: names, numbers, and each other mark by itself."""
    spaced = "".join(char if char.isalnum() or char == "_" else f" {char} " for char in code)
    return spaced.split()


def prose(text: str) -> Shingles:
    """Return the pairs of neighbouring words of a text."""
    return _runs(words(text), 2)


def program(code: str) -> Shingles:
    """Return the runs of four words of a program."""
    return _runs(tokens(code), 4)


def _runs(found: list[str], width: int) -> Shingles:
    """Return the runs of so many words; a shorter text is one run."""
    if len(found) < width:
        return frozenset([" ".join(found)]) if found else frozenset()
    return frozenset(" ".join(found[n : n + width]) for n in range(len(found) - width + 1))


def same_text(text: str) -> str:
    """Return a hash that is equal for texts that differ in case, space and punctuation alone."""
    return content_id(*words(text))


def similarity(a: Shingles, b: Shingles) -> float:
    """Return the Jaccard similarity; 0 where one is empty."""
    return jaccard(len(a), len(b), len(a & b))


def jaccard(a: int, b: int, both: int) -> float:
    """Return the similarity of two sets by their sizes and the number of their common members."""
    return both / (a + b - both) if both else 0.0
