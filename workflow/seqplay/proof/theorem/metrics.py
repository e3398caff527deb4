"""Why a recursive function ends, as Liquid Haskell wants to hear it: guesses, the likeliest first.

Structural recursion on one argument Liquid Haskell sees by itself. The guesses are over the argument names ``x1``,
``x2``, …; each is checked, so that a wrong one costs time and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from seqplay.haskell import syntax as hs
from seqplay.proof.language import core
from seqplay.proof.language.graph import cycles
from seqplay.proof.language.terms import rhs_terms, subterms

_SHORTER = frozenset(
    core.LIBRARY + name
    for name in [
        "tail",
        "init",
        "drop",
        "filter",
        "takeWhile",
        "dropWhile",
        "take",
        "delete",
        "takeUntil",
        "dropUntil",
        "remove",
    ]
)


def parameter(index: int) -> str:
    """Return the name of an argument in annotations, counted from 0."""
    return f"x{index + 1}"


class Step(Enum):
    """How the argument of a recursive call stands to the parameter in its place."""

    SAME = auto()
    PART = auto()
    """What a pattern of the parameter has inside: smaller by structure."""
    SHORTER = auto()
    """A list made from it by a function that only leaves out, or a part with one item before it."""
    DOWN = auto()
    """A number less something, or divided: below it as long as it is above zero, which Liquid Haskell finds out."""
    UP = auto()
    OTHER = auto()


class Measured(Enum):
    """What a termination metric can measure of a parameter, by its type."""

    NUMBER = auto()
    LIST = auto()
    DATA = auto()
    """A type of the program's own, which falls by structure alone."""
    NOTHING = auto()


@dataclass(frozen=True)
class Call:
    """A recursive call: for each parameter of the caller how the argument in its place stands to it."""

    target: str
    steps: tuple[Step, ...]


def recursive_groups(functions: Sequence[core.Function]) -> dict[str, tuple[str, ...]]:
    """Return for each recursive function those that it is recursive with, itself included."""
    return cycles({function.name: sorted(core.calls(function)) for function in functions})


def metrics(function: core.Function, group: tuple[str, ...]) -> list[str | None]:
    """Return guesses of the metric of a recursive function, none among them (Liquid Haskell finds it), best first."""
    kinds = _kinds(function)
    found = calls(function, group)
    guesses: list[str | None] = []
    rank = group.index(function.name)
    if len(group) == 1:
        if _structural(found, kinds):
            guesses.append(None)
        guesses += _alone(found, kinds)
        guesses.append(None)
    else:
        guesses += [f"[{each}, {rank}]" for each in _measures(kinds)]
        guesses += [f"[{each}]" for each in _measures(kinds)]
        guesses.append(None)
    return list(dict.fromkeys(guesses))


def _kinds(function: core.Function) -> list[Measured]:
    """Return what can be measured of each parameter."""
    kinds: list[Measured] = []
    kind = function.signature.type if function.signature else hs.TyVar("a")
    for _ in range(function.arity):
        if not (isinstance(kind, hs.TyCon) and kind.name == "->"):
            kinds.append(Measured.NOTHING)
            continue
        argument, kind = kind.args
        if not isinstance(argument, hs.TyCon):
            kinds.append(Measured.NOTHING)
        elif argument.name in {"Int", "Integer"}:
            kinds.append(Measured.NUMBER)
        elif argument.name == "[]":
            kinds.append(Measured.LIST)
        else:
            kinds.append(Measured.DATA)
    return kinds


def _structural(found: Sequence[Call], kinds: Sequence[Measured]) -> bool:
    return any(
        kind in {Measured.LIST, Measured.DATA} and all(call.steps[at] == Step.PART for call in found)
        for at, kind in enumerate(kinds)
    )


def _natural(name: str) -> str:
    return f"if {name} < 0 then 0 else {name}"


def _alone(found: Sequence[Call], kinds: Sequence[Measured]) -> Iterator[str]:
    """Yield guesses for a function that calls itself alone."""
    for at, kind in enumerate(kinds):
        steps = {call.steps[at] for call in found}
        name = parameter(at)
        if kind is Measured.NUMBER and steps == {Step.DOWN}:
            yield f"[{_natural(name)}]"
            yield f"[{_natural(f'{name} + 1')}]"
        if kind is Measured.LIST and Step.OTHER not in steps and steps & {Step.PART, Step.SHORTER}:
            if Step.SAME not in steps:
                yield f"[len {name}]"
    yield from _upward(found, kinds)
    lists = [parameter(at) for at, kind in enumerate(kinds) if kind is Measured.LIST]
    if len(lists) > 1:
        yield f"[{' + '.join(f'len {name}' for name in lists)}]"
    yield from _lexicographic(found, kinds)
    for name in lists:
        yield f"[len {name}]"
    for at, kind in enumerate(kinds):
        if kind is Measured.NUMBER:
            yield f"[{_natural(parameter(at))}]"


