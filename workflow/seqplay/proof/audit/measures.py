"""Measures recurse on the parts of their argument alone.

Liquid Haskell 0.9.0.2 does not check that a measure ends: ``f (x:xs) = f (x:xs) + 1`` is accepted, and proves anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seqplay.haskell import syntax as hs
from seqplay.haskell.syntax.scope import free_names, pattern_names

WHY = "Liquid Haskell does not see whether a measure ends: it may call itself on a variable of its pattern alone"


def endless(decl: hs.Fun, calls: Mapping[str, frozenset[str]]) -> Iterator[tuple[hs.Node, str]]:
    """Yield the places where a measure may not end, with why; ``calls`` are the names that each own function uses."""
    reached: set[str] = set()
    frontier = set(calls[decl.name]) - {decl.name}
    while frontier:
        reached |= frontier
        frontier = {name for each in frontier for name in calls.get(each, frozenset())} - reached
    if decl.name in reached:
        yield decl, WHY
    for clause in decl.clauses:
        if len(clause.pats) != 1:
            yield clause, "a measure takes one argument"
        elif decl.name in free_names(clause):
            yield from _calls(decl.name, clause)


def _calls(name: str, clause: hs.Clause) -> Iterator[tuple[hs.Node, str]]:
    pattern = clause.pats[0]
    parts = set(pattern_names(pattern)) if isinstance(pattern, hs.PCon) else set()
    inside = {each for node in hs.descendants(clause.rhs) for each in _bound(node)}
    nodes = list(hs.descendants(clause.rhs))
    good = {
        id(node.function)
        for node in nodes
        if isinstance(node, hs.App)
        and isinstance(node.function, hs.Var)
        and isinstance(node.argument, hs.Var)
        and node.argument.name in parts - inside
    }
    for node in nodes:
        if isinstance(node, hs.Var) and node.name == name and id(node) not in good:
            yield node, WHY


def _bound(node: hs.Node) -> list[str]:
    match node:
        case hs.Fun(name, _) | hs.PVar(name) | hs.PAs(name, _):
            return [name]
        case _:
            return []
