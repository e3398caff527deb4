"""Data types by their parameters: each Int in a field is a parameter too, so that a value's parts are one a parameter.

A tree of Ints is described by what is known of all its Ints together; a list of pairs, by what is known of all first
and of all second parts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from seqplay.haskell import syntax as hs
from seqplay.proof.language import core
from seqplay.proof.language.graph import components
from seqplay.proof.overflow.values import (
    ATOM,
    HELD,
    LEAST,
    MOST,
    NEVER,
    Abstract,
    Atom,
    Closure,
    Data,
    Functions,
    Kind,
    Never,
    Number,
    Unproved,
    join,
    typed,
)

_NUMBERS = {"Int": Kind.INT, "Integer": Kind.INTEGER}
_ATOMS = frozenset({"Char", "Double"})
_A, _B = hs.TyVar("a"), hs.TyVar("b")
_KNOWN = (
    core.DataType("Bool", (), (("False", ()), ("True", ()))),
    core.DataType("Ordering", (), (("LT", ()), ("EQ", ()), ("GT", ()))),
    core.DataType("()", (), (("()", ()),)),
    core.DataType("[]", ("a",), (("[]", ()), (":", (_A, hs.TyCon("[]", (_A,)))))),
    core.DataType("Maybe", ("a",), (("Nothing", ()), ("Just", (_A,)))),
    core.DataType("Either", ("a", "b"), (("Left", (_A,)), ("Right", (_B,)))),
    *(
        core.DataType(name, names, ((name, tuple(hs.TyVar(each) for each in names)),))
        for count in range(2, 16)
        for name, names in [(f"({',' * (count - 1)})", tuple(f"t{at}" for at in range(count)))]
    ),
)


class Layout(NamedTuple):
    """A data type with a parameter for each number in its fields."""

    name: str
    own: tuple[str, ...]
    """The parameters that it is declared with."""
    numbers: tuple[tuple[str, hs.Type], ...]
    """The parameters that stand for numbers, with their types: the same for all types of one recursion."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """All parameters, in the order of a value's parts."""
        return (*self.own, *(name for name, _ in self.numbers))