def _upward(found: Sequence[Call], kinds: Sequence[Measured]) -> Iterator[str]:
    for at, kind in enumerate(kinds):
        if kind is Measured.NUMBER and {call.steps[at] for call in found} <= {Step.UP, Step.SAME}:
            for bound, other in enumerate(kinds):
                if (
                    other is Measured.NUMBER
                    and bound != at
                    and all(c.steps[bound] in {Step.SAME, Step.DOWN} for c in found)
                ):
                    distance = f"{parameter(bound)} - {parameter(at)} + 1"
                    yield f"[if {distance} < 0 then 0 else {distance}]"


def _lexicographic(found: Sequence[Call], kinds: Sequence[Measured]) -> Iterator[str]:
    """Yield pairs of measures: where the first stays, the second falls."""
    for first, kind in enumerate(kinds):
        steps = {call.steps[first] for call in found}
        if (
            kind not in {Measured.NUMBER, Measured.LIST}
            or not steps <= {Step.SAME, Step.PART, Step.SHORTER, Step.DOWN}
            or steps == {Step.SAME}
        ):
            continue
        for second, other in enumerate(kinds):
            if second != first and other in {Measured.NUMBER, Measured.LIST}:
                yield f"[{_measure(first, kind)}, {_measure(second, other)}]"


def _measure(at: int, kind: Measured) -> str:
    return _natural(parameter(at)) if kind is Measured.NUMBER else f"len {parameter(at)}"


def _measures(kinds: Sequence[Measured]) -> Iterator[str]:
    for at, kind in enumerate(kinds):
        if kind in {Measured.NUMBER, Measured.LIST}:
            yield _measure(at, kind)


# ---------------------------------------------------------------- calls


def calls(function: core.Function, group: Sequence[str]) -> list[Call]:
    """Return the calls of a function to its group, each seen from the parameters of its equation."""
    found: list[Call] = []
    for equation in function.equations:
        below = _Below(equation.patterns)
        for term in rhs_terms(equation.rhs):
            below.learn(term)
        for term in rhs_terms(equation.rhs):
            for each in subterms(term):
                if isinstance(each, core.App) and isinstance(each.function, core.Var) and each.function.name in group:
                    steps = [below.step(at, argument) for at, argument in enumerate(each.arguments)]
                    steps += [Step.OTHER] * (function.arity - len(steps))
                    found.append(Call(each.function.name, tuple(steps)))
    return found


class _Below:
    """Which variables are a parameter itself, and which a part of it."""

    def __init__(self, patterns: Sequence[core.Pattern]) -> None:
        self.count = len(patterns)
        self.whole: dict[str, int] = {}
        self.part: dict[str, int] = {}
        self.shown: dict[int, core.Pattern] = dict(enumerate(patterns))
        for at, pattern in enumerate(patterns):
            self._bind(pattern, at, inside=False)

    def _bind(self, pattern: core.Pattern, at: int, *, inside: bool) -> None:
        match pattern:
            case core.PVar(name):
                (self.part if inside else self.whole)[name] = at
            case core.PAs(name, inner):
                (self.part if inside else self.whole)[name] = at
                self._bind(inner, at, inside=inside)
            case core.PCon(_, arguments):
                for argument in arguments:
                    self._bind(argument, at, inside=True)
            case _:
                pass

    def learn(self, term: core.Expr) -> None:
        """Take in the cases of a term that look at a parameter or a part of one."""
        for each in subterms(term):
            if isinstance(each, core.Case) and isinstance(each.scrutinee, core.Var):
                name = each.scrutinee.name
                for alternative in each.alternatives:
                    if name in self.whole:
                        self._bind(alternative.pattern, self.whole[name], inside=False)
                    elif name in self.part:
                        self._bind(alternative.pattern, self.part[name], inside=True)

    def step(self, at: int, argument: core.Expr) -> Step:
        """Return how the argument at a place stands to the parameter there."""
        match argument:
            case core.Var(name) if self.whole.get(name) == at:
                return Step.SAME
            case core.Var(name) if self.part.get(name) == at:
                return Step.PART
            case core.App(core.Var("-"), (left, core.Lit())) if self.step(at, left) in {Step.SAME, Step.DOWN}:
                return Step.DOWN
            case core.App(core.Var("+"), (left, core.Lit())) if self.step(at, left) in {Step.SAME, Step.UP}:
                return Step.UP
            case core.App(core.Var("L.div" | "L.quot"), (left, _)) if self.step(at, left) is Step.SAME:
                return Step.DOWN
            case core.App(core.Var("-"), (left, _)) if self.step(at, left) is Step.SAME:
                return Step.DOWN
            case core.App(core.Var(name), arguments) if name in _SHORTER:
                return (
                    Step.SHORTER if self.step(at, arguments[-1]) in {Step.SAME, Step.PART, Step.SHORTER} else Step.OTHER
                )
            case core.App(core.Con(":"), (_, tail)):
                return Step.SHORTER if self.step(at, tail) is Step.PART else Step.OTHER
            case _:
                return Step.OTHER
