"""One attempt to prove an equality: cases where evaluation is stuck, and in each case equational reasoning in a graph.

The equations are evaluation, the goal itself at smaller arguments, and lemmas that are proved. So an attempt knows
whether it succeeds; that it does is still for the checker to confirm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from seqplay.haskell.syntax import TyCon, Type
from seqplay.proof.language.core import Con, Expr, Var, apply, free
from seqplay.proof.language.substitution import substitute
from seqplay.proof.language.terms import spine
from seqplay.proof.language.values import constructors
from seqplay.proof.tactics.discovery.cases import Case, demands
from seqplay.proof.tactics.discovery.evaluation import Blocked, Evaluation, Sources
from seqplay.proof.tactics.discovery.graph import CASE, Graph
from seqplay.proof.tactics.discovery.matching import Instance, Instances, Rule, rule
from seqplay.proof.tactics.discovery.work import Work
from seqplay.proof.tactics.goal import Decision, Equality, Hypothesis, Leaf, Proof, Split, Tree, World
from seqplay.proof.tactics.termination import STRUCTURE, decreasing, leaves, metric_text

MOST_TERMS = 250
"""Terms of a graph beyond which no more equations are drawn."""
MAX_DEPTH = 6
MAX_LEAVES = 40
ROOM = 6
"""By how much a term that an equation brings may be larger than the goal's larger side."""


@dataclass(frozen=True)
class Means:
    """What an attempt may use."""

    world: World
    sources: Sources
    lemmas: tuple[Equality, ...]
    variables_first: bool = False
    """Split at variables before conditions."""
    rounds: int = 4
    """How often equations are drawn in one case."""
    both_ways: bool = True
    """Use lemmas also towards larger terms."""
    all_cases: bool = False
    """Go on behind a case that stays open, to know the others that do."""


class _Open(Exception):
    """A case is not closed."""


