"""Inputs that are made while a program looks at them: which constructor, which number, which function each part is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from seqplay.haskell.syntax import TyCon, Type, TyVar
from seqplay.proof.language.core import DataType
from seqplay.proof.language.values import Unknown, Value, constructors

DEEPEST = 60
CHARACTER = 97
LAST_CHARACTER = 1_114_111
DOUBLES = ("0.5", "(0/0)", "(-0.0)", "0.0", "(1/0)", "(-2.5)")
Operator = Callable[..., Value]
"""Answers an operator of the logic: its name, its operands."""


@dataclass(frozen=True)
class Number(Unknown):
    """A number or character by its name in the solver, and its value under the seed."""

    term: str
    whole: bool
    """An Integer, where others are words of 64 bits."""
    value: int


@dataclass(frozen=True)
class Hole(Unknown):
    """A part of the input that nobody has looked at."""

    path: str
    """Where it is: the argument (``i0``), then the field at each constructor (``i0_1_0``)."""
    kind: TyCon
    depth: int
    """Below how many constructors."""


@dataclass(frozen=True)
class Token(Unknown):
    """What the logic knows by name alone: a function of base and its arguments, or a Double."""

    name: str
    arguments: tuple[Value, ...]


@dataclass(frozen=True)
class Seed:
    """An input: numbers by the path of their place, and choices of constructors; what is not said is the least."""

    numbers: Mapping[str, int] = field(default_factory=dict)
    choices: Mapping[str, int] = field(default_factory=dict)


class Choice(NamedTuple):
    """A function that an argument may be: as Haskell writes it, and what it answers."""

    text: str
    answer: Callable[..., Value]


def is_number(kind: Type) -> bool:
    """Whether values of a type are numbers to the solver; type variables stand for Int."""
    return isinstance(kind, TyVar) or (isinstance(kind, TyCon) and kind.name in {"Int", "Integer", "Char"})


def ordered(kind: TyCon, types: Mapping[str, DataType]) -> list[tuple[str, tuple[Type, ...]]]:
    """Return a type's constructors, those with the fewest fields first."""
    return sorted(constructors(kind, types), key=lambda made: len(made[1]))


def functions(kind: TyCon, operator: Operator) -> list[Choice]:
    """Return functions of a type of one or two numbers; none for other types, whose functions are constant."""
    arguments, result = [kind.args[0]], kind.args[1]
    while isinstance(result, TyCon) and result.name == "->":
        arguments.append(result.args[0])
        result = result.args[1]
    integers = all(is_number(each) and each == arguments[0] for each in arguments)
    integers = integers and arguments[0] != TyCon("Char", ())
    made: list[Choice] = []
    if integers and result == arguments[0]:
        if len(arguments) == 1:
            made.append(Choice("(\\x -> x + 1)", lambda x: operator("+", x, 1)))
            made.append(Choice("(\\x -> 3 * x)", lambda x: operator("*", 3, x)))
        elif len(arguments) == 2:
            made.append(Choice("(\\x y -> x - y)", lambda x, y: operator("-", x, y)))
            made.append(Choice("(\\x y -> x + y)", lambda x, y: operator("+", x, y)))
            made.append(Choice("(\\x y -> y)", lambda x, y: y))
    if integers and result == TyCon("Bool", ()):
        if len(arguments) == 1:
            made.append(Choice("(\\x -> x > 0)", lambda x: operator("<", 0, x)))
            made.append(Choice("(\\x -> x == 1)", lambda x: operator("==", x, 1)))
        elif len(arguments) == 2:
            made.append(Choice("(\\x y -> x <= y)", lambda x, y: operator("<=", x, y)))
            made.append(Choice("(\\x y -> x == y)", lambda x, y: operator("==", x, y)))
    return made


FLOATING = (("(0/0)",), ("0.0", "(-0.0)"), ("(-0.0)", "0.0"), ("(0/0)", "1.5"), ("1.5", "(0/0)"))
"""Doubles in turn for the values of type variables: equality and order are no laws there."""


class Inputs(NamedTuple):
    """Inputs, each an expression for each argument: type variables at Int, and at Double where that may differ."""

    plain: list[list[str]]
    doubles: list[list[str]]
    all_paths: bool = False
    """Whether there is an input for each path of the programs on small data, and the solver answered each question."""


@dataclass
class Writer:
    """Writes inputs as Haskell expressions.

    ``names`` are the program's own names of constructors, by those that they have in theorems; ``doubles`` are given in
    turn to the values of type variables, which are Int where there are none; ``idle`` stands for numbers that are 0.
    """

    types: Mapping[str, DataType]
    names: Mapping[str, str]
    doubles: tuple[str, ...] = ()
    idle: int = 0
    _given: int = 0

    def row(self, places: Sequence[tuple[str, Type]], seed: Seed) -> list[str]:
        """Return one expression for each place; raises ``LookupError`` for a type that has no inputs here."""
        self._given = 0
        return [self.part(kind, path, seed) for path, kind in places]

    def part(self, kind: Type, path: str, seed: Seed) -> str:
        """Return a part of an input."""
        if path.count("_") > DEEPEST:
            raise LookupError("an input without an end")
        chosen = seed.choices.get(path, 0)
        match kind:
            case TyCon("Char", ()):
                return f"'\\{seed.numbers.get(path, CHARACTER)}'"
            case TyVar() if self.doubles:
                self._given += 1
                return self.doubles[(self._given - 1) % len(self.doubles)]
            case TyVar() | TyCon("Int" | "Integer", ()):
                value = seed.numbers.get(path, 0) or self.idle
                shown = str(value) if value >= 0 else f"({value})"
                return f"({shown} :: Int)" if isinstance(kind, TyVar) else shown
            case TyCon("Double", ()):
                return DOUBLES[chosen]
            case TyCon("->", _):
                made = functions(kind, lambda name, *held: 0)
                return made[chosen].text if made else f"(\\_ -> {self.part(kind.args[1], f'{path}_0', seed)})"
            case TyCon():
                constructor, fields = ordered(kind, self.types)[chosen]
                parts = [self.part(each, f"{path}_{at}", seed) for at, each in enumerate(fields)]
                if constructor == ":":
                    return f"({parts[0]} : {parts[1]})"
                if constructor.startswith("(,"):
                    return f"({', '.join(parts)})"
                head = self.names.get(constructor, constructor)
                return f"({' '.join([head, *parts])})" if parts else head
            case _:
                raise LookupError(f"no values of {kind}")
