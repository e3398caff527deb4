"""Lemmas from a case that stayed open: what would have closed it, as general as it stays true.

Kurashige and others, CCLemma (ICFP 2024): terms below the two sides that have the same values on many inputs without
being known to be equal are conjectured to be; subterms that both have become variables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from seqplay.haskell.syntax import Type
from seqplay.proof.language.core import App, Con, Expr, Var, apply
from seqplay.proof.language.interpreter import Interpreter, Undefined
from seqplay.proof.language.terms import call, outer_subterms, replaced, spine
from seqplay.proof.language.values import Data, Sampler, Value
from seqplay.proof.tactics.discovery.cases import Case
from seqplay.proof.tactics.discovery.exploration import CALLS, GROWTH, is_plain
from seqplay.proof.tactics.discovery.graph import UNPRINTABLE, Graph
from seqplay.proof.tactics.discovery.work import Work
from seqplay.proof.tactics.goal import World

INPUTS = 40
LEAST = 6
"""Inputs that lead to the case, at least, or nothing is said of it."""
NEAR = 4
"""Terms of one class that are looked at."""
LARGEST = 14
LARGEST_CUT = 30
"""The largest sides of what says nothing but of a function's answers at the parts of an induction."""
PASSES = 6
SPLIT = 20
"""What a variable that was split costs more than others."""
_SIZES = (1, 2, 0, 3, 2, 1, 3, 4)
TRUE, FALSE = Con("True"), Con("False")
Values = tuple[Value | None, ...]


