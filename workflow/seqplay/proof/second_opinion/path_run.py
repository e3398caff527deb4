"""One run of both programs on an input that is made as they look at it, and the conditions that decide its path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from seqplay.haskell.syntax import TyCon, Type
from seqplay.proof.language.core import DataType, Expr, Function
from seqplay.proof.language.interpreter import DIVISIONS, Interpreter, Scope, TooLong, Undefined
from seqplay.proof.language.values import Closure, Data, Table, Value, boolean
from seqplay.proof.second_opinion.lazy_inputs import (
    CHARACTER,
    DOUBLES,
    LAST_CHARACTER,
    Hole,
    Number,
    Seed,
    Token,
    functions,
    is_number,
    ordered,
)
from seqplay.proof.second_opinion.solver import COMPARISONS, Solver, constant, wrapped
from seqplay.proof.theorem.problem import Problem

RESULTS = 4
"""Parts of a path's result that are made to differ."""
TURNS = 150
"""Conditions and choices of one path, after which it is given up."""
DEEP = 5
"""Below so many constructors a part is the least of its type."""
_ENDS = {"L.successor": 2**63 - 1, "L.predecessor": -(2**63)}
"""Functions that throw at one end of Int."""
_QUOTIENTS = frozenset({"L.div", "L.quot", "L.divMod", "L.quotRem"})
"""Functions that throw for the least Int and -1."""
_SWAPPED = {">": "<", ">=": "<="}


class Condition(NamedTuple):
    """What decided a path: a condition of the solver, or what a place of the input was chosen to be."""

    name: str
    """The condition's name in the solver, or the path of the place."""
    taken: int
    """Whether the condition held, or which choice was taken."""
    choices: int
    """How many there were; 0 for a condition of the solver."""


def places(problem: Problem) -> list[tuple[str, Type]]:
    """Return the paths of the arguments, with their types."""
    return [(f"i{at}", kind) for at, (_, kind) in enumerate(problem.variables)]


