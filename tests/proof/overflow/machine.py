"""Programs run on mathematical integers and on 64-bit ones: what is excluded may differ by multiples of 2^64 alone."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from seqplay.haskell.analysis.source import choose_entry, parse
from seqplay.haskell.syntax import TyCon, Type
from seqplay.proof.language.core import DataType, Expr, Function
from seqplay.proof.language.interpreter import Interpreter, TooLong, Undefined
from seqplay.proof.language.values import Data, Table, Value
from seqplay.proof.second_opinion.solver import wrapped
from seqplay.proof.theorem.problem import Problem, pose
from seqplay.proof.theorem.reflected import reflected

LEAST, MOST = -(2**63), 2**63 - 1
ENDS = (
    LEAST,
    LEAST + 1,
    MOST,
    MOST - 1,
    2**62,
    -(2**62),
    2**32,
    3037000500,
    -6148914691236517205,
    63,
    21,
    0,
    1,
    -1,
    2,
    3,
    -7,
)
"""Among them the least whole number whose square overflows, and the Int that three times is 1."""
_LONG = "too long"
_ARITHMETIC = {"+", "-", "*", "negate"}


class Mathematics(Interpreter):
    """Evaluates on mathematical integers, with base's division and ranges."""

    def wrap(self, value: int) -> int:
        """Return what becomes of the answer of an operation."""
        return value

    def operator(self, name: str, *held: Value) -> Value:
        found = super().operator(name, *held)
        return self.wrap(found) if name in _ARITHMETIC and isinstance(found, int) else found

    def _call(self, function: Function, arguments: list[Value]) -> Value:
        match function.name, arguments:
            case (("L.div" | "L.mod" | "L.quot" | "L.rem" as name), [int() as left, int() as right]):
                return self._divided(name, left, right)
            case (("L.divMod" | "L.quotRem" as name), [int() as left, int() as right]):
                both = {"L.divMod": ("L.div", "L.mod"), "L.quotRem": ("L.quot", "L.rem")}[name]
                return Data("(,)", tuple(self._divided(each, left, right) for each in both))
            case "L.enumFromTo", [int() as low, int() as high]:
                if high - low > 200:
                    raise TooLong("a long range")
                found: Value = Data("[]")
                for each in range(high, low - 1, -1):
                    found = Data(":", (each, found))
                return found
            case (("L.successor" | "L.predecessor" as name), [int() as value]):
                moved = value + (1 if name == "L.successor" else -1)
                if self.wrap(moved) != moved:
                    raise Undefined("no neighbour")
                return moved
        return super()._call(function, arguments)

    def _divided(self, name: str, left: int, right: int) -> int:
        if right == 0:
            raise Undefined("no division")
        if name in ("L.div", "L.mod"):
            found = left // right if name == "L.div" else left % right
        else:
            whole = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
            found = whole if name == "L.quot" else left - whole * right
        if self.wrap(found) != found:
            raise Undefined("the least Int by -1")
        return found


class Machine(Mathematics):
    """Evaluates on 64-bit integers."""

    def wrap(self, value: int) -> int:
        return wrapped(value)


def remainder(value: Value) -> Value:
    """Return a value with each number modulo 2^64."""
    match value:
        case bool():
            return value
        case int():
            return wrapped(value)
        case Data(name, fields):
            return Data(name, tuple(remainder(each) for each in fields))
    return value