@dataclass
class Opening:
    """What an open case suggests."""

    world: World
    case: Case
    kinds: Mapping[str, Type]
    """The types of the case's variables."""
    work: Work
    _cost: dict[int, int] = field(default_factory=dict)
    _chosen: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._choose()

    def conjectures(self) -> list[tuple[Expr, Expr]]:
        """Return equations that would help: the two sides with variables first, then the smallest first."""
        found: dict[tuple[Expr, Expr], None] = {}
        for pair in (*self._impossible(), *self._onwards(), *self._equal_below()):
            for left, right in (*_generalised(*pair), pair):
                found[left, right] = None
        small = sorted(found, key=lambda pair: _size(pair[0]) + _size(pair[1]))
        return list(dict.fromkeys([*self._cut(), *small]))

    def _cut(self) -> Iterator[tuple[Expr, Expr]]:
        """Yield the two sides where the answers of one function at the parts of the induction are variables, and
        nothing else is said of these parts.
        """
        case = self.case.whole or self.case
        graph = case.graph
        parts = {graph.find(term) for _, term in case.parts}
        answers: dict[str, dict[int, None]] = {}
        for term, head in enumerate(graph.heads):
            below = [graph.find(each) for each in graph.args[term]]
            if head[0] not in "=!#@?" and parts & set(below) and all(_names_variable(graph, each) for each in below):
                answers.setdefault(head, {})[graph.find(term)] = None
        for roots in dict.fromkeys(tuple(each) for each in answers.values()):
            terms = _Terms(case, {root: Var(f"g{at}") for at, root in enumerate(roots)}, parts)
            left, right = terms.expr(case.left), terms.expr(case.right)
            if left is not None and right is not None:
                yield left, right

    def _equal_below(self) -> Iterator[tuple[Expr, Expr]]:
        lefts, rights = (self._below(side) for side in (self.case.left, self.case.right))
        values = self._values(list(dict.fromkeys([*lefts.values(), *rights.values(), TRUE, FALSE])))
        seen: set[tuple[int, int]] = set()
        for one, left in lefts.items():
            for other, right in rights.items():
                if one != other and (other, one) not in seen and _agree(values.get(left), values.get(right)):
                    seen.add((one, other))
                    yield left, right
        for root, expr in {**lefts, **rights}.items():
            for truth in (TRUE, FALSE):
                made = self.case.graph.made.get(root)
                if made is None and _agree(values.get(expr), values.get(truth)):
                    yield expr, truth
                    yield from self._conditional(expr, truth)

    def _impossible(self) -> Iterator[tuple[Expr, Expr]]:
        """Yield that two of the tests that lead to this case do not go together, where no input leads to it."""
        tests = [fact for fact in self.case.facts if fact[1] in (TRUE, FALSE)]
        values = self._values([test for test, _ in tests], lead=False)
        held = [[_is(value, made) for value in values.get(test, ())] for test, made in tests]
        for at, (test, made) in enumerate(tests):
            if held[at] and not any(held[at]):
                yield test, FALSE if made == TRUE else TRUE
            for other in range(at):
                if not any(a and b for a, b in zip(held[at], held[other], strict=True)):
                    yield call("||", _denied(*tests[other]), _denied(test, made)), TRUE

    def _conditional(self, expr: Expr, truth: Expr) -> Iterator[tuple[Expr, Expr]]:
        """Yield that a test holds or fails where one of the case's tests does."""
        claim = expr if truth == TRUE else call("not", expr)
        for condition, held in self.case.facts:
            if held in (TRUE, FALSE):
                yield call("||", _denied(condition, held), claim), TRUE

    def _below(self, side: int) -> dict[int, Expr]:
        """Return the classes below a side, each with its best term."""
        graph = self.case.graph
        found: dict[int, Expr] = {}
        todo = [side]
        while todo:
            root = graph.find(todo.pop())
            if root in found or self._cost.get(root, LARGEST + 1) > LARGEST:
                continue
            found[root] = self._term(root)
            members = sorted((t for t in graph.members[root] if graph.size[t] <= LARGEST), key=lambda t: graph.size[t])
            for each in members[:NEAR]:
                todo.extend(graph.args[each])
        return found

    def _term(self, root: int) -> Expr:
        return self._written(self._chosen[self.case.graph.find(root)])

    def _written(self, term: int) -> Expr:
        """Return a term with the best terms of its arguments."""
        graph = self.case.graph
        head, parts = graph.heads[term], [self._term(a) for a in graph.args[term]]
        if not parts:
            return self.case.evaluation.expr(term)
        if head == "@":
            return apply(*parts)
        return apply(Con(head[1:]) if head[0] == "!" else Var(head), *parts)

    def _choose(self) -> None:
        """Find the best term of each class: small, and without the variables that were split."""
        graph = self.case.graph
        for _ in range(PASSES):
            changed = False
            for term in range(len(graph.heads)):
                head, root = graph.heads[term], graph.find(term)
                if head[0] == "?":
                    continue
                split = head[0] == "=" and root in graph.made
                cost = 1 + SPLIT * split + sum(self._cost.get(graph.find(a), UNPRINTABLE) for a in graph.args[term])
                if cost < self._cost.get(root, UNPRINTABLE):
                    self._cost[root], self._chosen[root], changed = cost, term, True
            if not changed:
                return

    def _onwards(self) -> Iterator[tuple[Expr, Expr]]:
        """Yield that a side that should be true is so where it is at smaller arguments, common parts abstracted."""
        graph = self.case.graph
        for one, other in ((self.case.left, self.case.right), (self.case.right, self.case.left)):
            made = graph.made_of(other)
            if made is None or graph.heads[made] != "!True" or graph.made_of(one) is not None:
                continue
            claims = sorted(self._forms(one), key=_size)
            for smaller in self.case.smaller:
                for held in self._forms(smaller):
                    for claim in claims[:NEAR]:
                        if isinstance(held, App) and spine(held)[0] == spine(claim)[0] and claim != held:
                            yield _abstracted(call("||", call("not", held), claim)), TRUE

    def _forms(self, term: int) -> list[Expr]:
        """Return the terms that are equal to one, each once."""
        graph = self.case.graph
        return list(dict.fromkeys(self._written(t) for t in graph.members[graph.find(term)] if self._writable(t)))

    def _writable(self, term: int) -> bool:
        graph = self.case.graph
        return graph.heads[term][0] != "?" and all(
            self._cost.get(graph.find(a), UNPRINTABLE) <= LARGEST for a in graph.args[term]
        )

    def _values(self, exprs: Sequence[Expr], *, lead: bool = True) -> dict[Expr, Values]:
        """Return the values of terms on inputs; on those alone that lead to this case, if ``lead``."""
        interpreter = Interpreter(self.world.evaluated, CALLS)
        sampler = Sampler(self.world.types, 1, GROWTH)
        table: dict[Expr, list[Value | None]] = {expr: [] for expr in exprs}
        names = sorted({v.name for e in self.case.current.values() for v in outer_subterms(e) if isinstance(v, Var)})
        extra = sorted(set(self.kinds) - set(self.case.current) - set(names))
        for at in range(INPUTS):
            try:
                drawn = {
                    n: sampler.value(self.kinds[n], _SIZES[at % len(_SIZES)])
                    for n in (*names, *extra)
                    if n in self.kinds
                }
            except (LookupError, RecursionError):
                return {}
            current = {n: self._value(interpreter, e, drawn) for n, e in self.case.current.items()}
            scope = {**drawn, **{n: v for n, v in current.items() if v is not None}}
            held = [self._holds(interpreter, *fact, scope) for fact in self.case.facts]
            if all(held) or not lead:
                for expr in exprs:
                    table[expr].append(self._value(interpreter, expr, scope))
        return {expr: tuple(values) for expr, values in table.items()}

    def _holds(self, interpreter: Interpreter, subject: Expr, made: Expr, scope: dict[str, Value]) -> bool:
        """Whether a term has the constructor that the case wants; its parts get their values then."""
        value = self._value(interpreter, subject, scope)
        head, parts = spine(made)
        if not isinstance(value, Data) or not isinstance(head, Con) or value.name != head.name:
            return False
        scope.update((part.name, each) for part, each in zip(parts, value.fields, strict=True) if isinstance(part, Var))
        return True

    def _value(self, interpreter: Interpreter, expr: Expr, scope: Mapping[str, Value]) -> Value | None:
        try:
            value = interpreter.evaluate(expr, scope)
        except Undefined:
            value = None
        self.work.spend(1 + interpreter.used // 4)
        return value if value is None or is_plain(value) or isinstance(expr, Var) else None


class _Terms:
    """The smallest terms of classes over given leaves, without some others and without variables that were split."""

    def __init__(self, case: Case, leaves: Mapping[int, Expr], without: Collection[int]) -> None:
        self._case = case
        self._leaves = leaves
        self._cost: dict[int, int] = dict.fromkeys(leaves, 1)
        self._chosen: dict[int, int] = {}
        graph = case.graph
        changed = True
        while changed:
            changed = False
            for term, head in enumerate(graph.heads):
                root = graph.find(term)
                split = head[0] == "=" and (root in without or root in graph.made)
                if head[0] == "?" or root in leaves or split:
                    continue
                cost = 1 + sum(self._cost.get(graph.find(each), UNPRINTABLE) for each in graph.args[term])
                if cost <= LARGEST_CUT and cost < self._cost.get(root, UNPRINTABLE):
                    self._cost[root], self._chosen[root], changed = cost, term, True

    def expr(self, term: int) -> Expr | None:
        """Return the smallest term of a term's class; none where it is too large."""
        graph = self._case.graph
        root = graph.find(term)
        if root in self._leaves:
            return self._leaves[root]
        if root not in self._chosen:
            return None
        chosen = self._chosen[root]
        parts = [self.expr(each) for each in graph.args[chosen]]
        below = [part for part in parts if part is not None]
        head = graph.heads[chosen]
        if not parts:
            return self._case.evaluation.expr(chosen)
        if head == "@":
            return apply(*below)
        return apply(Con(head[1:]) if head[0] == "!" else Var(head), *below)


def _names_variable(graph: Graph, root: int) -> bool:
    return any(graph.heads[each][0] == "=" for each in graph.members[root])


def _size(expr: Expr) -> int:
    return sum(1 for _ in outer_subterms(expr))


def _abstracted(expr: Expr) -> Expr:
    """Return a term in which each call that it has several times is a variable."""
    parts = Counter(each for each in outer_subterms(expr) if isinstance(each, App))
    for at, each in enumerate(sorted((e for e, times in parts.items() if times > 1), key=lambda e: -_size(e))):
        expr = replaced(expr, each, Var(f"g{at}"))
    return expr


def _is(value: Value | None, made: Expr) -> bool:
    return isinstance(value, Data) and isinstance(made, Con) and value.name == made.name


def _denied(condition: Expr, held: Expr) -> Expr:
    return call("not", condition) if held == TRUE else condition


def _agree(one: Values | None, two: Values | None) -> bool:
    if one is None or two is None or one != two:
        return False
    return sum(each is not None for each in one) >= LEAST


def _generalised(left: Expr, right: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Yield the equation with common subterms replaced by variables: all the largest, then one at a time."""
    common = [
        each
        for each in dict.fromkeys(outer_subterms(left))
        if isinstance(each, App) and each != left and each in set(outer_subterms(right)) and each != right
    ]
    common.sort(key=lambda each: -_size(each))
    one, two = left, right
    for at, each in enumerate(common):
        new = Var(f"g{at}")
        one, two = replaced(one, each, new), replaced(two, each, new)
        yield replaced(left, each, new), replaced(right, each, new)
    if len(common) > 1:
        yield one, two
