"""Marks on recursive calls: which calls an induction hypothesis may be about."""

from __future__ import annotations

from dataclasses import dataclass

from seqplay.proof.language.core import Ann, App, Case, Expr, If, Let, Var, apply
from seqplay.proof.language.substitution import substitute
from seqplay.proof.language.terms import subterms


@dataclass(frozen=True)
class Recursive(Var):
    """A function's name where its own equations use it: what an induction hypothesis is about."""


def strip(expr: Expr) -> Expr:
    """Return the term without marks on recursive calls."""
    match expr:
        case Recursive(name):
            return Var(name)
        case App(function, arguments):
            return apply(strip(function), *(strip(a) for a in arguments))
        case If(condition, then, other):
            return If(strip(condition), strip(then), strip(other))
        case Case() | Let():
            return substitute(expr, {v.name: Var(v.name) for v in _marks(expr)})
        case Ann(value, _):
            return strip(value)
    return expr


def _marks(expr: Expr) -> set[Recursive]:
    return {each for each in subterms(expr) if isinstance(each, Recursive)}