class Drawn:
    """Draws arguments at and near the ends of Int."""

    def __init__(self, data: Sequence[DataType], seed: int) -> None:
        self.types = {each.name: each for each in data}
        self.random = random.Random(seed)

    def row(self, problem: Problem) -> dict[str, Value]:
        """Return a value for each argument of a theorem."""
        return {name: self.value(kind, 4) for name, kind in problem.variables}

    def value(self, kind: Type, depth: int) -> Value:
        """Return a value of a type."""
        if not isinstance(kind, TyCon):
            return self.random.choice("ab")
        pick = self.random.choice
        match kind.name:
            case "Int" | "Integer":
                return pick(ENDS)
            case "Char":
                return pick("aZ0 ")
            case "Bool":
                return Data(pick(("True", "False")))
            case "[]":
                made: Value = Data("[]")
                for _ in range(self.random.randrange(min(depth, 4) + 1)):
                    made = Data(":", (self.value(kind.args[0], depth - 1), made))
                return made
            case "Maybe":
                return (
                    Data("Just", (self.value(kind.args[0], depth),)) if self.random.random() < 0.7 else Data("Nothing")
                )
            case "Either":
                at = self.random.randrange(2)
                return Data(("Left", "Right")[at], (self.value(kind.args[at], depth),))
            case "Ordering":
                return Data(pick(("LT", "EQ", "GT")))
            case "()":
                return Data("()")
            case "->":
                answer, turn = self.value(kind.args[1], depth), self.random.randrange(1, 4)
                whole = kind.args[1] == TyCon("Int", ())
                return Table(lambda v: wrapped(v * turn) if whole and isinstance(v, int) else answer)
            case name if name.startswith("(,"):
                return Data(name, tuple(self.value(each, depth) for each in kind.args))
        declared = self.types[kind.name]
        values = dict(zip(declared.params, kind.args, strict=True))
        ends = [each for each in declared.constructors if depth > 0 or not any(_within(kind.name, f) for f in each[1])]
        name, fields = pick(ends or list(declared.constructors))
        if depth < -6:
            raise TooLong("a deep value")
        return Data(name, tuple(self.value(_filled(each, values), depth - 1) for each in fields))


def _within(name: str, kind: Type) -> bool:
    return isinstance(kind, TyCon) and (kind.name == name or any(_within(name, each) for each in kind.args))


def _filled(kind: Type, values: Mapping[str, Type]) -> Type:
    if isinstance(kind, TyCon):
        return TyCon(kind.name, tuple(_filled(each, values) for each in kind.args))
    return values.get(getattr(kind, "name", ""), kind)


def difference(problem: Problem, rows: int, seed: int = 0) -> str | None:
    """Return an input on which a program's run on the machine is not its run in mathematics, modulo 2^64."""
    functions = {**reflected().functions, **{each.name: each for each in problem.functions}}
    whole, machine = Mathematics(functions, 3000), Machine(functions, 3000)
    drawn = Drawn(problem.data, seed)
    for _ in range(rows):
        for side in (problem.left, problem.right):
            try:
                row = drawn.row(problem)
                wanted = remainder(whole.evaluate(side, row))
            except Undefined:
                continue
            try:
                got = machine.evaluate(side, row)
            except TooLong:
                continue
            except Undefined as error:
                return f"{row}: the machine throws: {error}"
            if remainder(got) != wanted:
                return f"{row}: {got}, not {wanted}"
    return None


def parted(problem: Problem, rows: int) -> tuple[bool, bool]:
    """Return whether P and Q differ, in mathematics and on the machine; throwing and not ending are answers."""
    functions = {**reflected().functions, **{each.name: each for each in problem.functions}}
    whole, machine, drawn = Mathematics(functions, 3000), Machine(functions, 3000), Drawn(problem.data, 0)
    found = (False, False)
    for _ in range(rows):
        row = drawn.row(problem)
        left, right = (_run(whole, side, row) for side in (problem.left, problem.right))
        if _LONG not in (left, right):
            got, other = (_run(machine, side, row) for side in (problem.left, problem.right))
            found = (found[0] or left != right, found[1] or got != other)
    return found


def _run(machine: Mathematics, side: Expr, row: Mapping[str, Value]) -> Value:
    try:
        return machine.evaluate(side, row)
    except TooLong:
        return _LONG
    except Undefined:
        return "throws"


def posed(p: str, q: str, entry: str | None = "f") -> Problem:
    """Return the theorem about two programs."""
    left, right = parse(p), parse(q)
    first = choose_entry(left, entry).name
    return pose(left, right, first, choose_entry(right, None, reference=first).name)
