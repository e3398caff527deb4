"""Driver modules: trusted Haskell that joins a program's entry to the worker's library of conversions.

Everything here is text that the pipeline writes about types that GHC gave; no text of a user is ever in it.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from seqplay.haskell.execution.facts import (
    LIST,
    UNIT,
    Con,
    DataType,
    Facts,
    Fun,
    Literals,
    Type,
    is_tuple,
    show_type,
    substitute,
)

_SCALARS = {
    "GHC.Types.Int": "int",
    "GHC.Types.Word": "word",
    **{f"GHC.Int.Int{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"GHC.Word.Word{bits}": f"word{bits}" for bits in (8, 16, 32, 64)},
    "GHC.Num.Integer.Integer": "integer",
    "GHC.Num.Natural.Natural": "natural",
    "GHC.Types.Double": "double",
    "GHC.Types.Float": "float",
    "GHC.Types.Char": "character",
    "GHC.Types.Bool": "bool",
    "GHC.Types.Ordering": "ordering",
    "GHC.Tuple.()": "unit",
    "Data.IntSet.Internal.IntSet": "intSet",
    "Data.Text.Internal.Text": "text",
    "Data.ByteString.Internal.ByteString": "byteString",
}
_ARRAY = "GHC.Arr.Array"
_INDICES = frozenset(
    name for name, codec in _SCALARS.items() if codec.startswith(("int", "word", "natural", "char", "bool", "ord"))
) - {"Data.IntSet.Internal.IntSet"}
_CONTAINERS = {
    LIST: "list",
    "GHC.Maybe.Maybe": "maybe_",
    "Data.Either.Either": "either_",
    "GHC.Base.NonEmpty": "nonEmpty",
    "GHC.Real.Ratio": "ratio",
    "Data.Complex.Complex": "complex",
    "Data.Map.Internal.Map": "map_",
    "Data.Set.Internal.Set": "set",
    "Data.IntMap.Internal.IntMap": "intMap",
    "Data.Sequence.Internal.Seq": "seq_",
    _ARRAY: "array",
}
_PUBLIC = {
    "Data.Semigroup.Internal": "Data.Monoid",
    "GHC.Base": "Data.List.NonEmpty",
}
"""Where the constructors of a library type can be imported from, if not from the module that defines it."""


GROWING = 4
"""Ever larger instances of one data type inside each other, from which on it is taken to have no end of them."""


class Unsupported(Exception):
    """A type whose values cannot be made or shown: carries the type's text and why."""

    def __init__(self, ty: Type, why: str) -> None:
        super().__init__(f"{show_type(ty)} {why}")


