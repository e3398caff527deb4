"""Types of the logic's operators and constructors, and types under their variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seqplay.haskell import syntax as hs
from seqplay.proof.translation.types import read_type

BUILTIN = {
    **dict.fromkeys(("+", "-", "*"), "Num a => a -> a -> a"),
    **dict.fromkeys(("==", "/="), "Eq a => a -> a -> Bool"),
    **dict.fromkeys(("<", "<=", ">", ">="), "Ord a => a -> a -> Bool"),
    **dict.fromkeys(("&&", "||"), "Bool -> Bool -> Bool"),
    "not": "Bool -> Bool",
    "negate": "Num a => a -> a",
}
CONSTRUCTORS = {
    "[]": "[a]", ":": "a -> [a] -> [a]", "()": "()", "True": "Bool", "False": "Bool", "LT": "Ordering",
    "EQ": "Ordering", "GT": "Ordering", "Nothing": "Maybe a", "Just": "a -> Maybe a", "Left": "a -> Either a b",
    "Right": "b -> Either a b",
}  # fmt: skip


@dataclass(frozen=True)
class Scheme:
    """A type under its variables."""

    type: hs.Type
    constraints: tuple[hs.Constraint, ...] = ()


def schemes(texts: Mapping[str, str]) -> dict[str, Scheme]:
    """Return the schemes of types as text."""
    made = {}
    for name, text in texts.items():
        signature = read_type(text)
        made[name] = Scheme(signature.type, signature.constraints)
    return made
