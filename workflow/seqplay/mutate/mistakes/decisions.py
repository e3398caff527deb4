"""Conditions, branches, guards and equations: negated, exchanged, forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seqplay.haskell.analysis.unification import Atom
from seqplay.haskell.syntax import (
    Alt,
    Case,
    Clause,
    Comp,
    Fun,
    If,
    LitKind,
    Node,
    PAs,
    Pat,
    PBang,
    PCon,
    PList,
    PLit,
    PTuple,
    Rhs,
    Test,
    Var,
)
from seqplay.haskell.syntax.scope import free_names, pattern_names
from seqplay.mutate.subject import Rule, Subject, call, op


def branches(subject: Subject, node: Node) -> Iterator[Node]:
    """Two branches exchanged."""
    match node:
        case If(_, then, other) if then != other:
            yield replace(node, then=other, other=then)
        case Rhs(found, _):
            for i in range(len(found) - 1):
                a, b = found[i], found[i + 1]
                if a.body != b.body:
                    swapped = (replace(a, body=b.body), replace(b, body=a.body))
                    yield replace(node, branches=(*found[:i], *swapped, *found[i + 2 :]))
        case Case(_, alts) if len(alts) == 2 and alts[0].rhs != alts[1].rhs:
            yield replace(node, alts=(replace(alts[0], rhs=alts[1].rhs), replace(alts[1], rhs=alts[0].rhs)))
        case _:
            pass


def condition(subject: Subject, node: Node) -> Iterator[Node]:
    """A condition negated."""
    if isinstance(node, If):
        yield replace(node, condition=call("not", node.condition))
    elif isinstance(node, Test) and subject.types.known(node.expr, Atom("Bool")) and node.expr != Var("otherwise"):
        yield replace(node, expr=call("not", node.expr))
    predicate = subject.call(node, "filter", 2)
    if predicate:
        yield call("filter", op(".", Var("not"), predicate[0]), predicate[1])


def equations(subject: Subject, node: Node) -> Iterator[Node]:
    """The right-hand sides of two neighbouring equations or alternatives exchanged, where their names allow it."""
    pairs: tuple[Clause, ...] | tuple[Alt, ...] = ()
    if isinstance(node, Fun):
        pairs = node.clauses
    elif isinstance(node, Case):
        pairs = node.alts
    for i in range(len(pairs) - 1):
        a, b = pairs[i], pairs[i + 1]
        if a.rhs == b.rhs or (_pattern_names(a) | _pattern_names(b)) & (free_names(a.rhs) ^ free_names(b.rhs)):
            if not _fits(a, b) or not _fits(b, a) or a.rhs == b.rhs:
                continue
        swapped = (*pairs[:i], replace(a, rhs=b.rhs), replace(b, rhs=a.rhs), *pairs[i + 2 :])
        if isinstance(node, Fun):
            yield replace(node, clauses=swapped)
        elif isinstance(node, Case):
            yield replace(node, alts=swapped)


def _pattern_names(part: Clause | Alt) -> frozenset[str]:
    pats = part.pats if isinstance(part, Clause) else (part.pat,)
    return frozenset(name for pat in pats for name in pattern_names(pat))


def _fits(target: Clause | Alt, source: Clause | Alt) -> bool:
    """Whether the names that a right-hand side takes from its patterns are the other patterns' too."""
    return free_names(source.rhs) & _pattern_names(source) <= _pattern_names(target)


def dropped_guard(subject: Subject, node: Node) -> Iterator[Node]:
    """A condition of a comprehension, or the first of several guards, forgotten."""
    if isinstance(node, Comp):
        for i, qual in enumerate(node.quals):
            if isinstance(qual, Test) and len(node.quals) > 1:
                yield replace(node, quals=(*node.quals[:i], *node.quals[i + 1 :]))
    if isinstance(node, Rhs) and len(node.branches) > 2:
        for i in range(len(node.branches) - 1):
            yield replace(node, branches=(*node.branches[:i], *node.branches[i + 1 :]))
    if isinstance(node, Fun) and len(node.clauses) > 1:
        for i in range(len(node.clauses) - 1):
            a, b = node.clauses[i], node.clauses[i + 1]
            if not any(apart(p, q) for p, q in zip(a.pats, b.pats, strict=False)):
                yield replace(node, clauses=(*node.clauses[:i], b, a, *node.clauses[i + 2 :]))


def apart(p: Pat, q: Pat) -> bool:
    """Whether no value matches both patterns, as far as their form tells: then the order of their equations is free."""
    match p, q:
        case (PAs(_, inner) | PBang(inner), other) | (other, PAs(_, inner) | PBang(inner)):
            return apart(inner, other)
        case PLit(LitKind.INTEGER, a, minus), PLit(LitKind.INTEGER, b, also) if a.isdigit() and b.isdigit():
            return (int(a), minus) != (int(b), also)
        case PLit(LitKind.CHAR, a), PLit(LitKind.CHAR, b) if len(a) == len(b) == 3:
            return a != b
        case (PList(items), PCon("[]")) | (PCon("[]"), PList(items)):
            return bool(items)
        case (PList(items), PCon(":", (head, _))) | (PCon(":", (head, _)), PList(items)):
            return not items or apart(items[0], head)
        case PList(some), PList(others) if len(some) != len(others):
            return True
        case PCon(name, _), PCon(another, _) if name != another:
            return True
        case (PList(some), PList(others)) | (PTuple(some), PTuple(others)) | (PCon(_, some), PCon(_, others)):
            return any(apart(a, b) for a, b in zip(some, others, strict=False))
    return False


RULES: dict[str, Rule] = {
    "branches": branches,
    "condition": condition,
    "equations": equations,
    "dropped_guard": dropped_guard,
}
