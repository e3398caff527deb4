"""What is known of a program's variables at one place, and what a condition adds to it.

A variable that is bound to an expression keeps the expression: what a later test says of the variables in it counts
where it is used, as the value itself is made there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from seqplay.proof.language import core
from seqplay.proof.overflow.arithmetic import COMPARISONS
from seqplay.proof.overflow.values import NEVER, Abstract, Bound, Data, Number, number


@dataclass(frozen=True, eq=False)
class Delayed:
    """An expression with what was known of its variables."""

    expr: core.Expr
    scope: Scope


Scope = Mapping[str, Abstract | Delayed]
Evaluate = Callable[[core.Expr, Scope], Abstract]

_OPPOSITE = {"==": "/=", "/=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRRORED = {"==": "==", "/=": "/=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


def known(scope: Scope, name: str, value: Abstract) -> Scope:
    """Return a scope in which more is known of a variable, also where other variables depend on it."""
    return _Told(name, scope[name], value).scope(scope)


class _Told:
    """Tells a scope, and those within it, what has become known of a variable."""

    def __init__(self, name: str, old: Abstract | Delayed, value: Abstract) -> None:
        self.name, self.old, self.value = name, old, value
        self.made: dict[Delayed, Delayed] = {}

    def scope(self, scope: Scope) -> Scope:
        return {
            name: self.value if name == self.name and held is self.old else self.held(held)
            for name, held in scope.items()
        }

    def held(self, held: Abstract | Delayed) -> Abstract | Delayed:
        if not isinstance(held, Delayed) or held.scope.get(self.name) is not self.old:
            return held
        if held not in self.made:
            self.made[held] = Delayed(held.expr, self.scope(held.scope))
        return self.made[held]


def assume(condition: core.Expr, holds: bool, scope: Scope, evaluate: Evaluate) -> Scope | None:
    """Return what is known where a condition holds or does not; none where it cannot be so.

    The condition itself has been evaluated before: what it needs has been asked for.
    """
    match condition:
        case core.Con("True" | "False" as name):
            return scope if (name == "True") == holds else None
        case core.Var(name) if isinstance(scope.get(name), Delayed):
            held = scope[name]
            assert isinstance(held, Delayed)
            same = all(scope.get(each) is held.scope.get(each) for each in core.free(held.expr) & set(held.scope))
            return assume(held.expr, holds, scope, evaluate) if same else scope
        case core.App(core.Var("not"), (inner,)):
            return assume(inner, not holds, scope, evaluate)
        case core.App(core.Var("&&" | "||" as name), (left, right)) if (name == "&&") == holds:
            further = assume(left, holds, scope, evaluate)
            return None if further is None else assume(right, holds, further, evaluate)
        case core.App(core.Var(name), (left, right)) if name in COMPARISONS and name not in scope:
            return _compared(name if holds else _OPPOSITE[name], left, right, scope, evaluate)
        case core.App(core.Var("L.null"), (core.Var(name),)) if isinstance(scope.get(name), Data):
            found = scope[name]
            assert isinstance(found, Data)
            return _long(scope, name, found, (0, 0) if holds else (1, math.inf))
    return scope


def _long(scope: Scope, name: str, found: Data, bounds: tuple[Bound, Bound]) -> Scope | None:
    low, high = max(found.shortest, bounds[0]), min(found.longest, bounds[1])
    return known(scope, name, Data(found.name, found.parts, low, high)) if low <= high else None


def _compared(name: str, left: core.Expr, right: core.Expr, scope: Scope, evaluate: Evaluate) -> Scope | None:
    for mine, other, order in ((left, right, name), (right, left, _MIRRORED[name])):
        value, limit = evaluate(mine, scope), evaluate(other, scope)
        if not isinstance(value, Number) or not isinstance(limit, Number) or not (value.exact and limit.exact):
            return scope
        less = _limited(value, order, limit)
        if less == NEVER:
            return None
        if isinstance(mine, core.Var) and mine.name in scope and less != value:
            scope = known(scope, mine.name, less)
    return scope


def _limited(value: Number, order: str, limit: Number) -> Abstract:
    low, high = value.low, value.high
    if order in ("<", "<="):
        high = min(high, limit.high - (order == "<"))
    elif order in (">", ">="):
        low = max(low, limit.low + (order == ">"))
    elif order == "==":
        low, high = max(low, limit.low), min(high, limit.high)
    elif limit.low == limit.high:  # unequal to one number
        low, high = low + (low == limit.low), high - (high == limit.low)
    return number(value.kind, low, high)
