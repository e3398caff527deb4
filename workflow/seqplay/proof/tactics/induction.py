"""Proofs by functional induction: the cases that the two sides' own equations make, and in each the hypotheses that
their recursive calls ask for.

Both sides are evaluated on variables. Where the evaluation is stuck, the proof splits; where it is stuck only in
recursive calls, a hypothesis is instantiated so that it speaks of these calls. That covers structural induction on
lists and trees, naturals under a guard, patterns two deep, several arguments at once, accumulators.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import NamedTuple

from seqplay.haskell.syntax import TyCon, Type
from seqplay.proof.language.core import BUILTIN, App, Con, Expr, Lit, Var, apply
from seqplay.proof.language.substitution import substitute
from seqplay.proof.language.terms import call, match_term, outer_subterms, replaced, spine
from seqplay.proof.language.values import constructors
from seqplay.proof.tactics.goal import Decision, Equality, Hypothesis, Leaf, Proof, Split, Tree, World
from seqplay.proof.tactics.marks import Recursive, strip
from seqplay.proof.tactics.symbolic import Facts, Machine, Obstacle, OutOfFuel, Stuck
from seqplay.proof.tactics.termination import best_measure, decreasing, metric_text, under_measure

MAX_DEPTH = 7
"""Case splits above each other."""
MAX_LEAVES = 40
ROUNDS = 3
"""How often a leaf's equations are looked through for more hypotheses and lemmas."""
MAX_HINTS = 8
"""Lemmas recalled at one leaf: each is a term for Liquid Haskell to evaluate."""
MAX_FORMS = 24
"""Forms of the two sides that the equations of one round may make."""
FEW = 2
"""Awaited conditions, and lengths, at one leaf."""


class TooLarge(Exception):
    """The case analysis does not end within its bounds."""


@dataclass(frozen=True)
class Style:
    """How eagerly to split."""

    conditions: bool = True
    """Split at undecided guards; without, only where a hypothesis needs it to decrease."""
    terms: bool = False
    """Split at undecided terms, too."""
    recursive: bool = False
    """Split at conditions that only a recursive call waits for, too."""
    opaque: bool = False
    """Leave calls that end in an undecided conditional as they are."""
    cases: bool = True
    """Split at all; without, lemmas alone must do."""
    follow: bool = False
    """Split at the conditions that a hypothesis waits for, too."""
    single: bool = False
    """Split one argument alone, the first that matters, and its parts."""


class End(NamedTuple):
    """A leaf of the case analysis."""

    current: Mapping[str, Expr]
    """What the goal's variables have become by the splits above."""
    left: Expr
    right: Expr
    """The two sides, evaluated, with marks on the calls that hypotheses are about."""


class _State(NamedTuple):
    """A place in the case analysis: the two sides there, what the goal's variables are, what is decided, how deep."""

    left: Expr
    right: Expr
    current: Mapping[str, Expr]
    facts: Facts
    depth: int


