"""Values of the core language, and small ones of each type to try a conjecture on."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple

from seqplay.haskell.syntax import TyCon, Type, TyVar
from seqplay.proof.language.core import DataType


class Data(NamedTuple):
    """A constructor with its arguments; ``True``, ``[]``, ``:`` and tuples included."""

    name: str
    fields: tuple[Value, ...] = ()


class Closure(NamedTuple):
    """A function with the first of its arguments."""

    name: str
    arguments: tuple[Value, ...]


class Table(NamedTuple):
    """A made-up function: its answer is a fixed function of the argument; a nest of them takes several arguments."""

    answer: Callable[[Value], Value]


class Unknown:
    """A value that is not known yet; what it is depends on the interpreter (``path_run``)."""


Value = int | Fraction | str | Data | Closure | Table | Unknown

TRUE, FALSE = Data("True"), Data("False")
NIL = Data("[]")


def boolean(value: bool) -> Data:
    """Return the core language's Boolean."""
    return TRUE if value else FALSE


def cons(head: Value, tail: Value) -> Data:
    """Return a list cell."""
    return Data(":", (head, tail))


_INTEGERS = (0, 1, 2, -1, 3, 5, -2, 4, 7, 10, 6, 12)
_BUILTIN: Mapping[str, tuple[tuple[str, tuple[Type, ...]], ...]] = {
    "Bool": (("True", ()), ("False", ())),
    "Ordering": (("LT", ()), ("EQ", ()), ("GT", ())),
    "()": (("()", ()),),
}


def constructors(kind: TyCon, types: Mapping[str, DataType]) -> tuple[tuple[str, tuple[Type, ...]], ...]:
    """Return a data type's constructors with their field types; none for numbers, characters and functions."""
    name, arguments = kind.name, kind.args
    if name in _BUILTIN:
        return _BUILTIN[name]
    if name == "[]":
        return ("[]", ()), (":", (arguments[0], kind))
    if name == "Maybe":
        return ("Nothing", ()), ("Just", arguments)
    if name == "Either":
        return ("Left", arguments[:1]), ("Right", arguments[1:])
    if name.startswith("(,"):
        return ((name, arguments),)
    data = types.get(name)
    if data is None:
        return ()
    actual = dict(zip(data.params, arguments, strict=True))
    return tuple((made, tuple(instantiate(f, actual) for f in fields)) for made, fields in data.constructors)


def instantiate(kind: Type, actual: Mapping[str, Type]) -> Type:
    """Return a type with its variables replaced."""
    match kind:
        case TyVar(name):
            return actual.get(name, kind)
        case TyCon(name, args):
            return TyCon(name, tuple(instantiate(a, actual) for a in args))
    return kind


class Sampler:
    """Draws small values of a type, the same ones for the same seed; type variables are integers.

    ``growth`` is how often, while there is room, one of the constructors with the most fields is taken: a list of the
    program's own has one element or none in three of four cases without it.
    """

    def __init__(self, types: Mapping[str, DataType], seed: int = 0, growth: float = 0) -> None:
        self._types = types
        self._growth = growth
        self._random = random.Random(seed)

    def value(self, kind: Type, size: int) -> Value:
        """Return one value whose depth is about ``size``.

        Raises ``LookupError`` for a type that has no values here.
        """
        if not isinstance(kind, TyCon) or kind.name in ("Int", "Integer", "Word"):
            return self._integer(size)
        if kind.name == "Char":
            return self._random.choice("ab!z0A e")
        if kind.name in ("Double", "Float"):
            return Fraction(self._integer(size), 2)
        if kind.name == "->":
            return self._function(kind.args[-1], size)
        if kind.name == "[]":
            result = NIL
            for _ in range(self._random.randint(0, max(size, 0))):
                result = cons(self.value(kind.args[0], size - 1), result)
            return result
        return self._data(kind, size)

    def _integer(self, size: int) -> int:
        return _INTEGERS[self._random.randrange(min(len(_INTEGERS), 2 + 2 * max(size, 1)))]

    def _data(self, kind: TyCon, size: int) -> Data:
        made = constructors(kind, self._types)
        if not made:
            raise LookupError(f"no values of type {kind.name}")
        if size <= 0:
            made = min_fields(made)
        elif self._growth and self._random.random() < self._growth:
            most = max(len(fields) for _, fields in made)
            made = tuple(each for each in made if len(each[1]) == most)
        name, fields = self._random.choice(made)
        return Data(name, tuple(self.value(f, size - 1) for f in fields))

    def _function(self, result: Type, size: int) -> Table:
        answers = [self.value(result, size) for _ in range(5)]
        if isinstance(result, TyCon) and result.name in ("Int", "Integer"):
            scale, shift = self._random.choice((1, 2, -1, 3)), self._random.choice((0, 1, -1, 5))
            return Table(lambda value: scale * value + shift if isinstance(value, int) else shift)
        return Table(lambda value: answers[hash(_shown(value)) % 5])


def _shown(value: Value) -> int:
    match value:
        case int():
            return value
        case Data(name, fields):
            return len(name) + 3 * sum(_shown(f) for f in fields)
        case str():
            return ord(value)
    return 0


def min_fields(made: tuple[tuple[str, tuple[Type, ...]], ...]) -> tuple[tuple[str, tuple[Type, ...]], ...]:
    """Return the constructors with the fewest fields: where drawing a value ends."""
    least = min(len(fields) for _, fields in made)
    return tuple(each for each in made if len(each[1]) == least)
