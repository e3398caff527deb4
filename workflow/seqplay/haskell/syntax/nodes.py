"""What every piece of abstract syntax is: a node with a span, and how to walk over nodes; types are nodes too.

Expressions and patterns have only their bases here: declarations hold expressions, and expressions declarations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

Span = tuple[int, int]
NO_SPAN: Span = (-1, -1)


class LitKind(StrEnum):
    """The kinds of literal constants."""

    INTEGER = "integer"
    FLOAT = "float"
    CHAR = "char"
    STRING = "string"


@dataclass(frozen=True)
class Node:
    """Anything in the syntax tree."""

    span: Span = field(default=NO_SPAN, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class Expr(Node):
    """An expression."""


@dataclass(frozen=True)
class Pat(Node):
    """A pattern."""


# ---------------------------------------------------------------- types


@dataclass(frozen=True)
class Type(Node):
    """A type; constraints and foralls are kept by ``Signature``."""


@dataclass(frozen=True)
class TyVar(Type):
    """A type variable."""

    name: str


@dataclass(frozen=True)
class TyCon(Type):
    """A type constructor; lists are ``[]``, tuples ``(,)``, ``(,,)`` …, unit ``()``, functions ``->``."""

    name: str
    args: tuple[Type, ...] = ()


@dataclass(frozen=True)
class TyApp(Type):
    """A type variable of higher kind applied to types."""

    head: Type
    args: tuple[Type, ...]


@dataclass(frozen=True)
class TyOther(Type):
    """A type outside the subset, as its tokens."""

    tokens: tuple[str, ...]


class Constraint(NamedTuple):
    """A class constraint on one type."""

    name: str
    type: Type


# ---------------------------------------------------------------- walking

N = TypeVar("N", bound=Node)


_FIELDS: dict[str, tuple[str, ...]] = {}


def _field_names(node: Node) -> tuple[str, ...]:
    kind = type(node).__name__
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(each.name for each in fields(node) if each.name != "span")
    return _FIELDS[kind]


def children(node: Node) -> Iterator[Node]:
    """Yield the direct child nodes in source order of the fields."""
    for name in _field_names(node):
        value = getattr(node, name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            for item in value:
                if isinstance(item, Node):
                    yield item


def descendants(node: Node) -> Iterator[Node]:
    """Yield the node and everything below it, parents first."""
    yield node
    for child in children(node):
        yield from descendants(child)


def map_children(node: N, change: Callable[[Node], Node]) -> N:
    """Return the node with each direct child replaced by ``change(child)``; the same object where nothing changed."""
    updates: dict[str, Any] = {}
    for name in _field_names(node):
        value = getattr(node, name)
        if isinstance(value, Node):
            new: object = change(value)
            if new is not value:
                updates[name] = new
        elif isinstance(value, tuple) and any(isinstance(item, Node) for item in value):
            items = tuple(change(item) if isinstance(item, Node) else item for item in value)
            if any(a is not b for a, b in zip(items, value, strict=True)):
                updates[name] = items
    return replace(node, **updates) if updates else node
