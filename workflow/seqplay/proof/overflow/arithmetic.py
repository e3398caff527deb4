"""Bounds of what operators and the library's arithmetic answer, and what they need of their operands.

Sums, differences and products of remainders modulo 2^64 are remainders; all else needs the numbers themselves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from seqplay.proof.overflow.values import (
    BOOLEAN,
    LEAST,
    NEVER,
    Abstract,
    Bound,
    Data,
    Kind,
    Never,
    Number,
    Unproved,
    needed,
    number,
    same_kind,
    typed,
)

COMPARISONS = frozenset({"==", "/=", "<", "<=", ">", ">="})
POWERS = frozenset(2**n for n in range(63))
"""Divisors of 2^64: a remainder modulo 2^64 has the same remainder."""
LARGEST_POWER = 64
"""Exponents up to which the bounds of a power are computed."""


def operator(name: str, operands: Sequence[Abstract]) -> Abstract:
    """Return what is known of an operator's answer; raises ``Unproved`` where it needs what is not known."""
    if any(isinstance(each, Never) for each in operands):
        return NEVER
    if name in COMPARISONS:
        whole = all(isinstance(each, Number) for each in operands)
        for each in numbers(operands) if whole else operands:
            needed(each, f"a comparison ({name})")
        return BOOLEAN
    if name in ("&&", "||", "not"):
        return BOOLEAN
    if name == "negate":
        (value,) = numbers(operands)
        return _ring(value.kind, [value], -value.high, -value.low)
    left, right = numbers(operands)
    kind = left.kind
    if name == "*":
        ends = [times(a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
        return _ring(kind, [left, right], min(ends), max(ends))
    if name == "-":
        return _ring(kind, [left, right], left.low - right.high, left.high - right.low)
    if name == "+":
        return _ring(kind, [left, right], left.low + right.low, left.high + right.high)
    raise Unproved(f"the operator {name} is not modelled")


def numbers(operands: Sequence[Abstract]) -> list[Number]:
    """Return operands of one numeric type; raises ``Unproved`` where one is no number."""
    found = [each for each in operands if isinstance(each, Number)]
    if len(found) != len(operands):
        raise Unproved("arithmetic on what is no whole number")
    kind = found[0].kind
    for each in found[1:]:
        kind = same_kind(kind, each.kind)
    return [typed(each, kind) for each in found]


def times(left: Bound, right: Bound) -> Bound:
    """Return a product of bounds: nothing times infinitely much is nothing."""
    return 0 if left == 0 or right == 0 else left * right


def _ring(kind: Kind, operands: Sequence[Number], low: Bound, high: Bound) -> Abstract:
    if all(each.exact for each in operands):
        return number(kind, low, high)
    return Number(kind, exact=False)


# ---------------------------------------------------------------- division


def remainder(operands: Sequence[Abstract]) -> Abstract:
    """Return the bounds of ``mod``; a power of two as the divisor needs the dividend's remainder alone."""
    if any(isinstance(each, Never) for each in operands):
        return NEVER
    left, right = numbers(operands)
    power = right.exact and right.low == right.high and right.low in POWERS
    if left.exact or not power:
        needed(left, "mod")
        needed(right, "mod")
    return number(left.kind, min(0, right.low + 1), max(0, right.high - 1))


def divided(name: str, operands: Sequence[Abstract]) -> Abstract:
    """Return the bounds of ``div``, ``quot`` and ``rem``; the least Int by -1 must be excluded."""
    if any(isinstance(each, Never) for each in operands):
        return NEVER
    left, right = numbers(operands)
    needed(left, name)
    needed(right, name)
    if left.kind is not Kind.INTEGER and left.low == LEAST and right.low <= -1 <= right.high:
        raise Unproved(f"{name} may meet the least Int and -1")
    size = max(abs(left.low), abs(left.high))
    if name == "rem":
        most = max(abs(right.low), abs(right.high)) - 1
        most = max(0, min(most, size))
        return number(left.kind, -most if left.low < 0 else 0, most if left.high > 0 else 0)
    if right.low > 0:
        ends = [_quotient(name, a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
        return number(left.kind, min(ends), max(ends))
    return number(left.kind, -size, size)


def _quotient(name: str, left: Bound, right: Bound) -> Bound:
    if math.isinf(left):
        return left
    if math.isinf(right):
        return -1 if left < 0 and name == "div" else 0
    low = left // right
    return low + 1 if name == "quot" and left < 0 and low * right != left else low


def divisor(operands: Sequence[Abstract]) -> Abstract:
    """Return the bounds of ``gcd``: the least Int, which has no magnitude, must be excluded."""
    if any(isinstance(each, Never) for each in operands):
        return NEVER
    left, right = numbers(operands)
    for each in (left, right):
        needed(each, "gcd")
        if each.kind is not Kind.INTEGER and each.low == LEAST:
            raise Unproved("gcd may meet the least Int")
    return number(left.kind, 0, max(abs(end) for each in (left, right) for end in (each.low, each.high)))


def multiple(operands: Sequence[Abstract]) -> Abstract:
    """Return the bounds of ``lcm``, which must have room: it takes the magnitude of a product."""
    divisor(operands)
    found = operator("*", operands)
    if isinstance(found, Number):
        needed(found, "lcm")
        most = max(abs(found.low), abs(found.high))
        return number(found.kind, 0, most)
    return found


def power(operands: Sequence[Abstract]) -> Abstract:
    """Return the bounds of a power; its exponent must be known, its base need not be."""
    if any(isinstance(each, Never) for each in operands):
        return NEVER
    (base,), (exponent,) = numbers(operands[:1]), numbers(operands[1:])
    needed(exponent, "an exponent")
    if not base.exact or exponent.high > LARGEST_POWER or math.isinf(base.low) or math.isinf(base.high):
        return Number(base.kind, exact=base.kind is Kind.INTEGER)
    most = max(1, abs(base.low), abs(base.high)) ** int(max(0, exponent.high))
    return number(base.kind, 0 if base.low >= 0 else -most, most)


# ---------------------------------------------------------------- ranges and ends


def neighbour(name: str, operands: Sequence[Abstract]) -> Abstract:
    """Return the bounds of ``succ`` and ``pred``, which throw at an end of Int."""
    found = operator("+" if name == "succ" else "-", [*operands, Number(Kind.LITERAL, 1, 1)])
    needed(found, name)
    return found


def ranged(operands: Sequence[Abstract]) -> Abstract:
    """Return the list of a range, whose ends must be known."""
    if any(isinstance(each, Never) for each in operands):
        return NEVER
    if not all(isinstance(each, Number) for each in operands):
        return Data("[]", (operands[0],))
    found = numbers(operands)
    for each in found:
        needed(each, "a range")
    first, last = found[0], found[-1]
    if len(found) == 2:  # upwards
        return Data("[]", (number(first.kind, first.low, last.high),), 0, max(0, last.high - first.low + 1))
    low, high = min(first.low, last.low), max(first.high, last.high)
    return Data("[]", (number(first.kind, low, high),), 0, high - low + 1)
