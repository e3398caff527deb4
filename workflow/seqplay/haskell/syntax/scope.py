"""Which names a piece of syntax binds and uses, and substitution that never captures.

Only value names are tracked (variables, functions, operators); constructors and types have no local scope. A record
wildcard (``R {..}``) binds names that syntax alone cannot see: ``has_wildcard`` tells, and callers stay away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from seqplay.haskell import syntax as hs

Names = frozenset[str]
NONE: Names = frozenset()
N = TypeVar("N", bound=hs.Node)


class Capture(Exception):
    """A substitution would put a free name under a binder of that name."""


def pattern_names(pat: hs.Node) -> list[str]:
    """Return the names that a pattern binds, from left to right."""
    match pat:
        case hs.PVar(name):
            return [name]
        case hs.PAs(name, inner):
            return [name, *pattern_names(inner)]
        case hs.FieldPat(name, None):
            return [name]
        case _:
            return [
                name
                for child in hs.children(pat)
                if isinstance(child, hs.Pat | hs.FieldPat)
                for name in pattern_names(child)
            ]


def declared_names(decls: Iterable[hs.Decl]) -> list[str]:
    """Return the value names that a group of declarations binds, in order."""
    names: list[str] = []
    for decl in decls:
        if isinstance(decl, hs.Fun):
            names.append(decl.name)
        elif isinstance(decl, hs.PatBind):
            names += pattern_names(decl.pat)
    return names


def statement_names(stmt: hs.Stmt) -> list[str]:
    """Return the names that a statement binds for those after it."""
    match stmt:
        case hs.Gen(pat, _):
            return pattern_names(pat)
        case hs.LetStmt(decls):
            return declared_names(decls)
        case _:
            return []


def _sequence(stmts: Iterable[hs.Stmt]) -> tuple[list[tuple[hs.Node, Names]], Names]:
    seen: Names = NONE
    result: list[tuple[hs.Node, Names]] = []
    for stmt in stmts:
        result.append((stmt, seen))
        seen = seen | frozenset(statement_names(stmt))
    return result, seen


def scoped(node: hs.Node) -> list[tuple[hs.Node, Names]]:
    """Return the children, in the order of ``children``, each with the names that the node binds around it."""
    match node:
        case hs.Lam(pats, body):
            return [*((pat, NONE) for pat in pats), (body, _all(pats))]
        case hs.Let(decls, body):
            bound = frozenset(declared_names(decls))
            return [*((decl, bound) for decl in decls), (body, bound)]
        case hs.Alt(pat, rhs):
            return [(pat, NONE), (rhs, _all([pat]))]
        case hs.Clause(pats, rhs):
            return [*((pat, NONE) for pat in pats), (rhs, _all(pats))]
        case hs.Rhs(branches, wheres):
            bound = frozenset(declared_names(wheres))
            return [(child, bound) for child in (*branches, *wheres)]
        case hs.Branch(guards, body):
            before, seen = _sequence(guards)
            return [*before, (body, seen)]
        case hs.Comp(body, quals):
            before, seen = _sequence(quals)
            return [(body, seen), *before]
        case hs.Do(stmts):
            return _sequence(stmts)[0]
        case hs.LetStmt(decls):
            bound = frozenset(declared_names(decls))
            return [(decl, bound) for decl in decls]
        case _:
            return [(child, NONE) for child in hs.children(node)]


def _all(pats: Iterable[hs.Pat]) -> Names:
    return frozenset(name for pat in pats for name in pattern_names(pat))


def free_names(node: hs.Node) -> Names:
    """Return the value names that occur free in a piece of syntax."""
    known: Names | None = node.__dict__.get("_free")
    if known is None:
        known = _free(node)
        node.__dict__["_free"] = known  # a memo beside the frozen fields: rewrites ask this of shared subtrees a lot
    return known


def _free(node: hs.Node) -> Names:
    if isinstance(node, hs.Var):
        return frozenset({node.name})
    if isinstance(node, hs.FieldBind) and node.value is None:
        return frozenset({node.name})
    result: Names = NONE
    for child, bound in scoped(node):
        below = free_names(child)
        result |= below - bound if bound else below
    return result


def occurrences(node: hs.Node, name: str) -> int:
    """Return how often a name occurs free."""
    if isinstance(node, hs.Var):
        return int(node.name == name)
    if isinstance(node, hs.FieldBind) and node.value is None:
        return int(node.name == name)
    return sum(occurrences(child, name) for child, bound in scoped(node) if name not in bound)


def map_scoped(node: N, change: Callable[[hs.Node, Names], hs.Node]) -> N:
    """Return the node with each child replaced by ``change(child, names the node binds around it)``."""
    bounds: Iterator[Names] = iter([bound for _, bound in scoped(node)])
    return hs.map_children(node, lambda child: change(child, next(bounds)))


def substitute(node: N, values: Mapping[str, hs.Expr]) -> N:
    """Return the node with the free names replaced by expressions.

    Raises ``Capture`` where a binder on the way binds a free name of a replacement that is needed below it, and
    where the name is an operator's place (in an infix expression or a record pun), which an expression cannot take.
    """
    needed = {name: value for name, value in values.items() if name in free_names(node)}
    if not needed:
        return node
    if isinstance(node, hs.Var):
        return needed[node.name]  # type: ignore[return-value]
    if isinstance(node, hs.FieldBind) and node.value is None:
        raise Capture(node.name)
    if isinstance(node, hs.Infix | hs.LeftSection | hs.RightSection) and node.op.name in needed:
        replacement = needed[node.op.name]
        if not isinstance(replacement, hs.Var):
            raise Capture(node.op.name)

    def change(child: hs.Node, bound: Names) -> hs.Node:
        inner = {name: value for name, value in needed.items() if name not in bound}
        used = free_names(child)
        for name, value in inner.items():
            if name in used and bound & free_names(value):
                raise Capture(name)
        return substitute(child, inner)

    return map_scoped(node, change)


def has_wildcard(node: hs.Node) -> bool:
    """Whether a record wildcard occurs, so that names are bound or used unseen."""
    return any(isinstance(below, hs.Record | hs.PRec) and below.wildcard for below in hs.descendants(node))


def fresh(base: str, taken: Iterable[str]) -> str:
    """Return ``base``, or ``base`` with a number, that is none of the taken names."""
    used = set(taken)
    if base not in used:
        return base
    number = 1
    while f"{base}{number}" in used:
        number += 1
    return f"{base}{number}"


def all_names(node: hs.Node) -> Names:
    """Return every value name that occurs, bound or free."""
    result: set[str] = set()
    for below in hs.descendants(node):
        match below:
            case (
                hs.Var(name)
                | hs.PVar(name)
                | hs.PAs(name, _)
                | hs.Fun(name, _)
                | hs.FieldBind(name, _)
                | hs.FieldPat(name, _)
            ):
                result.add(name)
            case _:
                pass
    return frozenset(result)
