"""Cases: a place in a case analysis, what evaluation waits for there, and where it is best to split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from seqplay.haskell.syntax import Type
from seqplay.proof.language.core import Expr
from seqplay.proof.tactics.discovery.evaluation import Blocked, Evaluation
from seqplay.proof.tactics.discovery.graph import UNPRINTABLE, Graph
from seqplay.proof.tactics.discovery.matching import Instances
from seqplay.proof.tactics.goal import World

_TRANSPARENT = frozenset({"+", "-", "*", "negate", "<", "<=", ">", ">=", "==", "/="})
"""Operators whose operands are to be evaluated, whatever they wait for."""


@dataclass
class Case:
    """A place in the case analysis."""

    evaluation: Evaluation
    instances: Instances
    left: int
    right: int
    current: dict[str, Expr]
    """What each variable of the goal has become."""
    parts: tuple[tuple[str, int], ...] = ()
    """The parts of the variable that is inducted on: its variables with their terms."""
    depth: int = 0
    facts: tuple[tuple[Expr, Expr], ...] = ()
    """Terms that are no variables with what the splits above make them."""
    kinds: dict[str, Type] = field(default_factory=dict)
    """The types of its variables, as far as they are known."""
    smaller: tuple[int, ...] = ()
    """The goal's left side at smaller arguments, where hypotheses speak of it."""
    whole: Case | None = None
    """The case before it was split at a term, where it was: there the sides hold in general."""

    @property
    def graph(self) -> Graph:
        """The terms."""
        return self.evaluation.graph

    @property
    def is_closed(self) -> bool:
        """Whether the sides are equal here, or the case cannot be."""
        return self.graph.conflict is not None or self.graph.same(self.left, self.right)


def waiting(case: Case) -> Iterator[Blocked]:
    """Yield what the two sides wait for, and what that waits for in turn."""
    graph, blocked = case.graph, case.evaluation.blocked
    seen: set[int] = set()
    todo = [case.right, case.left]
    while todo:
        term = todo.pop()
        root = graph.find(term)
        if root in seen:
            continue
        seen.add(root)
        made = graph.made.get(root)
        if made is not None:
            todo.extend(reversed(graph.args[made]))
            continue
        for each in graph.members[root]:
            held = blocked.get(each)
            if held is not None and graph.made_of(held.term) is None:
                if graph.heads[graph.best[graph.find(held.term)]] not in ("&&", "||", "not"):
                    yield held
                todo.append(held.term)
            elif graph.heads[each] in _TRANSPARENT:
                todo.extend(reversed(graph.args[each]))


def _is_variable(graph: Graph, term: int) -> bool:
    return any(graph.heads[each][0] == "=" for each in graph.members[graph.find(term)])


def demands(world: World, case: Case, variable: str, *, variables_first: bool) -> Iterator[Blocked]:
    """Yield what the two sides wait for, the best to split at first; ``variable`` is the one of the induction."""
    found = list(waiting(case))
    inducted = case.graph.add(f"={variable}")
    ranked = [
        (_rank(world, case, each, inducted, variables_first), at, each)
        for at, each in enumerate(found)
        if each.wanted in world.siblings and case.graph.size[case.graph.best[case.graph.find(each.term)]] < UNPRINTABLE
    ]
    yield from (each for _, _, each in sorted(ranked, key=lambda item: item[:2]))


def _rank(world: World, case: Case, blocked: Blocked, inducted: int, variables_first: bool) -> int:
    """Return how late to split at something: the variable of the induction, what brings no cases, then the tests
    that variables alone keep from going on, then other variables.
    """
    graph = case.graph
    root = graph.find(blocked.term)
    if graph.same(inducted, blocked.term):
        return 0
    recursive = {graph.find(term) for _, term in case.parts}
    if root in recursive:
        return 5 if variables_first else 6
    if len(world.siblings[blocked.wanted]) == 1:
        return 1
    if _is_variable(graph, root):
        return 2 if variables_first else 3
    waits = [b.term for t in graph.members[root] if (b := case.evaluation.blocked.get(t)) is not None]
    if blocked.wanted not in ("True", "False"):
        return 6 if variables_first else 5
    if any(graph.find(t) in recursive for t in waits):
        return 4
    direct = all(t in graph.members[root] or _is_variable(graph, t) for t in waits)
    return (3 if variables_first else 2) if direct else 7
