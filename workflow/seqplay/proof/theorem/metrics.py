"""Why a recursive function ends, as Liquid Haskell wants to hear it: guesses, the likeliest first.

Structural recursion on one argument Liquid Haskell sees by itself. The guesses are over the argument names ``x1``,
``x2``, …; each is checked, so that a wrong one costs time and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seqplay.haskell import syntax as hs
from seqplay.proof.language import core
from seqplay.proof.language.graph import components
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


@dataclass(frozen=True)
class Call:
    """A recursive call: for each parameter how its argument stands to it."""

    target: str
    steps: tuple[str, ...]
    """``same``, ``part`` (of the pattern), ``shorter``, ``down``, ``up`` or ``other``."""


def recursive_groups(functions: Sequence[core.Function]) -> dict[str, tuple[str, ...]]:
    """Return for each recursive function those that it is recursive with, itself included."""
    edges = {function.name: sorted(core.calls(function)) for function in functions}
    return {name: group for group in components(edges) for name in group if len(group) > 1 or name in edges[name]}


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


def _kinds(function: core.Function) -> list[str]:
    """Return ``number``, ``list``, ``data`` or ``other`` for each parameter."""
    kinds: list[str] = []
    kind = function.signature.type if function.signature else hs.TyVar("a")
    for _ in range(function.arity):
        if not (isinstance(kind, hs.TyCon) and kind.name == "->"):
            kinds.append("other")
            continue
        argument, kind = kind.args
        if not isinstance(argument, hs.TyCon):
            kinds.append("other")
        elif argument.name in {"Int", "Integer"}:
            kinds.append("number")
        elif argument.name == "[]":
            kinds.append("list")
        else:
            kinds.append("data")
    return kinds


def _structural(found: Sequence[Call], kinds: Sequence[str]) -> bool:
    return any(
        kind in {"list", "data"} and all(call.steps[at] == "part" for call in found) for at, kind in enumerate(kinds)
    )


def _natural(name: str) -> str:
    return f"if {name} < 0 then 0 else {name}"


def _alone(found: Sequence[Call], kinds: Sequence[str]) -> Iterator[str]:
    """Yield guesses for a function that calls itself alone."""
    for at, kind in enumerate(kinds):
        steps = {call.steps[at] for call in found}
        name = parameter(at)
        if kind == "number" and steps == {"down"}:
            yield f"[{_natural(name)}]"
            yield f"[{_natural(f'{name} + 1')}]"
        if kind == "list" and "other" not in steps and steps & {"part", "shorter"}:
            if "same" not in steps:
                yield f"[len {name}]"
    yield from _upward(found, kinds)
    lists = [parameter(at) for at, kind in enumerate(kinds) if kind == "list"]
    if len(lists) > 1:
        yield f"[{' + '.join(f'len {name}' for name in lists)}]"
    yield from _lexicographic(found, kinds)
    for name in lists:
        yield f"[len {name}]"
    for at, kind in enumerate(kinds):
        if kind == "number":
            yield f"[{_natural(parameter(at))}]"


def _upward(found: Sequence[Call], kinds: Sequence[str]) -> Iterator[str]:
    for at, kind in enumerate(kinds):
        if kind == "number" and {call.steps[at] for call in found} <= {"up", "same"}:
            for bound, other in enumerate(kinds):
                if other == "number" and bound != at and all(c.steps[bound] in {"same", "down"} for c in found):
                    distance = f"{parameter(bound)} - {parameter(at)} + 1"
                    yield f"[if {distance} < 0 then 0 else {distance}]"


def _lexicographic(found: Sequence[Call], kinds: Sequence[str]) -> Iterator[str]:
    """Yield pairs of measures: where the first stays, the second falls."""
    for first, kind in enumerate(kinds):
        steps = {call.steps[first] for call in found}
        if kind not in {"number", "list"} or not steps <= {"same", "part", "shorter", "down"} or steps == {"same"}:
            continue
        for second, other in enumerate(kinds):
            if second != first and other in {"number", "list"}:
                yield f"[{_measure(first, kind)}, {_measure(second, other)}]"


def _measure(at: int, kind: str) -> str:
    return _natural(parameter(at)) if kind == "number" else f"len {parameter(at)}"


def _measures(kinds: Sequence[str]) -> Iterator[str]:
    for at, kind in enumerate(kinds):
        if kind in {"number", "list"}:
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
                    steps += ["other"] * (function.arity - len(steps))
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

    def step(self, at: int, argument: core.Expr) -> str:
        """Return how the argument at a place stands to the parameter there."""
        match argument:
            case core.Var(name) if self.whole.get(name) == at:
                return "same"
            case core.Var(name) if self.part.get(name) == at:
                return "part"
            case core.App(core.Var("-"), (left, core.Lit())) if self.step(at, left) in {"same", "down"}:
                return "down"
            case core.App(core.Var("+"), (left, core.Lit())) if self.step(at, left) in {"same", "up"}:
                return "up"
            case core.App(core.Var("L.div" | "L.quot"), (left, _)) if self.step(at, left) == "same":
                return "down"
            case core.App(core.Var("-"), (left, _)) if self.step(at, left) == "same":
                return "down"
            case core.App(core.Var(name), arguments) if name in _SHORTER:
                return "shorter" if self.step(at, arguments[-1]) in {"same", "part", "shorter"} else "other"
            case core.App(core.Con(":"), (_, tail)):
                return "shorter" if self.step(at, tail) == "part" else "other"
            case _:
                return "other"