class Codecs:
    """The conversions that one program needs, collected while types are asked for."""

    def __init__(self, slot: str, facts: Facts) -> None:
        """Start with none. ``slot`` is the module name of the program (``P`` or ``Q``)."""
        self.slot = slot
        self.types = facts.types
        self.definitions: list[str] = []
        self.imports: set[str] = set()
        self.plan_lines: list[str] = []
        self.plannable = True
        """Whether the worker can do without a driver, as far as the types go."""
        self._names: dict[Con, str] = {}
        self._fields: dict[Con, list[list[Type]]] = {}
        self._under_way: list[Con] = []
        self._shown: set[Con] = set()

    def codec(self, ty: Type, *, shown: bool) -> str:
        """Return the expression of a type's conversion; ``shown`` where its values must be rendered.

        Raises ``Unsupported``.
        """
        match ty:
            case Con(name, (), False) if name in _SCALARS:
                return f"H.{_SCALARS[name]}"
            case Con(name, (Con("GHC.Types.Char", (), False),), False) if name == LIST:
                return "H.string"
            case Con(name, (index, _), False) if name == _ARRAY and not shown and not self._is_index(index):
                raise Unsupported(ty, "is an array over an index of which no bounds can be made")
            case Con(name, arguments, False) if name in _CONTAINERS:
                return self._applied(_CONTAINERS[name], arguments, shown)
            case Con(name, arguments, False) if is_tuple(name) and len(arguments) <= 7:
                return self._applied(f"tuple{len(arguments)}", arguments, shown)
            case Con(name) if name in self.types:
                return self._algebraic(ty, self.types[name], shown)
            case Fun(argument, result) if not shown:
                return f"(H.function {self.codec(argument, shown=False)} {self.codec(result, shown=False)})"
            case Fun():
                raise Unsupported(ty, "is a function, which cannot be shown")
        raise Unsupported(ty, "is not a type whose values can be made and shown")

    def _is_index(self, ty: Type) -> bool:
        """Say whether bounds of arrays over a type can be made: numbers, characters, enumerations, tuples of them."""
        match ty:
            case Con(name, (), False) if name in _INDICES:
                return True
            case Con(name, arguments, False) if is_tuple(name):
                return all(self._is_index(argument) for argument in arguments)
            case Con(name, arguments) if name in self.types:
                constructors = self.types[name].constructors
                mapping = dict(zip(self.types[name].parameters, arguments, strict=True))
                if len(constructors) == 1 and constructors[0].fields:
                    fields = [substitute(field, mapping) for field in constructors[0].fields]
                    return all(isinstance(field, Con) and field.name in _INDICES for field in fields)
                return bool(constructors) and not any(constructor.fields for constructor in constructors)
        return False

    def _applied(self, function: str, arguments: Sequence[Type], shown: bool) -> str:
        return f"(H.{function} {' '.join(self.codec(argument, shown=shown) for argument in arguments)})"

    def _algebraic(self, ty: Con, data: DataType, shown: bool) -> str:
        if not data.plain or not data.constructors:
            raise Unsupported(ty, "has no constructors that can be seen (it is empty, a GADT, existential or hidden)")
        if ty not in self._names:
            self._refuse_nested(ty)
            name = self._names[ty] = f"c{self.slot}{len(self._names)}"
            mapping = dict(zip(data.parameters, ty.arguments, strict=True))
            types = [[substitute(field, mapping) for field in constructor.fields] for constructor in data.constructors]
            self._fields[ty] = types
            self._under_way.append(ty)
            fields = [[self.codec(field, shown=False) for field in row] for row in types]
            self._under_way.pop()
            self.definitions.append(self._definition(name, ty, data, fields))
            self._plan(name, ty, data, fields)
        if not self._under_way:
            self._refuse_endless(ty, whole=not shown)
        if shown and ty not in self._shown:
            self._shown.add(ty)
            mapping = dict(zip(data.parameters, ty.arguments, strict=True))
            for constructor in data.constructors:
                for field in constructor.fields:
                    self.codec(substitute(field, mapping), shown=True)
        return self._names[ty]

    def _refuse_nested(self, ty: Con) -> None:
        """Refuse a type that, from field to field, needs itself at ever larger arguments (a perfect tree, say)."""
        size = _size(ty)
        smaller = [other for other in self._under_way if other.name == ty.name and _size(other) < size]
        if len(smaller) >= GROWING:
            why = "is a nested data type, which contains itself at ever larger arguments: it has no end of conversions"
            raise Unsupported(smaller[0], why)

    def _refuse_endless(self, ty: Con, *, whole: bool) -> None:
        """Refuse a type without a finite value (a stream); with ``whole``, one that holds such a type anywhere."""
        finite: set[Con] = set()
        found = True
        while found:
            more = {
                known
                for known, rows in self._fields.items()
                if known not in finite and any(all(_is_finite(field, finite) for field in row) for row in rows)
            }
            found = bool(more)
            finite |= more
        for known in self._fields if whole else (ty,):
            if known not in finite:
                raise Unsupported(known, "has no finite value: each contains another one")

    def _definition(self, name: str, ty: Con, data: DataType, fields: Sequence[Sequence[str]]) -> str:
        shapes, there, back = [], [], []
        for number, (constructor, codecs) in enumerate(zip(data.constructors, fields, strict=True)):
            home = self.slot if ty.local else _PUBLIC.get(constructor.home, constructor.home)
            if not ty.local:
                self.imports.add(home)
            written = constructor.name if ty.local else f"{home}.{constructor.name}"
            shapes.append(
                f"H.Constructor {haskell_string(written)} [{', '.join(f'H.shape {codec}' for codec in codecs)}]"
            )
            head = qualified(home, constructor.name)
            variables = [f"a{n}" for n in range(len(codecs))]
            encoded = ", ".join(f"H.encode {c} {v}" for c, v in zip(codecs, variables, strict=True))
            there.append(f"{' '.join([head, *variables])} -> H.Data {number} {haskell_string(written)} [{encoded}]")
            decoded = [f"(H.decode {codec} (H.field {n} v))" for n, codec in enumerate(codecs)]
            back.append((number, " ".join([head, *decoded])))
        rows = "; ".join([*(_row(row) for row in back), "_ -> H.noConstructor"])
        decode = back[0][1] if data.newtype else f"case H.constructor v of {{ {rows} }}"
        shape = f"H.DataShape {haskell_string(_label(ty))} [{', '.join(shapes)}]"
        return f"{name} = H.Codec ({shape}) (\\v -> case v of {{ {'; '.join(there)} }}) (\\v -> {decode})"

    def _plan(self, name: str, ty: Con, data: DataType, fields: Sequence[Sequence[str]]) -> None:
        self.plannable &= ty.local
        kind = "newtype" if data.newtype else "data"
        self.plan_lines.append("\t".join(["type", name, self.slot, ty.name, _label(ty), kind]))
        for constructor, codecs in zip(data.constructors, fields, strict=True):
            self.plan_lines.append("\t".join(["con", constructor.name, *codecs]))

    def entry_line(self, entry: str, arguments: Sequence[Type], result: Type) -> str:
        """Return the line of a plan that names an entry."""
        codecs = [self.codec(result, shown=True), *(self.codec(argument, shown=False) for argument in arguments)]
        return "\t".join(["entry", self.slot, entry, *codecs])

    def subject(self, entry: str, arguments: Sequence[Type], result: Type) -> str:
        """Return the expression of an entry as a function on values.

        Raises ``Unsupported``, with ``shown`` types first: an unprintable result is told before an argument.
        """
        inner = f"(H.result {self.codec(result, shown=True)})"
        for argument in reversed(arguments):
            inner = f"(H.argument {self.codec(argument, shown=False)} {inner})"
        return f"({inner} {qualified(self.slot, entry)})"


