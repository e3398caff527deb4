"""Equations as rules: where one of their sides is matched in a graph, the other is added to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from seqplay.proof.language import core
from seqplay.proof.tactics.discovery.evaluation import Evaluation
from seqplay.proof.tactics.discovery.graph import Graph, Reason
from seqplay.proof.tactics.goal import Equality
from seqplay.proof.tactics.marks import strip
from seqplay.proof.tactics.symbolic import Machine, OutOfFuel

MATCHES = 60
"""Matches of one side of a rule that are looked at in one round."""


@dataclass(frozen=True)
class Pattern:
    """A term with variables: a name alone, or a head over patterns."""

    head: str
    parts: tuple[Pattern, ...] = ()
    is_variable: bool = False


@dataclass(frozen=True)
class Rule:
    """An equation that may be used in a proof: a lemma, or the goal at smaller arguments."""

    of: Equality
    sides: tuple[Pattern, Pattern]
    triggers: tuple[tuple[int, Pattern], ...]
    """What to look for: each side, and what it evaluates to on variables, with the number of the side."""
    fixed: tuple[tuple[str, int], ...] = ()
    """Of the goal as a hypothesis: the variable that is smaller, as the term that it must be."""
    measure: str = ""
    """Of a hypothesis: why it is smaller."""
    ordered: bool = False
    """Of sides that are the same in another order, as in commutativity: one is only used to get nearer to one order."""


@dataclass(frozen=True)
class Instance:
    """A rule at terms."""

    rule: Rule
    values: tuple[int, ...]
    """One for each variable of the equality, in their order."""


def pattern(evaluation: Evaluation, expr: core.Expr, variables: Mapping[str, int | None]) -> Pattern | None:
    """Return a term as a pattern; those of ``variables`` with a value stand for that term. None for conditionals."""
    match expr:
        case core.Var(name):
            if name in variables:
                return Pattern(name, (), is_variable=True)
            return Pattern(name if evaluation.is_global(name) else f"={name}")
        case core.Con(name):
            return Pattern(f"!{name}")
        case core.Lit():
            return Pattern(evaluation.graph.heads[evaluation.build(expr, {})])
        case core.App(function, arguments):
            parts = [pattern(evaluation, a, variables) for a in arguments]
            if any(p is None for p in parts):
                return None
            below = tuple(p for p in parts if p is not None)
            if isinstance(function, core.Con):
                return Pattern(f"!{function.name}", below)
            if (
                isinstance(function, core.Var)
                and function.name not in variables
                and evaluation.is_global(function.name)
            ):
                return Pattern(function.name, below)
            head = pattern(evaluation, function, variables)
            return None if head is None else Pattern("@", (head, *below))
        case core.Ann(value, _):
            return pattern(evaluation, value, variables)
    return None


def rule(evaluation: Evaluation, equality: Equality, *, both_ways: bool = True) -> Rule | None:
    """Return an equality as a rule; none where a side cannot be matched.

    Not ``both_ways``, one whose sides are of different sizes is only used to make terms smaller.
    """
    names: dict[str, int | None] = dict.fromkeys(equality.names)
    left, right = (pattern(evaluation, side, names) for side in (equality.left, equality.right))
    if left is None or right is None:
        return None
    used = [0, 1] if both_ways else [at for at in (0, 1) if not _grows((left, right)[at], (left, right)[1 - at])]
    triggers = {(at, (left, right)[at]): None for at in used}
    machine = Machine(evaluation.world.unfolding, evaluation.world.groups)
    for at in used:
        side = (equality.left, equality.right)[at]
        try:
            evaluated = pattern(evaluation, strip(machine.normal(side)), names)
        except (OutOfFuel, RecursionError):
            continue
        if evaluated is not None:
            triggers[at, evaluated] = None
    for part in _alternatives(left, right):
        triggers[0, part] = None
    permutes = sorted(_heads(left)) == sorted(_heads(right))
    return Rule(equality, (left, right), tuple(triggers), ordered=permutes and not both_ways)


def _grows(side: Pattern, other: Pattern) -> bool:
    """Whether all instances of a side are smaller than those of the other."""
    mine, theirs = Counter(_heads(side)), Counter(_heads(other))
    variables = _variables(side) | _variables(other)
    return mine.total() < theirs.total() and all(mine[name] <= theirs[name] for name in variables)


def _heads(each: Pattern) -> Iterator[str]:
    yield each.head
    for part in each.parts:
        yield from _heads(part)


def _alternatives(left: Pattern, right: Pattern) -> Iterator[Pattern]:
    """Yield the tests of a disjunction that always holds: at the sight of one it may be worth recalling."""
    if left.head == "||" and right.head == "!True":
        for part in left.parts:
            yield part.parts[0] if part.head == "not" else part


def _variables(each: Pattern) -> frozenset[str]:
    if each.is_variable:
        return frozenset({each.head})
    return frozenset[str]().union(*(_variables(p) for p in each.parts))


def match(graph: Graph, wanted: Pattern, term: int, found: dict[str, int]) -> Iterator[dict[str, int]]:
    """Yield what the variables of a pattern stand for where it matches a term up to equality, by class."""
    root = graph.find(term)
    if wanted.is_variable:
        held = found.get(wanted.head)
        if held is None:
            yield {**found, wanted.head: root}
        elif graph.find(held) == root:
            yield found
        return
    if not wanted.parts:
        if any(graph.heads[t] == wanted.head and not graph.args[t] for t in graph.members[root]):
            yield found
        return
    seen: set[tuple[int, ...]] = set()
    members = graph.members[root]
    graph.work.spend(1 + len(members) // 8)
    for each in members:
        if graph.heads[each] == wanted.head and len(graph.args[each]) == len(wanted.parts):
            roots = tuple(map(graph.find, graph.args[each]))
            if roots not in seen:
                seen.add(roots)
                yield from _match_all(graph, wanted.parts, graph.args[each], found)


def _match_all(
    graph: Graph, wanted: tuple[Pattern, ...], terms: tuple[int, ...], found: dict[str, int]
) -> Iterator[dict[str, int]]:
    if not wanted:
        yield found
        return
    for held in match(graph, wanted[0], terms[0], found):
        yield from _match_all(graph, wanted[1:], terms[1:], held)


def matches(graph: Graph, wanted: Pattern, found: dict[str, int]) -> Iterator[tuple[int, dict[str, int]]]:
    """Yield the terms of a graph that a pattern matches, with what its variables stand for."""
    if wanted.is_variable:
        return
    seen: set[tuple[int, ...]] = set()
    for term in list(graph.by_head.get(wanted.head, ())):
        if len(graph.args[term]) != len(wanted.parts):
            continue
        graph.work.spend()
        roots = tuple(map(graph.find, graph.args[term]))
        if roots not in seen:
            seen.add(roots)
            for held in _match_all(graph, wanted.parts, graph.args[term], found):
                yield term, held


class Instances:
    """The instances that were drawn in a graph, by number."""

    def __init__(self, limit: int, allowed: Callable[[Rule, tuple[int, ...]], bool]) -> None:
        self.all: list[Instance] = []
        self._limit = limit
        """The largest term that an instance may bring."""
        self._allowed = allowed
        self._seen: set[tuple[str, tuple[tuple[str, int], ...], tuple[int, ...]]] = set()

    def copy(self, allowed: Callable[[Rule, tuple[int, ...]], bool]) -> Instances:
        """Return the same instances, to go on with in another case."""
        new = Instances(self._limit, allowed)
        new.all, new._seen = self.all[:], self._seen.copy()
        return new

    def draw(self, evaluation: Evaluation, each: Rule, current: Mapping[str, int]) -> int:
        """Add the instances of a rule to a graph; return how many. ``current`` is what else a variable may be."""
        graph = evaluation.graph
        drawn = 0
        fixed = dict(each.fixed)
        for at, wanted in each.triggers:
            if not current and not set(each.of.names) <= _variables(wanted):
                continue
            for term, found in list(islice(matches(graph, wanted, dict(fixed)), MATCHES)):
                drawn += self._add(evaluation, each, {**current, **found, **fixed}, (at, term))
        return drawn

    def state(self, evaluation: Evaluation, each: Rule, values: Mapping[str, int]) -> int:
        """Add an instance of a rule, whether or not a side of it is in the graph; return how many are new."""
        return self._add(evaluation, each, values)

    def _add(
        self, evaluation: Evaluation, each: Rule, found: Mapping[str, int], seen: tuple[int, int] | None = None
    ) -> int:
        """Add an instance; ``seen`` is the side that was met, with the term that it is."""
        graph = evaluation.graph
        roots = tuple(graph.find(found[name]) for name in each.of.names)
        key = (each.of.name, each.fixed, roots)
        if key in self._seen:
            return 0
        if seen is not None:
            other = _find(graph, each.sides[1 - seen[0]], found)
            if other is not None and graph.same(other, seen[1]):
                return 0
        if each.ordered and seen is not None:
            mine, new = (list(_order(graph, each.sides[at], found)) for at in (seen[0], 1 - seen[0]))
            if new >= mine:
                return 0
        values = {name: graph.best[root] for name, root in zip(each.of.names, roots, strict=True)}
        values.update(each.fixed)
        self._seen.add(key)
        if max(_size(graph, side, values) for side in each.sides) > self._limit:
            return 0
        if not self._allowed(each, tuple(values[name] for name in each.of.names)):
            return 0
        number = len(self.all)
        self.all.append(Instance(each, tuple(values[name] for name in each.of.names)))
        left = _build(graph, each.sides[0], values, number)
        right = _build(graph, each.sides[1], values, number)
        graph.merge(left, right, Reason(instance=number))
        return 1


def _find(graph: Graph, wanted: Pattern, found: Mapping[str, int]) -> int | None:
    if wanted.is_variable:
        return found[wanted.head]
    below = []
    for part in wanted.parts:
        term = _find(graph, part, found)
        if term is None:
            return None
        below.append(graph.find(term))
    return graph.lookup(wanted.head, tuple(below))


def _order(graph: Graph, wanted: Pattern, found: Mapping[str, int]) -> Iterator[tuple[int, int, str]]:
    """Yield what instances of one size are compared by: those that nest to the right come first."""
    if wanted.is_variable:
        yield 0, graph.best[graph.find(found[wanted.head])], ""
    else:
        yield 1, 0, wanted.head
        for part in wanted.parts:
            yield from _order(graph, part, found)


def _size(graph: Graph, wanted: Pattern, values: Mapping[str, int]) -> int:
    if wanted.is_variable:
        return graph.size[values[wanted.head]]
    return 1 + sum(_size(graph, p, values) for p in wanted.parts)


def _build(graph: Graph, wanted: Pattern, values: Mapping[str, int], number: int) -> int:
    if wanted.is_variable:
        return values[wanted.head]
    return graph.add(wanted.head, tuple(_build(graph, p, values, number) for p in wanted.parts), number)