class Shapes:
    """The data types of a theorem."""

    def __init__(self, data: Sequence[core.DataType]) -> None:
        self.layouts: dict[str, Layout] = {}
        self._fields: dict[str, tuple[str, tuple[hs.Type, ...]]] = {}
        """Of each constructor: its type, and the types of its fields by the type's parameters."""
        declared = {each.name: each for each in (*_KNOWN, *data)}
        for group in components({name: sorted(_mentioned(each) & set(declared)) for name, each in declared.items()}):
            self._lay_out([declared[name] for name in group])

    def _lay_out(self, group: Sequence[core.DataType]) -> None:
        numbers: list[tuple[str, hs.Type]] = []
        names = {each.name for each in group}

        def parted(kind: hs.Type) -> hs.Type:
            if not isinstance(kind, hs.TyCon):
                return kind
            if kind.name in _NUMBERS:
                numbers.append((f"#{len(numbers)}", kind))
                return hs.TyVar(numbers[-1][0])
            arguments = tuple(parted(each) for each in kind.args)
            outer = () if kind.name in names else self._layout(kind.name).numbers
            return hs.TyCon(kind.name, (*arguments, *(parted(number) for _, number in outer)))

        made = [(each, [(name, tuple(map(parted, fields))) for name, fields in each.constructors]) for each in group]
        added = tuple(hs.TyVar(name) for name, _ in numbers)

        def closed(kind: hs.Type) -> hs.Type:
            if not isinstance(kind, hs.TyCon):
                return kind
            arguments = tuple(closed(each) for each in kind.args)
            return hs.TyCon(kind.name, (*arguments, *(added if kind.name in names else ())))

        for each, constructors in made:
            self.layouts[each.name] = Layout(each.name, each.params, tuple(numbers))
            for name, fields in constructors:
                self._fields[name] = (each.name, tuple(closed(kind) for kind in fields))

    def _layout(self, name: str) -> Layout:
        if name in _ATOMS:
            return Layout(name, (), ())
        if name not in self.layouts:
            raise Unproved(f"the type {name} is not modelled")
        return self.layouts[name]

    # ------------------------------------------------------------ constructors

    def arity(self, constructor: str) -> int | None:
        """Return how many fields a constructor has; none where it is no constructor."""
        return len(self._fields[constructor][1]) if constructor in self._fields else None

    def built(self, constructor: str, values: Sequence[Abstract]) -> Abstract:
        """Return a constructor's value."""
        name, fields = self._fields[constructor]
        parts: dict[str, Abstract] = dict.fromkeys(self._layout(name).parameters, NEVER)
        for kind, value in zip(fields, values, strict=True):
            self._collect(kind, value, parts)
        shortest, longest = 0, math.inf
        if constructor == "[]":
            longest = 0
        if constructor == ":" and isinstance(values[1], Data):
            return Data(name, tuple(parts.values()), values[1].shortest + 1, values[1].longest + 1)
        return Data(name, tuple(parts.values()), shortest, longest)

    def opened(self, constructor: str, value: Abstract) -> tuple[Abstract, ...] | None:
        """Return what is known of a constructor's fields; none where a value cannot be the constructor's."""
        name, fields = self._fields[constructor]
        if isinstance(value, Never):
            return tuple(NEVER for _ in fields)
        if not isinstance(value, Data) or value.name != name:
            raise Unproved(f"a pattern of {name} meets a value of another type")
        if (constructor == ":" and value.longest < 1) or (constructor == "[]" and value.shortest > 0):
            return None
        parts = dict(zip(self._layout(name).parameters, value.parts, strict=True))
        found = [self._made(kind, parts) for kind in fields]
        if constructor == ":":
            found[1] = Data(name, value.parts, max(0, value.shortest - 1), value.longest - 1)
        return tuple(found)

    def _collect(self, kind: hs.Type, value: Abstract, parts: dict[str, Abstract]) -> None:
        if isinstance(value, Never):
            return
        match kind:
            case hs.TyVar(name):
                parts[name] = join(parts.get(name, NEVER), value)
            case hs.TyCon(name, args) if name not in _ATOMS:
                if not isinstance(value, Data) or value.name != name or len(value.parts) != len(args):
                    raise Unproved(f"a field of type {name} holds another value")
                for arg, part in zip(args, value.parts, strict=True):
                    self._collect(arg, part, parts)

    def _made(self, kind: hs.Type, parts: Mapping[str, Abstract]) -> Abstract:
        match kind:
            case hs.TyVar(name):
                return parts[name]
            case hs.TyCon(name) if name in _ATOMS:
                return ATOM
            case hs.TyCon(name, args):
                return Data(name, tuple(self._made(arg, parts) for arg in args))
        raise Unproved("a type variable that takes arguments")

    # ------------------------------------------------------------ types

    def any_of(self, kind: hs.Type, longest: float = math.inf) -> Abstract:
        """Return what is known of an arbitrary value of a type; ``longest`` bounds each of its lists."""
        match kind:
            case hs.TyVar():
                return ATOM
            case hs.TyCon("Int"):
                return Number(Kind.INT, LEAST, MOST)
            case hs.TyCon("Integer"):
                return Number(Kind.INTEGER)
            case hs.TyCon(name) if name in _ATOMS:
                return ATOM
            case hs.TyCon("->"):
                return Functions((Closure("", (), kind),))
            case hs.TyCon(name, args):
                numbers = [number for _, number in self._layout(name).numbers]
                parts = tuple(self.any_of(each, longest) for each in (*args, *numbers))
                return Data(name, parts, 0, longest if name == "[]" else math.inf)
        raise Unproved("a type variable that takes arguments")

    def argument(self, kind: hs.Type) -> Abstract:
        """Return what is known of an argument of the theorem."""
        return self.any_of(kind, HELD)

    def as_type(self, value: Abstract, kind: hs.Type) -> Abstract:
        """Return a value whose type has become known: which of its numbers are Integers."""
        match kind, value:
            case hs.TyCon("Int" | "Integer" as name), Number():
                return typed(value, _NUMBERS[name])
            case hs.TyCon("Double"), (Number(Kind.LITERAL) | Atom()):
                return ATOM
            case hs.TyCon(name, args), Data(other, parts) if name == other and args:
                known = tuple(self.as_type(part, arg) for part, arg in zip(parts, args, strict=False))
                return Data(name, (*known, *parts[len(known) :]), value.shortest, value.longest)
        return value

    def bind(self, kind: hs.Type, value: Abstract, found: dict[str, Abstract]) -> None:
        """Collect what a type's variables stand for in a value."""
        match kind, value:
            case hs.TyVar(name), _:
                found[name] = join(found.get(name, NEVER), value)
            case hs.TyCon(name, args), Data(other, parts) if name == other:
                for arg, part in zip(args, parts, strict=False):
                    self.bind(arg, part, found)

    def filled(self, kind: hs.Type, found: Mapping[str, Abstract]) -> Abstract:
        """Return an arbitrary value of a type whose variables stand for something."""
        match kind:
            case hs.TyVar(name):
                return found.get(name, NEVER)
            case hs.TyCon(name, args) if name not in {*_ATOMS, *_NUMBERS, "->"}:
                return Data(name, tuple(self.filled(arg, found) for arg in args))
        return self.any_of(kind)


def _mentioned(declared: core.DataType) -> set[str]:
    fields = [field for _, fields in declared.constructors for field in fields]
    return {each.name for field in fields for each in hs.descendants(field) if isinstance(each, hs.TyCon)}
