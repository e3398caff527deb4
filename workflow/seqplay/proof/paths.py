"""Inputs that reach what testing seldom meets: both programs are run on values that a solver chooses, path by path.

Liquid Haskell's Int has no end, so `3 * x /= 1` is proved, and false at one Int of 2^64. Here the translated programs
are evaluated with 64-bit integers: each run follows one path on concrete values and notes the conditions that decided
it; z3 then looks for values under which one condition, or one result, is different (concolic execution). Arguments are
made as they are looked at. What is found is only an input to try: the programs themselves are run on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from heapq import heappop, heappush
from typing import NamedTuple

from seqplay.haskell.syntax import LitKind, TyCon, Type
from seqplay.proof.core import DataType, Expr, Function, Lit
from seqplay.proof.inputs import (
    CHARACTER,
    DOUBLES,
    FLOATING,
    LAST_CHARACTER,
    Hole,
    Inputs,
    Number,
    Seed,
    Token,
    Writer,
    functions,
    is_number,
    ordered,
)
from seqplay.proof.library import OPAQUE
from seqplay.proof.problem import Problem
from seqplay.proof.reflected import reflected
from seqplay.proof.solver import COMPARISONS, Solver, constant, wrapped
from seqplay.proof.tactics.evaluate import DIVISIONS, Interpreter, Scope, TooLong, Undefined
from seqplay.proof.tactics.values import Closure, Data, Table, Value, boolean
from seqplay.proof.terms import rhs_terms, subterms

SECONDS = 8.0
"""Wall time of one search."""
RUNS = 80
"""Paths that are followed."""
RESULTS = 4
"""Parts of a path's result that are made to differ."""
TURNS = 150
"""Conditions and choices of one path, after which it is given up."""
DEEP = 5
"""Below so many constructors a part is the least of its type."""
IDLE = 7
"""What numbers that decide nothing are besides 0, so that results which z3 cannot make differ may."""
_ENDS = {"L.successor": 2**63 - 1, "L.predecessor": -(2**63)}
"""Functions that throw at one end of Int."""
_QUOTIENTS = frozenset({"L.div", "L.quot", "L.divMod", "L.quotRem"})
"""Functions that throw for the least Int and -1."""
LONGEST, MOST_LENGTHS = 50, 9
"""Lists that are longer than the search makes them by itself, where a number of the programs may be a length."""
_SWAPPED = {">": "<", ">=": "<="}


class Condition(NamedTuple):
    """What decided a path: a condition's name in the solver and whether it held, or a place's choice among several."""

    name: str
    taken: int
    choices: int
    """How many there were; 0 for a condition of the solver."""


class Turn(NamedTuple):
    """A path to follow: behind how many turns it leaves another, and what the solver is asked for before."""

    depth: int
    number: int
    seed: Seed
    wanted: tuple[tuple[str, bool], ...]


def path_inputs(problem: Problem) -> Inputs:
    """Return inputs for the entries, one Haskell expression for each argument, those that may tell them apart first."""
    try:
        with Solver(SECONDS) as solver:
            return _Search(problem, solver).inputs()
    except OSError:
        return Inputs([], [])


class _Search:
    """The paths of one theorem's programs."""

    def __init__(self, problem: Problem, solver: Solver) -> None:
        self.problem = problem
        self.solver = solver
        self.types = {each.name: each for each in problem.data}
        hidden = {f"L.{name}" for name in OPAQUE}
        library = {name: each for name, each in reflected().functions.items() if name not in hidden}
        self.functions = {**library, **{each.name: each for each in problem.functions}}

    def inputs(self) -> Inputs:
        """Follow the paths, and return an input for each."""
        telling: list[Seed] = []
        followed: list[Seed] = []
        # Where a path turns off first is tried first: of a loop its first rounds.
        queue = [Turn(0, at, seed, ()) for at, seed in enumerate([Seed(), *_long(self.problem)])]
        count = len(queue)
        while queue and len(followed) < RUNS and self.solver.left > 0:
            turn = heappop(queue)
            seed = turn.seed
            if turn.wanted:
                values = self.solver.solve(turn.wanted)
                if values is None:
                    continue
                seed = Seed(values, seed.choices)
            run = Run(self.functions, self.types, self.solver, seed)
            found = run.follow(self.problem)
            if run.ended:
                (telling if run.differs else followed).append(run.seed)
            telling += found
            for other in _others(run, turn.depth):
                heappush(queue, other._replace(number=count))
                count += 1
        seeds = [*telling, *followed]
        doubles = FLOATING if self.problem.constraints else ()
        types, names = self.types, self.problem.constructors
        plain = [Writer(types, names), Writer(types, names, idle=IDLE)]
        return Inputs(
            self._written(seeds, plain), self._written(seeds, [Writer(types, names, doubles=each) for each in doubles])
        )

    def _written(self, seeds: list[Seed], writers: list[Writer]) -> list[list[str]]:
        rows: dict[tuple[str, ...], None] = {}
        for writer in writers:
            for seed in seeds:
                with suppress(LookupError, RecursionError):
                    rows[tuple(writer.row(_places(self.problem), seed))] = None
        return [list(row) for row in rows]


def _places(problem: Problem) -> list[tuple[str, Type]]:
    return [(f"i{at}", kind) for at, (_, kind) in enumerate(problem.variables)]


def _long(problem: Problem) -> list[Seed]:
    """Return lists as long as the programs' numbers say: no condition of the solver's leads to a length."""
    numbers = {
        int(term.text)
        for function in problem.functions
        for equation in function.equations
        for term in rhs_terms(equation.rhs)
        for term in subterms(term)
        if isinstance(term, Lit) and term.kind is LitKind.INTEGER
    }
    lengths = sorted({n + step for n in numbers if DEEP < n < LONGEST for step in (-1, 0, 1)})[:MOST_LENGTHS]
    lists = [path for path, kind in _places(problem) if isinstance(kind, TyCon) and kind.name == "[]"]
    return [Seed({}, {path + "_1" * at: 1 for path in lists for at in range(n)}) for n in lengths if lists]


def _others(run: Run, fixed: int) -> list[Turn]:
    """Return the paths that turn off from a run, behind the turns that are fixed."""
    made: list[Turn] = []
    before: list[tuple[str, bool]] = []
    depth = 0
    for turn in run.trail:
        depth += turn.choices != 1
        if not turn.choices:
            if depth > fixed:
                made.append(Turn(depth, 0, run.seed, (*before, (turn.name, not turn.taken))))
            before.append((turn.name, bool(turn.taken)))
        elif depth > fixed and turn.choices > 1:
            for other in range(turn.choices):
                if other != turn.taken:
                    made.append(Turn(depth, 0, Seed(run.seed.numbers, {**run.seed.choices, turn.name: other}), ()))
    return made


class Run(Interpreter):
    """One evaluation of both programs under a seed."""

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

    def follow(self, problem: Problem) -> list[Seed]:
        """Evaluate both sides, and return seeds of the same path under which the results differ."""
        try:
            scope = {
                name: self._input(path, kind, 0)
                for (name, kind), (path, _) in zip(problem.variables, _places(problem), strict=True)
            }
            left, right = self.evaluate(problem.left, scope), self.evaluate(problem.right, scope)
            pairs: list[tuple[str, bool]] = []
            self.differs = not self._alike(left, right, pairs)
        except TooLong:
            self.ended = False
            return []
        except Undefined:
            return []
        decided = [(turn.name, bool(turn.taken)) for turn in self.trail if not turn.choices]
        found = [self.solver.solve([*decided, each]) for each in pairs[:RESULTS]]
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
