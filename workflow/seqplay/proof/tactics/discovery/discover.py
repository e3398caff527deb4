"""The search for a proof by lemmas of its own: conjecture, prove, use what is proved.

All of it is limited in counted steps, so that a pair has the same answer on a busy and on a quiet machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import inf

from seqplay.haskell.syntax import TyCon, Type
from seqplay.proof.language.core import BUILTIN, Equation, Expr, Function, PCon, PVar, Var, free
from seqplay.proof.language.substitution import substitute
from seqplay.proof.language.terms import match_term, outer_subterms
from seqplay.proof.tactics.discovery.attempt import Case, Means, prove
from seqplay.proof.tactics.discovery.evaluation import Sources
from seqplay.proof.tactics.discovery.exploration import (
    CALLS,
    Exploration,
    Symbol,
    symbols_of,
    type_variables,
    used_functions,
)
from seqplay.proof.tactics.discovery.generalisation import Opening
from seqplay.proof.tactics.discovery.work import OutOfWork, Work
from seqplay.proof.tactics.goal import Equality, Leaf, Proof, World
from seqplay.proof.tactics.refutation import Refuter
from seqplay.proof.tactics.text import expressible, logical
from seqplay.proof.tactics.typing import IllTyped, Typing

WORK = 1_500_000
"""Steps of one search."""
FIRST, ATTEMPT, THOROUGH = 20_000, 12_000, 50_000
"""Steps of one attempt to prove a conjecture: while exploring, behind that, and one that is needed."""
GOAL = 60_000
"""Steps of one attempt to prove the goal with what is proved by then."""
RETRIES = 6
"""How often a conjecture is tried again when more is proved."""
LARGEST = 7
"""The size of the largest terms that are explored."""
TERMS = 4_000
"""Terms of one exploration."""
EXPLORED, RESERVED = 300_000, 0.5
"""Exploration may use so many steps, and of more it leaves this part to the search backwards from the goal and to what
comes behind that.
"""
OPERATORS = ((2, 40), (0, 20))
PHASES = ((1, 120), (2, 80))
"""Explorations one after the other, of the operators alone and of all functions: constructors in one term, and
conjectures that are tried.
"""
AGREED = 55
"""Of the refuter's inputs, on so many a conjecture must have values."""
FEW = 2
"""Open cases of the goal that are looked at."""
SEVERAL = 4
"""Open cases of something that the goal follows from."""
FAILED = 6
"""Conjectures of an exploration whose open cases are looked at."""
SUGGESTED = 12
"""Conjectures of one open case."""
ASSUMED = 30
"""Conjectures that are assumed together, to know which of them are needed."""
ALONE = 6
"""Conjectures of which each is assumed alone, where that does not tell."""
DEEP = 2
"""How far below the goal the open cases of conjectures suggest more."""


