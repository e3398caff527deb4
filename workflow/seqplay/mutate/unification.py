"""Types as the local inference sees them: constructors, applications and unknowns, made equal by unification."""

from __future__ import annotations

from typing import NamedTuple

from seqplay.haskell.syntax import TyApp, TyCon, Type, TyVar
from seqplay.haskell.syntax.fixity import base_name


class Mismatch(Exception):
    """The declaration does not unify with what is known here."""


class Meta:
    """A type not yet known."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: Ty | None = None


class Atom(NamedTuple):
    """A type constructor, or a rigid variable of a signature (its name begins with a quote)."""

    name: str


class Ap(NamedTuple):
    """A type applied to one argument."""

    head: Ty
    arg: Ty


Ty = Meta | Atom | Ap
INT, INTEGER, BOOL, CHAR = Atom("Int"), Atom("Integer"), Atom("Bool"), Atom("Char")
LIST, ARROW = Atom("[]"), Atom("->")


def list_of(item: Ty) -> Ty:
    """Return the type of lists of a type."""
    return Ap(LIST, item)


def function(arg: Ty, result: Ty) -> Ty:
    """Return a function type."""
    return Ap(Ap(ARROW, arg), result)


def resolved(type_: Ty) -> Ty:
    """Return a type with what is known filled in."""
    while isinstance(type_, Meta) and type_.value is not None:
        type_ = type_.value
    return Ap(resolved(type_.head), resolved(type_.arg)) if isinstance(type_, Ap) else type_


def unify(a: Ty, b: Ty) -> None:
    """Make two types equal; raises ``Mismatch``."""
    a, b = resolved(a), resolved(b)
    if a is b or a == b:
        return
    if isinstance(a, Meta):
        if _occurs(a, b):
            raise Mismatch
        a.value = b
    elif isinstance(b, Meta):
        unify(b, a)
    elif isinstance(a, Ap) and isinstance(b, Ap):
        unify(a.head, b.head)
        unify(a.arg, b.arg)
    else:
        raise Mismatch


def _occurs(meta: Meta, type_: Ty) -> bool:
    type_ = resolved(type_)
    if isinstance(type_, Ap):
        return _occurs(meta, type_.head) or _occurs(meta, type_.arg)
    return type_ is meta


def instantiate(type_: Type, variables: dict[str, Ty]) -> Ty:
    """Return a signature's type with its variables replaced; missing ones are made fresh and added."""
    match type_:
        case TyVar(name):
            return variables.setdefault(name, Meta())
        case TyCon(name, args):
            result: Ty = Atom(base_name(name))
            rest = args
        case TyApp(head, args):
            result, rest = instantiate(head, variables), args
        case _:
            return Meta()
    for arg in rest:
        result = Ap(result, instantiate(arg, variables))
    return result


class Rigid(dict[str, Ty]):
    """Variables that stay themselves, as in the body of a function with a signature."""

    def setdefault(self, key: str, default: Ty | None = None) -> Ty:
        """Return the variable as an atom of its own."""
        return super().setdefault(key, Atom(f"'{key}"))


def same_type(a: Ty | None, b: Ty | None) -> bool:
    """Whether two types are known and equal."""
    return a is not None and b is not None and not isinstance(a, Meta) and a == b
