"""What the reflected Prelude's functions answer, where following their equations would not do or would not tell enough.

Base's own division, ranges and neighbours are run at the ends of Int, so their equations are not what is run; a
function that is known by name alone has none; and of some lists the length is known better than by their equations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from seqplay.haskell import syntax as hs
from seqplay.proof.inference.schemes import Scheme
from seqplay.proof.language.library import OPAQUE
from seqplay.proof.overflow import arithmetic
from seqplay.proof.overflow.shapes import Shapes
from seqplay.proof.overflow.values import (
    NEVER,
    Abstract,
    Bound,
    Data,
    Functions,
    Kind,
    Never,
    Number,
    Unproved,
    needed,
    number,
    typed,
)

Apply = Callable[[Abstract, Sequence[Abstract]], Abstract]

HIGHEST_CHARACTER = 0x10FFFF


def _length(operands: Sequence[Abstract]) -> Abstract:
    (found,) = operands
    return number(Kind.INT, found.shortest, found.longest) if isinstance(found, Data) else NEVER


def _both(name: str, second: str, operands: Sequence[Abstract]) -> Abstract:
    parts = (_division(name, operands), _division(second, operands))
    return NEVER if NEVER in parts else Data("(,)", parts)


def _division(name: str, operands: Sequence[Abstract]) -> Abstract:
    return arithmetic.remainder(operands) if name == "mod" else arithmetic.divided(name, operands)


def _to_integer(operands: Sequence[Abstract]) -> Abstract:
    (found,) = operands
    needed(found, "toInteger")
    return number(Kind.INTEGER, found.low, found.high) if isinstance(found, Number) else found


def _to_int(operands: Sequence[Abstract]) -> Abstract:
    (found,) = operands
    return number(Kind.INT, *_bounds(typed(found, Kind.INTEGER))) if isinstance(found, Number) else found


def _bounds(value: Number) -> tuple[Bound, Bound]:
    return value.low, value.high


def _order_of(_: Sequence[Abstract]) -> Abstract:
    return number(Kind.INT, 0, HIGHEST_CHARACTER)


NATIVE: Mapping[str, Callable[[Sequence[Abstract]], Abstract]] = {
    "L.length": _length,
    "L.div": partial(_division, "div"),
    "L.mod": partial(_division, "mod"),
    "L.quot": partial(_division, "quot"),
    "L.rem": partial(_division, "rem"),
    "L.divMod": partial(_both, "div", "mod"),
    "L.quotRem": partial(_both, "quot", "rem"),
    "Prelude.div": partial(_division, "div"),
    "Prelude.mod": partial(_division, "mod"),
    "L.gcd": arithmetic.divisor,
    "L.lcm": arithmetic.multiple,
    "L.power": arithmetic.power,
    "L.successor": partial(arithmetic.neighbour, "succ"),
    "L.predecessor": partial(arithmetic.neighbour, "pred"),
    "L.enumFromTo": arithmetic.ranged,
    "L.enumFromThenTo": arithmetic.ranged,
    "L.intToInteger": _to_integer,
    "L.integerToInt": _to_int,
    "L.ord": _order_of,
}
"""By name; each takes all arguments."""


def _same(at: int, operands: Sequence[Abstract]) -> tuple[Bound, Bound]:
    found = operands[at]
    return (found.shortest, found.longest) if isinstance(found, Data) else (0, 0)


def _at_most(at: int, operands: Sequence[Abstract]) -> tuple[Bound, Bound]:
    return 0, _same(at, operands)[1]


def _together(operands: Sequence[Abstract]) -> tuple[Bound, Bound]:
    first, second = _same(0, operands), _same(1, operands)
    return first[0] + second[0], first[1] + second[1]


def _one_more(at: int, operands: Sequence[Abstract]) -> tuple[Bound, Bound]:
    low, high = _same(at, operands)
    return low + 1, high + 1


def _taken(operands: Sequence[Abstract]) -> tuple[Bound, Bound]:
    count, most = operands[0], _same(1, operands)[1]
    return 0, min(most, max(0, count.high)) if isinstance(count, Number) else most


def _replicated(operands: Sequence[Abstract]) -> tuple[Bound, Bound]:
    (count, _) = operands
    return (max(0, count.low), max(0, count.high)) if isinstance(count, Number) else (0, 0)


LENGTHS: Mapping[str, Callable[[Sequence[Abstract]], tuple[Bound, Bound]]] = {
    "L.append": _together,
    "L.reverseOnto": _together,
    "L.map": partial(_same, 1),
    "L.reverse": partial(_same, 0),
    "L.sort": partial(_same, 0),
    "L.insert": partial(_one_more, 1),
    "L.scanl": partial(_one_more, 2),
    "L.scanr": partial(_one_more, 2),
    "L.tails": partial(_one_more, 0),
    "L.take": _taken,
    "L.drop": partial(_at_most, 1),
    "L.filter": partial(_at_most, 1),
    "L.remove": partial(_at_most, 1),
    "L.takeWhile": partial(_at_most, 1),
    "L.dropWhile": partial(_at_most, 1),
    "L.takeUntil": partial(_at_most, 1),
    "L.dropUntil": partial(_at_most, 1),
    "L.delete": partial(_at_most, 1),
    "L.mapMaybe": partial(_at_most, 1),
    "L.zip": partial(_at_most, 0),
    "L.zipWith": partial(_at_most, 1),
    "L.nub": partial(_at_most, 0),
    "L.init": partial(_at_most, 0),
    "L.tail": partial(_at_most, 0),
    "L.catMaybes": partial(_at_most, 0),
    "L.replicate": _replicated,
}
"""Bounds of the length of a function's answer."""


def measured(name: str, operands: Sequence[Abstract], answer: Abstract) -> Abstract:
    """Return a library function's answer with what is known of its length besides."""
    if name not in LENGTHS or not isinstance(answer, Data):
        return answer
    low, high = LENGTHS[name](operands)
    return Data(answer.name, answer.parts, max(low, answer.shortest), min(high, answer.longest))


def is_opaque(name: str) -> bool:
    """Whether the logic knows a function by name alone."""
    return name.removeprefix("L.") in OPAQUE and name.startswith("L.")


def opaque(name: str, scheme: Scheme, operands: Sequence[Abstract], shapes: Shapes, apply: Apply) -> Abstract:
    """Return what a function that is known by name alone may answer; raises ``Unproved`` where it meets a remainder.

    A function that it is given is called on what its other arguments hold.
    """
    if any(isinstance(each, Never) for each in operands):
        return NEVER
    found: dict[str, Abstract] = {}
    functions: list[tuple[hs.Type, Abstract]] = []
    kind = scheme.type
    for operand in operands:
        assert isinstance(kind, hs.TyCon)
        argument, kind = kind.args
        if isinstance(operand, Functions):
            functions.append((argument, operand))
            continue
        needed(operand, name.removeprefix("L."))
        shapes.bind(argument, operand, found)
    for argument, function in functions:
        taken: list[Abstract] = []
        while isinstance(argument, hs.TyCon) and argument.name == "->":
            taken.append(shapes.filled(argument.args[0], found))
            argument = argument.args[1]
        answer = apply(function, taken)
        if isinstance(answer, Functions):
            raise Unproved(f"{name.removeprefix('L.')} with a function of functions")
        needed(answer, name.removeprefix("L."))
    return shapes.filled(kind, found)