class Induction:
    """Builds the proof of one equality; ``lemmas`` may be recalled at the leaves.

    Both sides are evaluated as far as Liquid Haskell would, and split at what keeps them from going on, until they are
    the same or nothing more is to be split. The result is a guess: a hypothesis is only used where a measure says that
    its arguments are smaller, but that all of this makes the sides meet is for Liquid Haskell to find out.
    """

    def __init__(self, world: World, goal: Equality, lemmas: Sequence[Equality], style: Style) -> None:
        self._world = world
        self._goal = goal
        self._lemmas = lemmas
        self._style = style
        self._fresh = count()
        self._leaves = 0
        self._initial: list[Expr] = []
        """The recursive calls of the goal itself. Where one of them is met again with other arguments, the goal at
        these is a hypothesis.
        """
        self._roots: frozenset[str] = frozenset()
        """The functions of these calls."""
        self._used: set[str] = set()
        self._first = ""
        """The variable that was split first: under ``single`` no other is."""
        self._origins: dict[str, str] = {}
        """For each variable that a split made, the goal's variable that it is a part of."""
        self.ends: list[End] = []
        """Every leaf that equations alone did not close: what the variables became, and the two sides there."""
        self.met: dict[Expr, None] = {}
        """Every unmarked call of a recursive function, in order of appearance."""
        self.kinds: dict[str, Type] = dict(goal.variables)
        """The types of the variables, those of the cases too."""

    def proof(self) -> Proof | None:
        """Return a proof to be checked, or none where the cases do not end."""
        goal = self._goal
        try:
            self._begin()
            current = {name: Var(name) for name in goal.names}
            tree = self._cases(_State(goal.left, goal.right, current, Facts(), 0))
        except (OutOfFuel, TooLarge, RecursionError):
            return None
        measure = best_measure(tree)
        return Proof(goal, under_measure(tree, measure), metric_text(measure), frozenset(self._used))

    def _begin(self) -> None:
        machine = self._machine(Facts())
        for side in (self._goal.left, self._goal.right):
            machine.normal(side)
        self._initial = [strip(each) for each in machine.calls]
        self._roots = frozenset(head.name for each in self._initial if isinstance(head := spine(each)[0], Var))

    def _machine(self, facts: Facts, *, opaque: bool = False) -> Machine:
        return Machine(self._world.unfolding, self._world.groups, facts, self._roots, opaque)

    # ------------------------------------------------------------ cases

    def _cases(self, state: _State) -> Tree:
        machine = self._machine(state.facts, opaque=self._style.opaque)
        left, right = machine.normal(state.left), machine.normal(state.right)
        self.met.update(dict.fromkeys(strip(call) for call in machine.calls))
        if strip(left) == strip(right):
            return self._counted(Leaf())
        reason = self._choose(machine.stuck)
        if reason is not None and state.depth >= MAX_DEPTH:
            raise TooLarge
        match reason:
            case Stuck(Obstacle.VARIABLE, Var(name), wanted, _):
                return self._split_variable(state, name, wanted)
            case Stuck(Obstacle.CONDITION, condition, _, _):
                plain = strip(condition)
                then = self._cases(state._replace(facts=state.facts.with_condition(plain, True), depth=state.depth + 1))
                other = self._cases(
                    state._replace(facts=state.facts.with_condition(plain, False), depth=state.depth + 1)
                )
                return Decision(plain, then, other)
            case Stuck(Obstacle.TERM, term, wanted, _):
                return self._split_term(state, strip(term), wanted)
        return self._at_leaf(state, left, right, [self._unlocked(state, each) for each in machine.recursions])

    def _unlocked(self, state: _State, call_: Expr) -> Expr:
        """Return a recursive call with its arguments evaluated, the call itself kept."""
        head, arguments = spine(call_)
        machine = self._machine(state.facts)
        return apply(head, *(machine.normal(each) for each in arguments))

    def _choose(self, stuck: list[Stuck]) -> Stuck | None:
        """Return what to split at, ``None`` where the place is a leaf: a variable, whose parts hypotheses may be about,
        before a condition, and that before a term, which may bring cases that cannot be.
        """
        for wanted in (Obstacle.VARIABLE, Obstacle.CONDITION, Obstacle.TERM):
            for each in stuck:
                if each.obstacle is wanted and self._splits_at(each):
                    return each
        return None

    def _splits_at(self, each: Stuck) -> bool:
        if not self._style.cases:
            return False
        # Below a recursive call only a condition is split at: its variables and terms are the hypothesis's to decide.
        if each.wanted not in self._world.siblings or (each.recursive and each.obstacle is not Obstacle.CONDITION):
            return False
        if each.obstacle is Obstacle.CONDITION:
            return (self._style.recursive or not each.recursive) and (
                self._style.conditions or _is_arithmetic(each.expr)
            )
        if each.obstacle is Obstacle.TERM:
            return self._style.terms
        assert isinstance(each.expr, Var)
        origin = self._origins.get(each.expr.name, each.expr.name)
        return not self._style.single or origin == (self._first or origin)

    def _split_variable(self, state: _State, name: str, wanted: str) -> Split:
        origin = self._origins.setdefault(name, name)
        self._first = self._first or origin
        cases = []
        for made, fields in self._world.siblings[wanted]:
            names = tuple(self._new(name) for _ in range(fields))
            self._origins.update(dict.fromkeys(names, origin))
            self.kinds.update(zip(names, self._field_types(name, made), strict=False))
            value = {name: apply(Con(made), *(Var(n) for n in names))}
            inner = _State(
                substitute(state.left, value),
                substitute(state.right, value),
                {k: substitute(v, value) for k, v in state.current.items()},
                state.facts.substituted(value),
                state.depth + 1,
            )
            cases.append((made, names, self._cases(inner)))
        return Split(Var(name), tuple(cases))

    def _split_term(self, state: _State, term: Expr, wanted: str) -> Split:
        cases = []
        for made, fields in self._world.siblings[wanted]:
            names = tuple(self._new("part") for _ in range(fields))
            value = apply(Con(made), *(Var(n) for n in names))
            inner = state._replace(facts=state.facts.with_term(term, value), depth=state.depth + 1)
            cases.append((made, names, self._cases(inner)))
        return Split(term, tuple(cases))

    def _field_types(self, name: str, made: str) -> tuple[Type, ...]:
        kind = self.kinds.get(name)
        cases = constructors(kind, self._world.types) if isinstance(kind, TyCon) else ()
        return next((fields for constructor, fields in cases if constructor == made), ())

    def _new(self, name: str) -> str:
        while (made := f"{name.split('_')[0]}_{next(self._fresh)}") in self._world.functions:
            pass
        return made

    def _counted(self, leaf: Leaf) -> Leaf:
        self._leaves += 1
        if self._leaves > MAX_LEAVES:
            raise TooLarge
        return leaf

    # ------------------------------------------------------------ leaves

    def _at_leaf(self, state: _State, left: Expr, right: Expr, recursions: Sequence[Expr]) -> Tree:
        """Return a leaf with the hypotheses and lemmas that speak of the terms there.

        The terms are those of the two sides, unfolded and as the calls that they were. An equation turns them into
        others, of which the next hypothesis or lemma may speak: hence the rounds.
        """
        self.ends.append(End(state.current, left, right))
        folded = self._machine(state.facts, opaque=True)
        hints: dict[Expr, None] = {}
        hypotheses = dict.fromkeys(self._hypotheses(recursions, state.current))
        forms = dict.fromkeys((left, right, folded.normal(state.left), folded.normal(state.right)))
        seen: dict[Expr, None] = {}
        todo = list(forms)
        for _ in range(ROUNDS):
            found = [term for side in todo for term in outer_subterms(side) if term not in seen]
            seen.update(dict.fromkeys(found))
            new = [h for h in self._hypotheses(found, state.current) if h not in hypotheses]
            hypotheses.update(dict.fromkeys(new))
            equations = [(self._goal, dict(zip(self._goal.names, h.arguments, strict=True))) for h in new]
            for lemma, values in instances(self._lemmas, [strip(t) for t in found]):
                hint = lemma.instance(values)
                if hint not in hints and len(hints) < MAX_HINTS:
                    self._used.add(lemma.name)
                    hints[hint] = None
                    equations.append((lemma, values))
            todo = [each for each in self._rewritten(state.facts, forms, equations) if each not in forms]
            forms.update(dict.fromkeys(todo))
        hints.update(dict.fromkeys(call("toProof", term) for term in _lengths([*seen, *_tested(state.facts)])))
        leaf: Tree = self._counted(Leaf(tuple(hints), tuple(hypotheses)))
        for condition in self._awaited(hypotheses, state) if self._style.follow else ():
            # The same hints either way: it is Liquid Haskell that must know which way the hypothesis's condition goes.
            leaf = Decision(condition, leaf, leaf)
        return leaf

    def _rewritten(
        self, facts: Facts, forms: Iterable[Expr], equations: Iterable[tuple[Equality, Mapping[str, Expr]]]
    ) -> list[Expr]:
        """Return what the forms of the two sides become by an equation each, as far as there is room for more."""
        machine = self._machine(facts)
        plain = [strip(each) for each in forms]
        made: dict[Expr, None] = {}
        for equality, values in equations:
            sides = [strip(machine.normal(substitute(s, values))) for s in (equality.left, equality.right)]
            made.update(dict.fromkeys(sides))
            for old, new in (sides, sides[::-1]):
                for form in plain:
                    changed = replaced(form, old, new)
                    if changed != form and len(made) < MAX_FORMS:
                        made[strip(machine.normal(changed))] = None
        return list(made)

    def _awaited(self, hypotheses: Iterable[Hypothesis], state: _State) -> list[Expr]:
        """Return the conditions that the two sides of hypotheses wait for."""
        found: dict[Expr, None] = {}
        for hypothesis in hypotheses:
            values = dict(zip(self._goal.names, hypothesis.arguments, strict=True))
            machine = self._machine(state.facts)
            for side in (self._goal.left, self._goal.right):
                machine.normal(substitute(side, values))
            stuck = [s.expr for s in machine.stuck if s.obstacle is Obstacle.CONDITION and not s.recursive]
            found.update(dict.fromkeys(stuck))
        return list(found)[:FEW]

    def _hypotheses(self, terms: Iterable[Expr], current: Mapping[str, Expr]) -> Iterator[Hypothesis]:
        """Yield the goal at the arguments of marked calls; a variable that such a call leaves open stays as it is.

        None without a measure under which it is smaller: recursion that ends is what makes it a proof.
        """
        names = self._goal.names
        for term in terms:
            if not isinstance(spine(term)[0], Recursive):
                continue
            plain = strip(term)
            for pattern in self._initial:
                values: dict[str, Expr] = {}
                if match_term(pattern, plain, names, values):
                    arguments = tuple(values.get(n, current[n]) for n in names)
                    measures = self._decreasing(pattern, arguments, tuple(current[n] for n in names))
                    if measures:
                        yield Hypothesis(arguments, measures)

    def _decreasing(self, call: Expr, new: tuple[Expr, ...], old: tuple[Expr, ...]) -> frozenset[str]:
        found = set(decreasing(self._goal.variables, new, old))
        declared = self._declared(call)
        if declared is not None:
            found.add(declared)
        return frozenset(found)

    def _declared(self, call: Expr) -> str | None:
        """Return the metric of a called function, said of the goal's variables."""
        head, arguments = spine(call)
        function = self._world.functions.get(head.name) if isinstance(head, Var) else None
        if function is None or function.metric is None:
            return None
        names = {f"x{i + 1}": a.name for i, a in enumerate(arguments) if isinstance(a, Var)}
        words = function.metric.replace("[", " ").replace("]", " ").split()
        if any(w.startswith("x") and w[1:].isdigit() and w not in names for w in words):
            return None
        return " ".join(names.get(w, w) for w in words)


def _lengths(terms: Iterable[Expr]) -> Iterator[Expr]:
    """Yield the lengths among terms: naming one tells Liquid Haskell that it is none below zero."""
    yield from islice((strip(t) for t in terms if spine(t)[0] == Var("L.length") and isinstance(t, App)), FEW)


def _tested(facts: Facts) -> Iterator[Expr]:
    for condition, _ in facts.conditions:
        yield from outer_subterms(condition)


def instances(lemmas: Sequence[Equality], terms: Sequence[Expr]) -> Iterator[tuple[Equality, dict[str, Expr]]]:
    """Yield the lemmas that speak of some of the terms, with what their variables stand for there."""
    for lemma in lemmas:
        for pattern in lemma.triggers or (lemma.left,):
            for term in terms:
                values: dict[str, Expr] = {}
                if match_term(pattern, term, lemma.names, values) and len(values) == len(lemma.names):
                    yield lemma, values


def _is_arithmetic(condition: Expr) -> bool:
    """Whether a condition compares numbers and variables only."""
    match condition:
        case App(Var(operator), parts):
            return operator in BUILTIN and all(_is_arithmetic(p) for p in parts)
    return isinstance(condition, Var | Lit)
