"""Types while they are inferred: curried applications, variables that are not known yet, and unification."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Con:
    """A type constructor."""

    name: str


@dataclass(frozen=True)
class Rigid:
    """A variable of a signature, while the function under it is looked at."""

    name: str
    owner: str


@dataclass(frozen=True)
class Ap:
    """A type applied to one argument."""

    head: Type
    argument: Type


class Meta:
    """A type that is not known yet."""

    def __init__(self) -> None:
        self.link: Type | None = None


Type = Con | Rigid | Ap | Meta


class Mismatch(Exception):
    """Two types that cannot be one."""


def prune(type_: Type) -> Type:
    """Return a type without solved variables at its head."""
    while isinstance(type_, Meta) and type_.link is not None:
        type_ = type_.link
    return type_


def unify(left: Type, right: Type) -> None:
    """Make two types one; raises ``Mismatch``."""
    left, right = prune(left), prune(right)
    if left is right:
        return
    if isinstance(left, Meta):
        if _occurs(left, right):
            raise Mismatch("an infinite type")
        left.link = right
    elif isinstance(right, Meta):
        unify(right, left)
    elif isinstance(left, Ap) and isinstance(right, Ap):
        unify(left.head, right.head)
        unify(left.argument, right.argument)
    elif left != right:
        raise Mismatch(f"{show(left)} against {show(right)}")


def _occurs(meta: Meta, type_: Type) -> bool:
    type_ = prune(type_)
    return type_ is meta or (isinstance(type_, Ap) and (_occurs(meta, type_.head) or _occurs(meta, type_.argument)))


def arrow(argument: Type, result: Type) -> Type:
    """Return a function type."""
    return Ap(Ap(Con("->"), argument), result)


def spine(type_: Type) -> tuple[Type, list[Type]]:
    """Return a type's head and its arguments."""
    arguments: list[Type] = []
    type_ = prune(type_)
    while isinstance(type_, Ap):
        arguments.insert(0, type_.argument)
        type_ = prune(type_.head)
    return type_, arguments


def is_function(type_: Type) -> bool:
    """Whether a type is a function's."""
    head, arguments = spine(type_)
    return head == Con("->") and len(arguments) == 2


def variables_of(type_: Type) -> list[Meta | Rigid]:
    """Return the variables of a type, in order of first occurrence."""
    type_ = prune(type_)
    if isinstance(type_, Ap):
        left = variables_of(type_.head)
        return left + [each for each in variables_of(type_.argument) if each not in left]
    return [] if isinstance(type_, Con) else [type_]


def show(type_: Type) -> str:
    """Return a type for a message."""
    type_ = prune(type_)
    match type_:
        case Con(name) | Rigid(name, _):
            return name
        case Ap(head, argument):
            return f"{show(head)} ({show(argument)})"
        case _:
            return "_"