@dataclass
class Discovery:
    """One search for a proof of a goal."""

    world: World
    goal: Equality
    deadline: float = inf
    """A last stop, by the monotonic clock."""
    work: Work = field(default_factory=lambda: Work(WORK))
    proved: dict[str, Proof] = field(default_factory=dict)
    """Lemmas by name, each after those that it recalls."""
    _seen: set[tuple[Expr, Expr]] = field(default_factory=set)
    """Equations that were stated."""
    _failed: list[Equality] = field(default_factory=list)
    _refused: list[Equality] = field(default_factory=list)
    """What the checker did not accept."""
    _tried: dict[Equality, tuple[int, int]] = field(default_factory=dict)
    """How often each failed conjecture was tried again, and how many lemmas there were the last time."""
    _stuck: list[Case] = field(default_factory=list)
    """The open cases of the goal."""
    _open: list[Case] = field(default_factory=list)
    """Those of the last conjecture."""
    _known_at_last_try: frozenset[str] | None = None
    _named: int = 0
    _reserve: int = 0
    """Steps that are left to what comes later."""
    _backward: bool = False
    """Whether the search goes backwards from the goal by now."""

    def __post_init__(self) -> None:
        self._typing = Typing.of(self.world)
        self._refuter = Refuter(self.world, CALLS)
        self._sources = Sources()
        self._stated(self.goal.left, self.goal.right)  # no conjecture of its own

    def run(self) -> Iterator[Proof]:
        """Yield proofs of the goal, whose lemmas are among ``proved``.

        After one is yielded, lemmas may be refused; what follows does without them.
        """
        self._reserve = max(0, int((self.work.left - EXPLORED) * RESERVED))
        with suppress(OutOfWork, RecursionError):
            yield from self._tries()
            for _ in self._lemmas():
                yield from self._tries()

    def _tries(self) -> Iterator[Proof]:
        while (proof := self._try_goal()) is not None:
            yield proof

    def refuse(self, names: Iterable[str]) -> None:
        """Take back lemmas that the checker does not accept, and all that rest on them."""
        lost = set(names)
        for name, proof in list(self.proved.items()):
            if name in lost or proof.lemmas & lost:
                lost.add(name)
                del self.proved[name]
                self._refused.append(proof.of)

    def closure(self, names: frozenset[str]) -> list[Proof]:
        """Return the lemmas of these names with all that they recall, in the order in which they were proved."""
        wanted: set[str] = set()
        todo = list(names)
        while todo:
            name = todo.pop()
            if name not in wanted:
                wanted.add(name)
                todo.extend(self.proved[name].lemmas)
        return [proof for name, proof in self.proved.items() if name in wanted]

    # ------------------------------------------------------------ sources of conjectures

    def _lemmas(self) -> Iterator[None]:
        """Prove what is worth trying the goal with; yields each time when there is more."""
        symbols = self._symbols()
        operators = [each for each in symbols if _is_operator(each)]
        kinds = {each.result for each in operators if len(each.arguments) > 1}
        operators = [each for each in operators if each.result in kinds]
        yield from self._opened()
        yield from self._explored(symbols, *PHASES[0])
        self._reserve, self._backward = 0, True
        yield from self._backwards(self.goal, 0, set())
        for phase in OPERATORS if operators else ():
            yield from self._explored(operators, *phase)
            yield from self._backwards(self.goal, 0, set())
        for phase in PHASES[1:]:
            yield from self._opened()
            yield from self._explored(symbols, *phase)
        yield from self._opened()

    def _explored(self, symbols: Sequence[Symbol], constructors: int, conjectures: int) -> Iterator[None]:
        """Prove what functions suggest; yields after each size of terms."""
        exploration = Exploration(self.world, symbols, self.work, TERMS, constructors)
        for pairs in exploration.run(LARGEST):
            for equality in sorted(self._all_stated(pairs), key=_generality):
                if self.work.left < self._reserve:
                    return
                if conjectures > 0 and not self._is_known(equality):
                    conjectures -= 1
                    self._consider(equality)
            self._retry()
            yield
            if conjectures <= 0:
                return

    def _opened(self) -> Iterator[None]:
        """Prove what the open cases of the goal suggest, and what those of such conjectures do; yields after each."""
        todo = [(case, 0) for case in self._stuck[:FEW]]
        for equality in sorted(self._failed, key=_generality)[:FAILED]:
            if not self._prove(equality):
                todo.extend((case, 1) for case in self._open[:1])
        while todo and self.work.left >= self._reserve:
            case, depth = todo.pop(0)
            for equality in self._new(case):
                if self._is_known(equality):
                    continue
                if self._consider(equality):
                    yield
                elif depth < DEEP:
                    todo.extend((each, depth + 1) for each in self._open[:1])
            self._retry()
            yield

    def _backwards(self, target: Equality, depth: int, seen: set[Equality]) -> Iterator[None]:
        """Prove what an equality would follow from, with more steps than other conjectures have."""
        seen.add(target)
        self._consider_all(self._suggested(target))
        yield
        for equality in self._needed(target):
            if equality in seen or equality not in self._failed:
                continue
            if not self._prove(equality, THOROUGH) and depth < DEEP:
                yield from self._backwards(equality, depth + 1, seen)
                if not self._prove(equality, THOROUGH):
                    continue
            self._failed = [each for each in self._failed if each != equality]
            yield

    def _suggested(self, target: Equality) -> list[Equality]:
        """Return what the open cases of an equality suggest and was not stated."""
        _, cases = self._attempted(replace(self._means(), all_cases=True), target)
        return [equality for case in cases[:SEVERAL] for equality in self._new(case)]

    def _new(self, case: Case) -> list[Equality]:
        """Return what an open case suggests and was not stated."""
        found = self._all_stated(Opening(self.world, case, case.kinds, self.work).conjectures())
        return found[:SUGGESTED]

    def _consider_all(self, equalities: Iterable[Equality]) -> None:
        for equality in equalities:
            if not self._is_known(equality):
                self._consider(equality)
        self._retry()

    def _needed(self, target: Equality) -> list[Equality]:
        """Return conjectures from which an equality would follow, all at once or else one by one."""
        others = sorted((each for each in self._failed if each != target), key=_generality, reverse=True)
        for group in [others[:ASSUMED], *([each] for each in others[:ALONE])]:
            found = self._used(target, group)
            if found:
                return found
        return []

    def _used(self, target: Equality, group: Sequence[Equality]) -> list[Equality]:
        """Return those of some conjectures that a proof of an equality uses; none where they do not prove it."""
        assumed = {f"assumed{at}": replace(each, name=f"assumed{at}") for at, each in enumerate(group)}
        means = self._means()
        steps = GOAL if len(group) > 1 else ATTEMPT
        proof, _ = self._attempted(replace(means, lemmas=(*means.lemmas, *assumed.values())), target, steps)
        return [each for name, each in zip(assumed, group, strict=True) if name in proof.lemmas] if proof else []

    def _attempted(self, means: Means, target: Equality, steps: int = GOAL) -> tuple[Proof | None, list[Case]]:
        part = self.work.share(steps)
        given = part.left
        try:
            return prove(means, target, part)
        except OutOfWork:
            return None, []
        finally:
            self.work.settle(given, part)
            self.work.spend(0)

    def _symbols(self) -> list[Symbol]:
        """Return the functions that the goal reaches, but for those that only pass their arguments on."""
        sides = (self.goal.left, self.goal.right)
        entries = frozenset[str]().union(*(free(side) for side in sides))
        functions = [self.world.functions[name] for name in used_functions(self.world, sides)]
        chosen = [f for f in functions if not _forwards(f) and (f.name not in entries or f.name in self.world.groups)]
        kinds = [*(kind for _, kind in self.goal.variables), *(kind for f in chosen for kind in _types(f))]
        return symbols_of(self.world, [f.name for f in chosen], kinds)

    # ------------------------------------------------------------ conjectures

    def _all_stated(self, pairs: Iterable[tuple[Expr, Expr]]) -> list[Equality]:
        return [equality for pair in pairs if (equality := self._stated(*pair)) is not None]

    def _stated(self, left: Expr, right: Expr) -> Equality | None:
        """Return two terms as an equality over variables of its own; none if it was stated, or has no type."""
        parts = [part for side in (left, right) for part in outer_subterms(side)]
        names = dict.fromkeys(each.name for each in parts if isinstance(each, Var) and self._is_local(each.name))
        fresh = {n: f"y{i}" for i, n in enumerate(names, 1)}
        left, right = (substitute(side, {n: Var(f) for n, f in fresh.items()}) for side in (left, right))
        if (left, right) in self._seen or left == right:
            return None
        self._seen.add((left, right))
        if not (expressible(logical(left)) and expressible(logical(right))):
            return None
        try:
            types, context, kind = self._typing.equality(left, right, list(fresh.values()), {})
        except IllTyped:
            return None
        if not type_variables(kind) <= set[str]().union(*(type_variables(each) for each in types.values())):
            return None  # at what type it is recalled would be open
        return Equality("", tuple((n, types[n]) for n in fresh.values()), left, right, (), context)

    def _is_local(self, name: str) -> bool:
        return name not in self.world.functions and name not in BUILTIN and not name.startswith("Prelude.")

    def _is_known(self, equality: Equality) -> bool:
        """Whether it is a lemma at other terms, or something that was tried."""
        others: Sequence[Equality] = [*(p.of for p in self.proved.values()), *self._failed, *self._refused]
        for other in others:
            for one, two in ((other.left, other.right), (other.right, other.left)):
                found: dict[str, Expr] = {}
                if match_term(one, equality.left, other.names, found):
                    if match_term(two, equality.right, other.names, found):
                        return True
        return False

    def _consider(self, equality: Equality) -> bool:
        """Try to prove a conjecture; whether there is a new lemma now."""
        before = len(self.proved)
        if not self._prove(equality):
            self._failed.append(equality)
        return len(self.proved) > before

    def _prove(self, equality: Equality, steps: int = 0) -> bool:
        """Whether a conjecture is proved, or follows from lemmas by evaluation alone, or a value refutes it: only the
        first is a lemma.
        """
        if time.monotonic() > self.deadline:
            raise OutOfWork
        self._open = []
        self._named += 1
        equality = replace(equality, name=f"explored{self._named}")
        part = self.work.share(steps or (ATTEMPT if self._backward else FIRST))
        given = part.left
        try:
            agreed = self._refuter.agreements(equality)
            if agreed is None or agreed < (AGREED if equality.variables else 1):
                return True
            proof, self._open = prove(self._means(), equality, part)
        except OutOfWork:
            return False
        finally:
            self.work.settle(given, part)
            self.work.spend(0)
        if proof is None:
            return False
        if not isinstance(proof.tree, Leaf) or proof.tree.hypotheses:
            self.proved[equality.name] = proof
        return True

    def _means(self) -> Means:
        lemmas = tuple(p.of for p in self.proved.values())
        return Means(self.world, self._sources, lemmas, ordered=self._backward)

    def _retry(self) -> None:
        """Try what failed again, as long as there are new lemmas."""
        before = -1
        while len(self.proved) > before:
            before = len(self.proved)
            self._failed = [
                each for each in self._failed if self._rests(each) or not self._prove(each, self._more(each))
            ]

    def _more(self, equality: Equality) -> int:
        """Return the steps of another attempt: more each time."""
        times, _ = self._tried[equality]
        return FIRST if not self._backward else min(ATTEMPT << times // 2, THOROUGH)

    def _rests(self, equality: Equality) -> bool:
        """Whether a conjecture was tried often enough, or nothing was proved since."""
        times, known = self._tried.get(equality, (0, -1))
        if known == len(self.proved):
            return True
        self._tried[equality] = times + 1, len(self.proved)
        return times >= RETRIES

    def _try_goal(self) -> Proof | None:
        known = frozenset(self.proved)
        if known == self._known_at_last_try:
            return None
        self._known_at_last_try = known
        part = self.work.share(GOAL)
        given = part.left
        try:
            proof, self._stuck = prove(self._means(), self.goal, part)
        except OutOfWork:
            proof = None
        finally:
            self.work.settle(given, part)
        return proof


def _is_operator(symbol: Symbol) -> bool:
    """Whether a symbol makes a value of a type from values of the type alone."""
    return all(each == symbol.result for each in symbol.arguments)


def _types(function: Function) -> list[Type]:
    if function.signature is None:
        return []
    found, kind = [], function.signature.type
    while isinstance(kind, TyCon) and kind.name == "->":
        found.append(kind.args[0])
        kind = kind.args[-1]
    return [*found, kind]


def _forwards(function: Function) -> bool:
    """Whether a function only passes its arguments on, or chooses one of them: evaluation says all about it.

    A selector is none of these: of what it selects from, evaluation may say nothing.
    """
    if all(_is_argument(equation) for equation in function.equations):
        return function.arity != 1 or not isinstance(function.equations[0].patterns[0], PCon)
    if len(function.equations) != 1:
        return False
    (equation,) = function.equations
    if not all(isinstance(p, PVar) for p in equation.patterns) or equation.rhs.bindings:
        return False
    (branch, *others) = equation.rhs.branches
    if others or branch.guards:
        return False
    arguments = getattr(branch.body, "arguments", ())
    return all(isinstance(a, Var) for a in arguments)


def _is_argument(equation: Equation) -> bool:
    branches = equation.rhs.branches
    return len(branches) == 1 and not branches[0].guards and isinstance(branches[0].body, Var)


def _generality(equality: Equality) -> tuple[int, int]:
    """Return a key by which general statements come before their instances."""
    sizes = [sum(1 for _ in outer_subterms(side)) for side in (equality.left, equality.right)]
    return -len(equality.variables), sum(sizes)