class Run(Interpreter):
    """One evaluation of both programs under a seed.

    Numbers have two faces: the value that they have under the seed, by which every condition is decided, and the term
    that they are to the solver. A path is thus always that of one true input, and ``trail`` says what another input
    must satisfy to take it: each condition and choice once, in the order in which they were met. A part of the input
    comes into being when it is looked at, so that nothing is on the trail that no program asked for.
    """

    def __init__(
        self, functions_: Mapping[str, Function], types: Mapping[str, DataType], solver: Solver, seed: Seed
    ) -> None:
        super().__init__(functions_)
        self.types = types
        self.solver = solver
        self.seed = seed
        self.trail: list[Condition] = []
        self.differs = False
        """Whether the two results differ under the seed itself."""
        self.ended = True
        """Whether the evaluation was not given up: an input that takes long is no use."""
        self._known: dict[str, int] = {}
        """What the trail says, by name."""

    def follow(self, problem: Problem, *, results: bool = True) -> list[Seed]:
        """Evaluate both sides, and return seeds of the same path on which the results differ, if asked for."""
        try:
            scope = {
                name: self._input(path, kind, 0)
                for (name, kind), (path, _) in zip(problem.variables, places(problem), strict=True)
            }
            left, right = self.evaluate(problem.left, scope), self.evaluate(problem.right, scope)
            pairs: list[tuple[str, bool]] = []
            self.differs = not self._alike(left, right, pairs)
        except TooLong:
            self.ended = False
            return []
        except Undefined:  # a program throws on this input: it is tried as it is, and there is no result to vary
            return []
        decided = [(turn.name, bool(turn.taken)) for turn in self.trail if not turn.choices]
        found = [self.solver.solve([*decided, each]) for each in pairs[: RESULTS if results else 0]]
        return [Seed(values, self.seed.choices) for values in found if values is not None]

    def _alike(self, left: Value, right: Value, pairs: list[tuple[str, bool]]) -> bool:
        """Whether two results are equal under the seed; numbers that need not be equal are appended to ``pairs``."""
        if left == right:
            return True
        left, right = self.opened(left), self.opened(right)
        match left, right:
            case (Number() | int() | str(), Number() | int() | str()):
                whole, (first, second) = self._operands(left, right)
                if isinstance(left, Number) or isinstance(right, Number):
                    pairs.append((self.solver.term("==", whole, first, second), False))
                return _concrete(left) == _concrete(right)
            case Data(name, fields), Data(other, others):
                same = name == other and len(fields) == len(others)
                return same and self._all_alike(fields, others, pairs)
            case _:
                return left == right

    def _all_alike(self, left: Sequence[Value], right: Sequence[Value], pairs: list[tuple[str, bool]]) -> bool:
        # Every part is looked at: what differs further on may be what can be made to differ.
        alike = [self._alike(a, b, pairs) for a, b in zip(left, right, strict=True)]
        return all(alike)

    # ------------------------------------------------------------ what is not known

    def _input(self, path: str, kind: Type, depth: int) -> Value:
        if is_number(kind):
            whole, char = kind == TyCon("Integer", ()), kind == TyCon("Char", ())
            self.solver.variable(path, whole, LAST_CHARACTER if char else None)
            return Number(path, whole, self.seed.numbers.get(path, CHARACTER if char else 0))
        assert isinstance(kind, TyCon)
        if kind.name == "->":
            return self._table(path, kind)
        if kind.name == "Double":
            return Token("Double", (DOUBLES[self._choice(path, len(DOUBLES))],))
        return Hole(path, kind, depth)

    def _table(self, path: str, kind: TyCon) -> Value:
        made = functions(kind, self.operator)
        if not made:
            always = self._input(f"{path}_0", kind.args[1], DEEP)
            return Table(lambda _: always)
        answer = made[self._choice(path, len(made))].answer
        if isinstance(kind.args[1], TyCon) and kind.args[1].name == "->":
            return Table(lambda first: Table(lambda second: answer(first, second)))
        return Table(answer)

    def _choice(self, path: str, count: int) -> int:
        taken = self.seed.choices.get(path, 0)
        self._turn(path, taken, count)
        return taken

    def _holds(self, name: str, taken: bool) -> bool:
        self._turn(name, taken, 0)
        return taken

    def _turn(self, name: str, taken: int, choices: int) -> None:
        # Met again, a condition or place is what it was: the seed does not change within a run.
        if name not in self._known:
            if len(self.trail) >= TURNS:
                raise TooLong("too many turns")
            self._known[name] = taken
            self.trail.append(Condition(name, taken, choices))

    def opened(self, value: Value) -> Value:
        """Return a value whose constructor is chosen."""
        if not isinstance(value, Hole):
            return value
        made = ordered(value.kind, self.types)
        if not made:
            raise Undefined(f"no values of {value.kind.name}")
        # Deep down there is no choice: the constructor with the fewest fields lets the input end.
        taken = self._choice(value.path, len(made) if value.depth < DEEP else 1)
        name, fields = made[taken]
        depth = value.depth + 1
        return Data(name, tuple(self._input(f"{value.path}_{at}", each, depth) for at, each in enumerate(fields)))

    # ------------------------------------------------------------ the interpreter

    def value(self, expr: Expr, scope: Scope) -> Value:
        """Return the value of a term; a Boolean's is always known."""
        found = super().value(expr, scope)
        return self.opened(found) if isinstance(found, Hole) and found.kind.name == "Bool" else found

    def unknown(self, name: str) -> Value:
        """Return a function that the logic knows by name alone."""
        return Closure(name, ())

    def apply(self, function: Value, arguments: list[Value]) -> Value:
        """Return a function's answer; one that is known by name alone answers with a token."""
        if isinstance(function, Token):
            return Token(function.name, (*function.arguments, *arguments))
        if isinstance(function, Closure) and function.name not in self._functions and function.name not in DIVISIONS:
            return Token(function.name, (*function.arguments, *arguments)) if arguments else function
        return super().apply(function, arguments)

    def _call(self, function: Function, arguments: list[Value]) -> Value:
        """Return a function's answer; where base's would throw at an end of Int is a path of its own."""
        # The answers of these comparisons do not matter. That they are on the trail does: the solver is asked for both.
        if function.name in _ENDS and _is_word(arguments[0]):
            self.operator("==", arguments[0], _ENDS[function.name])
        if function.name in _QUOTIENTS and _is_word(arguments[0]):
            least = self.operator("==", arguments[0], -(2**63))
            if isinstance(arguments[1], Number) and least == boolean(True):
                self.operator("==", arguments[1], -1)
        return super()._call(function, arguments)

    def divide(self, name: str, left: Value, right: Value) -> Value:
        """Return a quotient or remainder; raises ``Undefined`` for zero."""
        if not (isinstance(left, Number) or isinstance(right, Number)):
            return super().divide(name, left, right)
        if self.operator("==", right, 0) == boolean(True):
            raise Undefined("no division")
        return self._number(name, left, right)

    def operator(self, name: str, *held: Value) -> Value:
        """Return the answer of an operator; what compares numbers decides the path."""
        match name, held:
            case "/=", (left, right):
                return boolean(not self._equal(left, right))
            case "==", (left, right):
                return boolean(self._equal(left, right))
            case ">" | ">=", (left, right):
                return self.operator(_SWAPPED[name], right, left)
            case "<" | "<=", (left, right):
                left, right = self.opened(left), self.opened(right)
                if not isinstance(left, Data) and not isinstance(right, Data):
                    return self._number(name, left, right)
                order = self._order(left, right)
                return boolean(order < 0 or (order == 0 and name == "<="))
            case _ if any(isinstance(each, Number) for each in held):
                return self._number(name, *held)
            case _:
                return super().operator(name, *held)

    def _equal(self, left: Value, right: Value) -> bool:
        if left == right:
            return True
        left, right = self.opened(left), self.opened(right)
        match left, right:
            case Data(name, fields), Data(other, others):
                return name == other and all(self._equal(a, b) for a, b in zip(fields, others, strict=True))
            case (Number() | int() | str(), Number() | int() | str()):
                return self._number("==", left, right) == boolean(True)
            case _:
                raise Undefined("values that cannot be compared")

    def _order(self, left: Value, right: Value) -> int:
        """Return how two values are ordered: below, at or above zero."""
        left, right = self.opened(left), self.opened(right)
        match left, right:
            case (Number() | int() | str(), Number() | int() | str()):
                if self._number("<", left, right) == boolean(True):
                    return -1
                return 0 if self._equal(left, right) else 1
            case Data(name, fields), Data(other, others):
                if name != other:
                    return self._rank(name) - self._rank(other)
                for a, b in zip(fields, others, strict=True):
                    found = self._order(a, b)
                    if found != 0:
                        return found
                return 0
            case _:
                raise Undefined("values without an order")

    def _rank(self, constructor: str) -> int:
        groups = [[name for name, _ in each.constructors] for each in self.types.values()]
        known = [["False", "True"], ["LT", "EQ", "GT"], ["[]", ":"], ["Nothing", "Just"], ["Left", "Right"]]
        return next(group.index(constructor) for group in [*groups, *known] if constructor in group)

    def _number(self, name: str, *held: Value) -> Value:
        values = [_concrete(each) for each in held]
        whole, operands = self._operands(*held)
        if not any(isinstance(each, Number) for each in held):
            return boolean(_compared(name, values)) if name in COMPARISONS else _computed(name, values)
        term = self.solver.term(name, whole, *operands)
        if name in COMPARISONS:
            return boolean(self._holds(term, _compared(name, values)))
        # A word overflows as Haskell's Int does, in the solver and under the seed alike.
        value = _computed(name, values)
        return Number(term, whole, value if whole else wrapped(value))

    def _operands(self, *held: Value) -> tuple[bool, list[str]]:
        """Return whether numbers are whole ones or words, and their names in the solver."""
        whole = any(isinstance(each, Number) and each.whole for each in held)
        return whole, [each.term if isinstance(each, Number) else constant(_concrete(each), whole) for each in held]


def _is_word(value: Value) -> bool:
    return isinstance(value, Number) and not value.whole


def _concrete(value: Value) -> int:
    match value:
        case Number():
            return value.value
        case int():
            return value
        case str() if len(value) == 1:
            return ord(value)
        case _:
            raise Undefined("no number")


def _compared(name: str, values: list[int]) -> bool:
    left, right = values
    return left < right if name == "<" else left <= right if name == "<=" else left == right


def _computed(name: str, values: list[int]) -> int:
    match name, values:
        case "negate", [value]:
            return -value
        case "+", [left, right]:
            return left + right
        case "-", [left, right]:
            return left - right
        case "*", [left, right]:
            return left * right
        case "Prelude.div", [left, right]:
            return left // right
        case "Prelude.mod", [left, right]:
            return left % right
    raise Undefined(f"{name} of numbers")
