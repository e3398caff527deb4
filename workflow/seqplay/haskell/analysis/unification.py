"""Types while they are inferred: curried applications, variables that are not known yet, and unification.

Proofs (over the language of theorems) and rewriting (over the syntax tree) infer with it. Types as they are written,
``TyCon`` and ``TyVar`` of the syntax tree, are others: a reader of signatures turns those into these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Atom:
    """A type constructor; ``->``, ``[]`` and ``(,)`` included."""

    name: str


@dataclass(frozen=True, slots=True)
class Rigid:
    """A variable of a signature, while the function under it is looked at: equal to itself alone.

    ``owner`` is the function whose signature it is, so that ``a`` of one function is not ``a`` of another; it is empty
    where all signatures in scope share their variables.
    """

    name: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Ap:
    """A type applied to one argument."""

    head: Ty
    argument: Ty


class Meta:
    """A type that is not known yet: one unknown is another only by identity.

    ``link`` is what unification made of it. It is set once and never leads back to the unknown itself (the occurs
    check), so that following links ends.
    """

    __slots__ = ("link",)

    def __init__(self) -> None:
        self.link: Ty | None = None


Ty = Atom | Rigid | Ap | Meta
INT, INTEGER, BOOL, CHAR = Atom("Int"), Atom("Integer"), Atom("Bool"), Atom("Char")
DOUBLE = Atom("Double")
LIST, ARROW = Atom("[]"), Atom("->")


class Mismatch(Exception):
    """Two types that cannot be one."""


def prune(type_: Ty) -> Ty:
    """Return a type without solved variables at its head."""
    while isinstance(type_, Meta) and type_.link is not None:
        type_ = type_.link
    return type_


def resolved(type_: Ty) -> Ty:
    """Return a type without solved variables anywhere in it, to be compared with ``==``."""
    type_ = prune(type_)
    return Ap(resolved(type_.head), resolved(type_.argument)) if isinstance(type_, Ap) else type_


def unify(left: Ty, right: Ty) -> None:
    """Make two types one; raises ``Mismatch``, and then some of their unknowns may be solved already."""
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


def _occurs(meta: Meta, type_: Ty) -> bool:
    type_ = prune(type_)
    return type_ is meta or (isinstance(type_, Ap) and (_occurs(meta, type_.head) or _occurs(meta, type_.argument)))


def arrow(argument: Ty, result: Ty) -> Ty:
    """Return a function type."""
    return Ap(Ap(ARROW, argument), result)


def list_of(item: Ty) -> Ty:
    """Return the type of lists of a type."""
    return Ap(LIST, item)


def tuple_of(items: Sequence[Ty]) -> Ty:
    """Return the type of tuples of these types."""
    type_: Ty = Atom("(" + "," * (len(items) - 1) + ")")
    for item in items:
        type_ = Ap(type_, item)
    return type_


def spine(type_: Ty) -> tuple[Ty, list[Ty]]:
    """Return a type's head and its arguments."""
    arguments: list[Ty] = []
    type_ = prune(type_)
    while isinstance(type_, Ap):
        arguments.insert(0, type_.argument)
        type_ = prune(type_.head)
    return type_, arguments


def is_function(type_: Ty) -> bool:
    """Whether a type is a function's."""
    head, arguments = spine(type_)
    return head == ARROW and len(arguments) == 2


def variables_of(type_: Ty) -> list[Meta | Rigid]:
    """Return the variables of a type, in order of first occurrence."""
    type_ = prune(type_)
    if isinstance(type_, Ap):
        left = variables_of(type_.head)
        return left + [each for each in variables_of(type_.argument) if each not in left]
    return [] if isinstance(type_, Atom) else [type_]


def show(type_: Ty) -> str:
    """Return a type for a message."""
    type_ = prune(type_)
    match type_:
        case Atom(name) | Rigid(name, _):
            return name
        case Ap(head, argument):
            return f"{show(head)} ({show(argument)})"
        case _:
            return "_"
