"""Types as GHC gives them, and what a worker's facts say of a program.

A type arrives from the worker as a JSON array with a tag; synonyms are expanded and variables named apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Con:
    """A type constructor with its arguments; ``local`` where the program itself declares it."""

    name: str
    arguments: tuple[Type, ...] = ()
    local: bool = False


@dataclass(frozen=True)
class Var:
    """A type variable."""

    name: str


@dataclass(frozen=True)
class App:
    """A variable of a higher kind applied to an argument."""

    function: Type
    argument: Type


@dataclass(frozen=True)
class Fun:
    """A function type."""

    argument: Type
    result: Type


@dataclass(frozen=True)
class Other:
    """Anything else (inner foralls, type-level literals), as GHC writes it."""

    text: str


Type = Con | Var | App | Fun | Other

LIST = "GHC.Types.[]"
UNIT = "GHC.Tuple.()"
CHAR = "GHC.Types.Char"


def read_type(data: Any) -> Type:
    """Read a type from a worker's JSON."""
    match data:
        case ["con" | "local" as tag, str(name), list(arguments)]:
            return Con(name, tuple(read_type(argument) for argument in arguments), tag == "local")
        case ["var", str(name)]:
            return Var(name)
        case ["app", function, argument]:
            return App(read_type(function), read_type(argument))
        case ["fun", argument, result]:
            return Fun(read_type(argument), read_type(result))
        case ["other", str(text)]:
            return Other(text)
    raise ValueError(f"not a type: {data!r}")


def is_tuple(name: str) -> bool:
    """Say whether a constructor is a tuple's."""
    return name.startswith("GHC.Tuple.(,")


def split_arrows(ty: Type) -> tuple[list[Type], Type]:
    """Return a function type's arguments and its result."""
    arguments = []
    while isinstance(ty, Fun):
        arguments.append(ty.argument)
        ty = ty.result
    return arguments, ty


def substitute(ty: Type, mapping: Mapping[str, Type]) -> Type:
    """Replace variables; a constructor put for a variable of a higher kind takes the variable's argument."""
    match ty:
        case Var(name):
            return mapping.get(name, ty)
        case Con(name, arguments, local):
            return Con(name, tuple(substitute(argument, mapping) for argument in arguments), local)
        case App(function, argument):
            head, last = substitute(function, mapping), substitute(argument, mapping)
            return Con(head.name, (*head.arguments, last), head.local) if isinstance(head, Con) else App(head, last)
        case Fun(argument, result):
            return Fun(substitute(argument, mapping), substitute(result, mapping))
    return ty


def show_type(ty: Type, depth: int = 0) -> str:
    """Write a type as Haskell, names unqualified."""
    match ty:
        case Var(name):
            return name
        case Con(name, (Con(inner, (), _),), _) if name == LIST and inner == CHAR:
            return "String"
        case Con(name, (element,), _) if name == LIST:
            return f"[{show_type(element)}]"
        case Con(name, arguments, _) if is_tuple(name) and len(arguments) == name.count(",") + 1:
            return f"({', '.join(show_type(argument) for argument in arguments)})"
        case Con(name, arguments, _):
            return _applied([base_name(name), *(show_type(argument, 2) for argument in arguments)], depth)
        case App(function, argument):
            return _applied([show_type(function, 1), show_type(argument, 2)], depth)
        case Fun(argument, result):
            text = f"{show_type(argument, 1)} -> {show_type(result)}"
            return f"({text})" if depth > 0 else text
        case Other(text):
            return f"({text})" if depth > 0 else text


def _applied(parts: list[str], depth: int) -> str:
    text = " ".join(parts)
    return f"({text})" if depth > 1 and len(parts) > 1 else text


def base_name(name: str) -> str:
    """Return a qualified name without its module."""
    if name.startswith("GHC.Tuple."):
        return name.removeprefix("GHC.Tuple.")
    head, dot, last = name.rpartition(".")
    return last if dot and head and last else name


@dataclass(frozen=True)
class Variable:
    """A quantified type variable: its kind, and the candidate types that its own constraints allow, best first."""

    name: str
    kind: str
    fits: tuple[str, ...]


@dataclass(frozen=True)
class Declaration:
    """A binding at top level."""

    name: str
    line: int
    signature: int | None
    """Its place among the signatures of the file; none where the type is inferred."""
    called: bool
    """Whether another binding uses it."""
    type: Type
    variables: tuple[Variable, ...]
    constraints: tuple[tuple[str, tuple[Type, ...]], ...]

    def show(self) -> str:
        """Write the type with its constraints."""
        body = show_type(self.type)
        context = [
            " ".join([base_name(name), *(show_type(argument, 2) for argument in arguments)])
            for name, arguments in self.constraints
        ]
        if not context:
            return body
        return (context[0] if len(context) == 1 else f"({', '.join(context)})") + f" => {body}"


@dataclass(frozen=True)
class Constructor:
    """A data constructor."""

    name: str
    home: str
    labels: tuple[str, ...]
    fields: tuple[Type, ...]


@dataclass(frozen=True)
class DataType:
    """An algebraic data type, of the program or of a library whose constructors are public."""

    name: str
    parameters: tuple[str, ...]
    newtype: bool
    plain: bool
    """No existential, GADT or hidden constructor."""
    constructors: tuple[Constructor, ...]


@dataclass(frozen=True)
class Literals:
    """Constants that a source mentions."""

    wholes: tuple[int, ...] = ()
    reals: tuple[str, ...] = ()
    chars: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What GHC knows of a typechecked program."""

    declarations: tuple[Declaration, ...]
    types: dict[str, DataType]
    imports: tuple[str, ...]
    had_main: bool
    exports: tuple[str, ...]
    """Functions that the export list names."""
    literals: Literals

    def find(self, name: str) -> Declaration | None:
        """Return the binding of a name."""
        return next((declaration for declaration in self.declarations if declaration.name == name), None)


def read_facts(data: Mapping[str, Any]) -> Facts:
    """Read a worker's facts of one program."""
    literals = data.get("literals", {})
    return Facts(
        declarations=tuple(_declaration(item) for item in data["declarations"]),
        types={name: _data_type(name, item) for name, item in data["types"].items()},
        imports=tuple(data["imports"]),
        had_main=data["main"],
        exports=tuple(name for name in data["exports"] if name != "main"),
        literals=Literals(**{key: tuple(values) for key, values in literals.items()}),
    )


def _declaration(item: Mapping[str, Any]) -> Declaration:
    return Declaration(
        name=item["name"],
        line=item["line"],
        signature=item["signature"],
        called=item["called"],
        type=read_type(item["type"]),
        variables=tuple(Variable(v["name"], v["kind"], tuple(v["fits"])) for v in item["variables"]),
        constraints=tuple((name, tuple(read_type(a) for a in arguments)) for name, arguments in item["constraints"]),
    )


def _data_type(name: str, item: Mapping[str, Any]) -> DataType:
    return DataType(
        name=name,
        parameters=tuple(item["parameters"]),
        newtype=item["newtype"],
        plain=item["plain"],
        constructors=tuple(
            Constructor(c["name"], c["home"], tuple(c["labels"]), tuple(read_type(f) for f in c["fields"]))
            for c in item["constructors"]
        ),
    )
