"""Conditions, branches, guards and equations: negated, exchanged, forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.unification import Atom
from seqplay.haskell.syntax.scope import free_names, pattern_names
from seqplay.mutate.subject import Rule, Subject, call, op


def branches(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """Two branches exchanged."""
    match node:
        case hs.If(_, then, other) if then != other:
            yield replace(node, then=other, other=then)
        case hs.Rhs(found, _):
            for i in range(len(found) - 1):
                a, b = found[i], found[i + 1]
                if a.body != b.body:
                    swapped = (replace(a, body=b.body), replace(b, body=a.body))
                    yield replace(node, branches=(*found[:i], *swapped, *found[i + 2 :]))
        case hs.Case(_, alts) if len(alts) == 2 and alts[0].rhs != alts[1].rhs:
            yield replace(node, alts=(replace(alts[0], rhs=alts[1].rhs), replace(alts[1], rhs=alts[0].rhs)))
        case _:
            pass


def condition(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A condition negated."""
    if isinstance(node, hs.If):
        yield replace(node, condition=call("not", node.condition))
    elif (
        isinstance(node, hs.Test) and subject.types.known(node.expr, Atom("Bool")) and node.expr != hs.Var("otherwise")
    ):
        yield replace(node, expr=call("not", node.expr))
    predicate = subject.call(node, "filter", 2)
    if predicate:
        yield call("filter", op(".", hs.Var("not"), predicate[0]), predicate[1])


def equations(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """The right-hand sides of two neighbouring equations or alternatives exchanged, where their names allow it."""
    pairs: tuple[hs.Clause, ...] | tuple[hs.Alt, ...] = ()
    if isinstance(node, hs.Fun):
        pairs = node.clauses
    elif isinstance(node, hs.Case):
        pairs = node.alts
    for i in range(len(pairs) - 1):
        a, b = pairs[i], pairs[i + 1]
        if a.rhs == b.rhs or (_pattern_names(a) | _pattern_names(b)) & (free_names(a.rhs) ^ free_names(b.rhs)):
            if not _fits(a, b) or not _fits(b, a) or a.rhs == b.rhs:
                continue
        swapped = (*pairs[:i], replace(a, rhs=b.rhs), replace(b, rhs=a.rhs), *pairs[i + 2 :])
        if isinstance(node, hs.Fun):
            yield replace(node, clauses=swapped)
        elif isinstance(node, hs.Case):
            yield replace(node, alts=swapped)


def _pattern_names(part: hs.Clause | hs.Alt) -> frozenset[str]:
    pats = part.pats if isinstance(part, hs.Clause) else (part.pat,)
    return frozenset(name for pat in pats for name in pattern_names(pat))


def _fits(target: hs.Clause | hs.Alt, source: hs.Clause | hs.Alt) -> bool:
    """Whether the names that a right-hand side takes from its patterns are the other patterns' too."""
    return free_names(source.rhs) & _pattern_names(source) <= _pattern_names(target)


def dropped_guard(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A condition of a comprehension, or the first of several guards, forgotten."""
    if isinstance(node, hs.Comp):
        for i, qual in enumerate(node.quals):
            if isinstance(qual, hs.Test) and len(node.quals) > 1:
                yield replace(node, quals=(*node.quals[:i], *node.quals[i + 1 :]))
    if isinstance(node, hs.Rhs) and len(node.branches) > 2:
        for i in range(len(node.branches) - 1):
            yield replace(node, branches=(*node.branches[:i], *node.branches[i + 1 :]))
    if isinstance(node, hs.Fun) and len(node.clauses) > 1:
        for i in range(len(node.clauses) - 1):
            a, b = node.clauses[i], node.clauses[i + 1]
            if not any(apart(p, q) for p, q in zip(a.pats, b.pats, strict=False)):
                yield replace(node, clauses=(*node.clauses[:i], b, a, *node.clauses[i + 2 :]))


def apart(p: hs.Pat, q: hs.Pat) -> bool:
    """Whether no value matches both patterns, as far as their form tells: then the order of their equations is free."""
    match p, q:
        case (hs.PAs(_, inner) | hs.PBang(inner), other) | (other, hs.PAs(_, inner) | hs.PBang(inner)):
            return apart(inner, other)
        case hs.PLit(hs.LitKind.INTEGER, a, minus), hs.PLit(hs.LitKind.INTEGER, b, also) if a.isdigit() and b.isdigit():
            return (int(a), minus) != (int(b), also)
        case hs.PLit(hs.LitKind.CHAR, a), hs.PLit(hs.LitKind.CHAR, b) if len(a) == len(b) == 3:
            return a != b
        case (hs.PList(items), hs.PCon("[]")) | (hs.PCon("[]"), hs.PList(items)):
            return bool(items)
        case (hs.PList(items), hs.PCon(":", (head, _))) | (hs.PCon(":", (head, _)), hs.PList(items)):
            return not items or apart(items[0], head)
        case hs.PList(some), hs.PList(others) if len(some) != len(others):
            return True
        case hs.PCon(name, _), hs.PCon(another, _) if name != another:
            return True
        case (
            (hs.PList(some), hs.PList(others))
            | (hs.PTuple(some), hs.PTuple(others))
            | (hs.PCon(_, some), hs.PCon(_, others))
        ):
            return any(apart(a, b) for a, b in zip(some, others, strict=False))
    return False


RULES: dict[str, Rule] = {
    "branches": branches,
    "condition": condition,
    "equations": equations,
    "dropped_guard": dropped_guard,
}
