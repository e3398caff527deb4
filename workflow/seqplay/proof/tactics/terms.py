"""Terms of the core language as mathematics: subterms, matching, rewriting, and marks on recursive calls."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from seqplay.haskell.syntax import LitKind
from seqplay.proof.language.core import Ann, App, Case, Con, Expr, If, Let, Lit, Var, apply
from seqplay.proof.language.substitution import substitute


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
    return {each for each in everything(expr) if isinstance(each, Recursive)}


def everything(expr: Expr) -> Iterator[Expr]:
    """Yield all subexpressions, those under binders too."""
    yield expr
    match expr:
        case App(function, arguments):
            yield from everything(function)
            for argument in arguments:
                yield from everything(argument)
        case If(condition, then, other):
            for part in (condition, then, other):
                yield from everything(part)
        case Case(scrutinee, alternatives):
            yield from everything(scrutinee)
            for alternative in alternatives:
                for binding in alternative.rhs.bindings:
                    yield from everything(binding.value)
                for branch in alternative.rhs.branches:
                    yield from everything(branch.body)
        case Let(_, value, body):
            yield from everything(value)
            yield from everything(body)


def call(name: str, *arguments: Expr) -> Expr:
    """Return the application of a named function."""
    return apply(Var(name), *arguments)


def integer(value: int) -> Expr:
    """Return an integer literal."""
    return Lit(LitKind.INTEGER, str(value))


def spine(expr: Expr) -> tuple[Expr, tuple[Expr, ...]]:
    """Return the head and the arguments of an application."""
    return (expr.function, expr.arguments) if isinstance(expr, App) else (expr, ())


def subterms(expr: Expr) -> Iterator[Expr]:
    """Yield the term and what stands in applications and conditionals below it; nothing under binders."""
    yield expr
    match expr:
        case App(function, arguments):
            if not isinstance(function, Var | Con):
                yield from subterms(function)
            for argument in arguments:
                yield from subterms(argument)
        case If(condition, then, other):
            for part in (condition, then, other):
                yield from subterms(part)
        case Case(scrutinee, _):
            yield from subterms(scrutinee)
        case Let(_, value, _):
            yield from subterms(value)


def replaced(expr: Expr, old: Expr, new: Expr) -> Expr:
    """Replace the outermost occurrences of a term; nothing under binders."""
    if expr == old:
        return new
    match expr:
        case App(function, arguments):
            return apply(replaced(function, old, new), *(replaced(a, old, new) for a in arguments))
        case If(condition, then, other):
            return If(replaced(condition, old, new), replaced(then, old, new), replaced(other, old, new))
        case Case(scrutinee, alternatives):
            return Case(replaced(scrutinee, old, new), alternatives)
        case Let(name, value, body):
            return Let(name, replaced(value, old, new), body)
    return expr


def match_term(pattern: Expr, term: Expr, variables: Collection[str], found: dict[str, Expr]) -> bool:
    """Match a term against a pattern in which ``variables`` stand for terms; ``found`` collects what they stand for."""
    match pattern:
        case Var(name) if name in variables:
            if name in found:
                return found[name] == term
            found[name] = term
            return True
        case App(function, arguments):
            if not isinstance(term, App) or len(term.arguments) != len(arguments):
                return False
            return match_term(function, term.function, variables, found) and all(
                match_term(p, t, variables, found) for p, t in zip(arguments, term.arguments, strict=True)
            )
        case If(condition, then, other):
            return isinstance(term, If) and all(
                match_term(p, t, variables, found)
                for p, t in ((condition, term.condition), (then, term.then), (other, term.other))
            )
    return pattern == term


def size(expr: Expr) -> int:
    """Return the number of nodes outside binders."""
    return sum(1 for _ in subterms(expr))