class Attempt:
    """An attempt by one measure."""

    def __init__(self, means: Means, goal: Equality, measure: str, work: Work) -> None:
        self._means = means
        self._goal = goal
        self._measure = measure
        self._work = work
        self._fresh = count(1)
        self._leaves = 0
        self._used: set[str] = set()
        self._kinds: dict[str, Type] = dict(goal.variables)
        self.stuck: list[Case] = []
        """The cases that stayed open: the first, or all."""

    def run(self) -> Proof | None:
        """Return a proof, or none. Raises ``OutOfWork``."""
        start = self.start()
        both_ways = self._means.both_ways
        made = (rule(start.evaluation, each, both_ways=both_ways) for each in self._means.lemmas)
        self._rules = [each for each in made if each is not None]
        self._whole = rule(start.evaluation, self._goal)
        try:
            tree = self._tree(start)
        except _Open:
            return None
        metric = metric_text(self._measure or None)
        return Proof(self._goal, tree, metric if _has_hypotheses(tree) else None, frozenset(self._used))

    def start(self) -> Case:
        """Return the goal before any case split."""
        evaluation = Evaluation(self._means.world, Graph(self._work), self._means.sources)
        left, right = (evaluation.build(side, {}) for side in (self._goal.left, self._goal.right))
        graph = evaluation.graph
        limit = max(graph.size[left], graph.size[right]) + ROOM
        made = Case(evaluation, Instances(limit, _never), left, right, {n: Var(n) for n in self._goal.names})
        made.instances = made.instances.copy(lambda each, values: self._allowed(made, each, values))
        return made

    # ------------------------------------------------------------ cases

    def _tree(self, case: Case) -> Tree:
        if self._saturate(case):
            return self._leaf(case)
        if case.depth >= MAX_DEPTH:
            return self._fail(case)
        variable = self._measure.removeprefix(STRUCTURE)
        found = demands(self._means.world, case, variable, variables_first=self._means.variables_first)
        for blocked in [*found, *self._single(case)]:
            return self._split(case, blocked)
        return self._fail(case)

    def _single(self, case: Case) -> Iterator[Blocked]:
        """Yield the variables whose type has one constructor: nothing waits for it, and it is known."""
        for name in [name for each in case.current.values() for name in sorted(free(each)) if name in self._kinds]:
            kind = self._kinds[name]
            term = case.graph.add(f"={name}")
            cases = constructors(kind, self._means.world.types) if isinstance(kind, TyCon) else ()
            if len(cases) == 1 and cases[0][0] in self._means.world.siblings and case.graph.made_of(term) is None:
                yield Blocked(term, cases[0][0])

    def _fail(self, case: Case) -> Tree:
        if self._means.all_cases or not self.stuck:
            self.stuck.append(case)
            case.kinds = self._kinds
            drawn = dict.fromkeys(i for i in case.instances.all if i.rule.measure)
            case.smaller = tuple(
                case.evaluation.build(substitute(self._goal.left, self._values(case, each)), {}) for each in drawn
            )
        raise _Open

    def _values(self, case: Case, instance: Instance) -> dict[str, Expr]:
        shown = (case.evaluation.expr(v) for v in instance.values)
        return dict(zip(instance.rule.of.names, shown, strict=True))

    def _saturate(self, case: Case) -> bool:
        """Draw equations until the case is closed, or nothing new comes; whether it is closed."""
        hypotheses = self._hypotheses(case)
        for _ in range(self._means.rounds):
            case.evaluation.run()
            if case.is_closed:
                return True
            if len(case.graph.heads) > MOST_TERMS:
                return False
            drawn = sum(case.instances.draw(case.evaluation, each, self._now(case)) for each in hypotheses)
            drawn += sum(self._stated(case, each) for each in hypotheses if each.fixed)
            drawn += sum(case.instances.draw(case.evaluation, each, {}) for each in self._rules)
            if not drawn:
                break
        case.evaluation.run()
        return case.is_closed

    def _stated(self, case: Case, each: Rule) -> int:
        """State the goal at a part of the variable of the induction and, of other variables that were split, at the
        parts in the same place: that the two go down together shows in no term.
        """
        ((inducted, part),) = each.fixed
        place = next((at for at, (_, term) in enumerate(case.parts) if term == part), 0)
        values = {inducted: part}
        for name, kind in self._goal.variables:
            if name != inducted:
                below = self._parts(case.current[name], kind)
                values[name] = case.evaluation.build(below[min(place, len(below) - 1)] if below else Var(name), {})
        return case.instances.state(case.evaluation, each, values)

    def _parts(self, value: Expr, kind: Type) -> list[Expr]:
        """Return the parts of a value that are of its own type."""
        head, arguments = spine(value)
        if not isinstance(kind, TyCon) or not isinstance(head, Con):
            return []
        fields = next((types for name, types in constructors(kind, self._means.world.types) if name == head.name), ())
        return [each for each, field in zip(arguments, fields, strict=False) if field == kind]

    def _now(self, case: Case) -> Mapping[str, int]:
        return {name: case.evaluation.build(Var(name), {}) for name in self._goal.names}

    def _hypotheses(self, case: Case) -> list[Rule]:
        whole = self._whole
        if whole is None or not self._measure:
            return []
        if self._measure.startswith(STRUCTURE):
            name = self._measure.removeprefix(STRUCTURE)
            return [replace(whole, fixed=((name, term),), measure=self._measure) for _, term in case.parts]
        return [replace(whole, measure=self._measure)]

    def _allowed(self, case: Case, each: Rule, values: tuple[int, ...]) -> bool:
        if not each.measure or each.fixed:
            return True
        new = [case.evaluation.expr(v) for v in values]
        old = [case.current[n] for n in self._goal.names]
        return each.measure in set(decreasing(self._goal.variables, new, old))

    # ------------------------------------------------------------ splits

    def _split(self, case: Case, blocked: Blocked) -> Tree:
        graph = case.graph
        root = graph.find(blocked.term)
        names = [t for t in graph.members[root] if graph.heads[t][0] == "="]
        term = names[0] if names else graph.best[root]
        subject = case.evaluation.expr(term)
        siblings = self._means.world.siblings[blocked.wanted]
        if {name for name, _ in siblings} == {"True", "False"}:
            then, other = self._trees([self._case(case, subject, term, made, ()) for made in ("True", "False")])
            return Decision(subject, then, other)
        cases = []
        for made, fields in siblings:
            stem = subject.name.split("_")[0] if isinstance(subject, Var) else "part"
            fresh = tuple(self._new(stem) for _ in range(fields))
            cases.append((made, fresh, self._case(case, subject, term, made, fresh)))
        trees = self._trees([each for _, _, each in cases])
        return Split(subject, tuple((*each[:2], tree) for each, tree in zip(cases, trees, strict=True)))

    def _trees(self, cases: Sequence[Case]) -> list[Tree]:
        """Return the trees of cases; raises ``_Open`` at the first that stays open, or behind the last."""
        trees: list[Tree] = []
        for case in cases:
            try:
                trees.append(self._tree(case))
            except _Open:
                if not self._means.all_cases:
                    raise
        if len(trees) < len(cases):
            raise _Open
        return trees

    def _new(self, stem: str) -> str:
        while (made := f"{stem}_{next(self._fresh)}") in self._means.world.functions:
            pass
        return made

    def _case(self, case: Case, subject: Expr, term: int, made: str, fresh: tuple[str, ...]) -> Case:
        evaluation = case.evaluation.copy()
        graph = evaluation.graph
        parts = tuple(graph.add(f"={name}") for name in fresh)
        value = graph.add(f"!{made}", parts)
        graph.merge(term, value, CASE)
        shown = apply(Con(made), *(Var(name) for name in fresh))
        current = case.current
        mine: tuple[tuple[str, int], ...] = ()
        if isinstance(subject, Var):
            kind = self._kinds.get(subject.name)
            cases = constructors(kind, self._means.world.types) if isinstance(kind, TyCon) else ()
            types: tuple[Type, ...] = next((kinds for name, kinds in cases if name == made), ())
            self._kinds.update(zip(fresh, types, strict=False))
            current = {k: substitute(v, {subject.name: shown}) for k, v in current.items()}
            inducted = self._measure.removeprefix(STRUCTURE)
            if subject.name == inducted or subject.name in {name for name, _ in case.parts}:
                mine = tuple((n, t) for n, t in zip(fresh, parts, strict=True) if self._kinds.get(n) == kind)
        new = Case(evaluation, case.instances, case.left, case.right, current, (*case.parts, *mine), case.depth + 1)
        new.facts = case.facts if isinstance(subject, Var) else (*case.facts, (subject, shown))
        new.whole = case.whole or (None if isinstance(subject, Var) else case)
        new.instances = case.instances.copy(lambda each, values: self._allowed(new, each, values))
        return new

    # ------------------------------------------------------------ leaves

    def _leaf(self, case: Case) -> Leaf:
        self._leaves += 1
        if self._leaves > MAX_LEAVES:
            raise _Open
        graph = case.graph
        pair = graph.conflict or (case.left, case.right)
        hints: dict[Expr, None] = {}
        hypotheses: dict[Hypothesis, None] = {}
        for number in sorted(graph.explain(*pair)):
            instance = case.instances.all[number]
            values = tuple(case.evaluation.expr(v) for v in instance.values)
            if instance.rule.measure:
                hypotheses[Hypothesis(values, frozenset({instance.rule.measure}))] = None
            else:
                self._used.add(instance.rule.of.name)
                hints[instance.rule.of.instance(dict(zip(instance.rule.of.names, values, strict=True)))] = None
        return Leaf(tuple(hints), tuple(hypotheses))


def _never(_rule: Rule, _values: tuple[int, ...]) -> bool:
    return False


def _has_hypotheses(tree: Tree) -> bool:
    return any(leaf.hypotheses for leaf in leaves(tree))