def _size(ty: Type) -> int:
    """Return how many constructors a type is made of."""
    match ty:
        case Con(_, arguments):
            return 1 + sum(_size(argument) for argument in arguments)
        case Fun(argument, result):
            return 1 + _size(argument) + _size(result)
    return 1


def _is_finite(ty: Type, finite: Container[Con]) -> bool:
    """Say whether a type has a finite value, given the data types that are known to."""
    match ty:
        case Con(name, arguments, _) if is_tuple(name) or name in ("GHC.Base.NonEmpty", "GHC.Real.Ratio"):
            return all(_is_finite(argument, finite) for argument in arguments)
        case Con("Data.Either.Either", arguments):
            return any(_is_finite(argument, finite) for argument in arguments)
        case Con(name) if name in _SCALARS or name in _CONTAINERS:
            return True
        case Fun(_, result):
            return _is_finite(result, finite)
    return ty in finite if isinstance(ty, Con) else True


def plan(codecs: Sequence[Codecs], entries: Sequence[str], sources: Sequence[Literals]) -> str:
    """Return the plan that does the same as a driver, or nothing where some type needs one.

    Only for entries without class constraints.
    """
    if not all(book.plannable for book in codecs):
        return ""
    lines = [line for book in codecs for line in book.plan_lines]
    return "\n".join([*lines, *entries, f"constants\t({', '.join(_constants(sources))})"])


def _label(ty: Con) -> str:
    """Name a shape; a program's own type never has the label of a library's."""
    return f"own {show_type(ty)}" if ty.local else show_type(ty)


def _row(row: tuple[int, str]) -> str:
    return f"{row[0]} -> {row[1]}"


def qualified(slot: str, name: str) -> str:
    """Return a program's name as the driver writes it."""
    return f"({slot}.{name})" if not (name[0].isalpha() or name[0] == "_") else f"{slot}.{name}"


def signature(ty: Type) -> str:
    """Return a closed type as text that means the same whatever a program redefines: with the pipeline's qualifiers."""
    match ty:
        case Con(name, (element,), False) if name == LIST:
            return f"[{signature(element)}]"
        case Con(name, (), False) if name == UNIT:
            return "()"
        case Con(name, arguments, False) if is_tuple(name):
            return f"({', '.join(signature(argument) for argument in arguments)})"
        case Con(name, arguments, local):
            home, base = ("Seqplay_P", name) if local else ("Seqplay_T", name.rpartition(".")[2])
            head = qualified(home, base)
            return f"({' '.join([head, *(signature(argument) for argument in arguments)])})"
        case Fun(argument, result):
            return f"({signature(argument)} -> {signature(result)})"
    raise Unsupported(ty, "cannot be written in a signature")


def module(codecs: Sequence[Codecs], bindings: Sequence[str], *, arguments: bool) -> str:
    """Return a driver module with these bindings."""
    imports = sorted({name for book in codecs for name in book.imports})
    lines = [
        "{-# LANGUAGE NoImplicitPrelude, NoMonomorphismRestriction #-}",
        "module Driver where",
        *(f"import qualified {book.slot}" for book in codecs),
        *(["import qualified Args"] if arguments else []),
        *(f"import qualified {name}" for name in imports),
        "import qualified Seqplay.Codec as H",
        "import qualified Seqplay.Compare as H",
        "import qualified Seqplay.Value as H",
        *(definition for book in codecs for definition in book.definitions),
        *bindings,
    ]
    return "\n".join(lines) + "\n"


def constants(sources: Sequence[Literals]) -> str:
    """Return the binding of the constants that inputs are made from."""
    return f"constants :: H.Constants\nconstants = H.Constants {' '.join(_constants(sources))}"


def _constants(sources: Sequence[Literals]) -> list[str]:
    wholes = sorted({n for source in sources for n in source.wholes})[:64]
    reals = sorted({text for source in sources for text in source.reals})[:32]
    texts = sorted({text for source in sources for text in source.texts if text})[:32]
    chars = sorted({char for source in sources for char in source.chars})[:64]
    return [
        f"[{', '.join(str(n) for n in wholes)}]",
        f"[{', '.join(reals)}]",
        f"[{', '.join(haskell_string(text) for text in texts)}]",
        haskell_string("".join(chars)),
    ]


def haskell_string(text: str) -> str:
    """Return a Haskell string literal in ASCII."""
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    return char if " " <= char <= "~" else f"\\{ord(char)}\\&"
