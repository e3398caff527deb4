"""Abstract values: what is known at one place of a program, of the machine's values and of mathematics' at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from seqplay.haskell.syntax import Type

LEAST, MOST = -(2**63), 2**63 - 1
"""The ends of Int."""
HELD = 2**60
"""Most elements of a list that is an argument: an argument is held in memory, 24 bytes an element of at most 2^64."""
DEEPEST = 12
"""Nesting of an abstract value, past which it is given up: a recursion builds ever larger functions or types."""

Bound = int | float
"""A whole number, or infinite."""


class Unproved(Exception):
    """Overflow is not excluded: why."""


class Kind(StrEnum):
    """The type of a number."""

    INT = "Int"
    INTEGER = "Integer"
    LITERAL = "a literal"
    """A number whose type is not known yet: treated as Int until it meets another."""


@dataclass(frozen=True)
class Abstract:
    """What is known of a value."""


@dataclass(frozen=True)
class Never(Abstract):
    """No value arrives here."""


@dataclass(frozen=True)
class Atom(Abstract):
    """A value without Ints in it: a character, a Double, a value of a type variable."""


@dataclass(frozen=True)
class Number(Abstract):
    """A whole number: within bounds, or one of which the machine has the remainder modulo 2^64 alone."""

    kind: Kind
    low: Bound = -math.inf
    high: Bound = math.inf
    exact: bool = True
    """Whether the machine's number is the mathematical one; one that is not has no bounds."""


@dataclass(frozen=True)
class Data(Abstract):
    """A value of a data type: what is known of all its parts, by the type's parameters (``shapes.py``)."""

    name: str
    parts: tuple[Abstract, ...] = ()
    shortest: Bound = 0
    """Of a list: bounds of its length."""
    longest: Bound = math.inf


@dataclass(frozen=True)
class Closure:
    """A function with its first arguments; ``type`` is that of a function which is an argument of the theorem."""

    name: str
    held: tuple[Abstract, ...] = ()
    type: Type | None = None


@dataclass(frozen=True)
class Functions(Abstract):
    """A function: one of these."""

    closures: tuple[Closure, ...]


NEVER, ATOM, BOOLEAN = Never(), Atom(), Data("Bool")


def number(kind: Kind, low: Bound, high: Bound) -> Abstract:
    """Return the number within bounds: exact where the machine's Int has room for it, none where none is within."""
    if low > high:
        return NEVER
    if kind is not Kind.INTEGER and (low < LEAST or high > MOST):
        return Number(kind, exact=False)
    return Number(kind, low, high)


def exact(value: Abstract) -> bool:
    """Whether all numbers in a value are the mathematical ones; raises ``Unproved`` where it holds a function."""
    match value:
        case Number():
            return value.exact
        case Data(_, parts):
            return all(exact(part) for part in parts)
        case Functions():
            raise Unproved("a function is compared or handed to one that is known by name alone")
    return True


def needed(value: Abstract, what: str) -> None:
    """Raise ``Unproved`` where a number in a value need not be the mathematical one, which ``what`` asks for."""
    if not exact(value):
        raise Unproved(f"{what} meets an Int that may have overflowed")


def join(left: Abstract, right: Abstract) -> Abstract:
    """Return what is known of a value that is one of two; raises ``Unproved`` where they are of different types."""
    return _merged(left, right, lambda old, new: (min(old[0], new[0]), max(old[1], new[1])))


def widened(old: Abstract, new: Abstract, marks: Sequence[int]) -> Abstract:
    """Return a join whose bounds, where they grow, go to the next of some marks: so that growth comes to an end."""

    def grown(mine: tuple[Bound, Bound], other: tuple[Bound, Bound]) -> tuple[Bound, Bound]:
        low, high = mine
        if other[0] < low:
            low = max((mark for mark in marks if mark <= other[0]), default=-math.inf)
        if other[1] > high:
            high = min((mark for mark in marks if mark >= other[1]), default=math.inf)
        return low, high

    return _merged(old, new, grown)


_Bounds = tuple[Bound, Bound]


def _merged(left: Abstract, right: Abstract, bounds: Callable[[_Bounds, _Bounds], _Bounds]) -> Abstract:
    if left == right or right == NEVER:
        return left
    match left, right:
        case Never(), _:
            return right
        case Number(), Number():
            kind = same_kind(left.kind, right.kind)
            if kind is Kind.INTEGER:
                left, right = typed(left, kind), typed(right, kind)
            if not (left.exact and right.exact):
                return Number(kind, exact=False)
            low, high = bounds((left.low, left.high), (right.low, right.high))
            return number(kind, low, high)
        case (Number(Kind.LITERAL, exact=True), Atom()) | (Atom(), Number(Kind.LITERAL, exact=True)):
            return ATOM  # a whole literal at Double
        case Data(name, parts, s, l), Data(other, others, s2, l2) if name == other and len(parts) == len(others):
            merged = tuple(_merged(a, b, bounds) for a, b in zip(parts, others, strict=True))
            shortest, longest = bounds((s, l), (s2, l2)) if name == "[]" else (s, l)
            return Data(name, merged, max(0, shortest), longest)
        case Functions(closures), Functions(others):
            return Functions(_all_of(closures, others, bounds))
    raise Unproved("two values of different shapes arrive at one place")


def _all_of(
    left: tuple[Closure, ...], right: tuple[Closure, ...], bounds: Callable[[_Bounds, _Bounds], _Bounds]
) -> tuple[Closure, ...]:
    found = {(each.name, len(each.held), each.type): each for each in left}
    for each in right:
        key = (each.name, len(each.held), each.type)
        known = found.get(key)
        if known is not None:
            held = tuple(_merged(a, b, bounds) for a, b in zip(known.held, each.held, strict=True))
            each = Closure(each.name, held, each.type)
        found[key] = each
    return tuple(sorted(found.values(), key=lambda each: (each.name, len(each.held), repr(each.type))))


def same_kind(left: Kind, right: Kind) -> Kind:
    """Return the kind of numbers that have one type; raises ``Unproved`` where they have not."""
    if left is Kind.LITERAL or left is right:
        return right
    if right is Kind.LITERAL:
        return left
    raise Unproved("an Int and an Integer arrive at one place")


def typed(value: Number, kind: Kind) -> Number:
    """Return a number whose type has become known."""
    if same_kind(value.kind, kind) is Kind.INTEGER and not value.exact:
        return Number(Kind.INTEGER)  # it was taken for an Int, and never was one
    return Number(same_kind(value.kind, kind), value.low, value.high, value.exact)


def shape(value: Abstract, depth: int = DEEPEST) -> tuple[object, ...]:
    """Return a value without its bounds: calls whose arguments have one shape are followed together.

    Raises ``Unproved`` for a value that is nested too deep.
    """
    if depth == 0:
        raise Unproved("a recursion builds ever larger functions or types")
    match value:
        case Number(kind, exact=whole):
            return (kind, whole)
        case Data(name, parts):
            return (name, *(shape(part, depth - 1) for part in parts))
        case Functions(closures):
            return tuple((c.name, c.type, *(shape(each, depth - 1) for each in c.held)) for c in closures)
    return (type(value).__name__,)
