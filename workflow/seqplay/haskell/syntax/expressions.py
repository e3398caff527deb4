"""Expressions and patterns of the abstract syntax.

Every node is frozen and compares by structure; ``span`` (byte offsets into the plain code, parentheses included) is not
compared, so that two texts of one expression are equal. Infix expressions are resolved by fixity. Syntax outside this
subset (Template Haskell, type families, pattern synonyms, …) is kept as ``Opaque`` tokens at the level of a
declaration.
"""

from __future__ import annotations

from dataclasses import dataclass

from seqplay.haskell.syntax.declarations import Alt, Branch, Decl, Rhs, Signature, Stmt
from seqplay.haskell.syntax.nodes import Expr, LitKind, Node, Pat, Type

# ---------------------------------------------------------------- expressions


@dataclass(frozen=True)
class Var(Expr):
    """A variable or operator in prefix position, perhaps qualified."""

    name: str


@dataclass(frozen=True)
class Con(Expr):
    """A data constructor; ``[]``, ``()``, ``(,)`` and ``:`` included."""

    name: str


@dataclass(frozen=True)
class Lit(Expr):
    """A literal, as written."""

    kind: LitKind
    text: str


@dataclass(frozen=True)
class App(Expr):
    """An application to one argument."""

    function: Expr
    argument: Expr


@dataclass(frozen=True)
class TypeApp(Expr):
    """A visible type application."""

    function: Expr
    type: Type


@dataclass(frozen=True)
class Infix(Expr):
    """An operator between two operands."""

    op: Var | Con
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Neg(Expr):
    """Prefix minus."""

    operand: Expr


@dataclass(frozen=True)
class LeftSection(Expr):
    """``(operand op)``."""

    op: Var | Con
    operand: Expr


@dataclass(frozen=True)
class RightSection(Expr):
    """``(op operand)``."""

    op: Var | Con
    operand: Expr


@dataclass(frozen=True)
class Lam(Expr):
    """A lambda."""

    pats: tuple[Pat, ...]
    body: Expr


@dataclass(frozen=True)
class Let(Expr):
    """``let … in``."""

    decls: tuple[Decl, ...]
    body: Expr


@dataclass(frozen=True)
class If(Expr):
    """``if then else``."""

    condition: Expr
    then: Expr
    other: Expr


@dataclass(frozen=True)
class MultiIf(Expr):
    """``if | … -> …``."""

    branches: tuple[Branch, ...]


@dataclass(frozen=True)
class Case(Expr):
    """``case … of``."""

    scrutinee: Expr
    alts: tuple[Alt, ...]


@dataclass(frozen=True)
class LamCase(Expr):
    """``\\case``."""

    alts: tuple[Alt, ...]


@dataclass(frozen=True)
class Do(Expr):
    """A do block."""

    stmts: tuple[Stmt, ...]


@dataclass(frozen=True)
class Tuple(Expr):
    """A tuple of two or more."""

    items: tuple[Expr, ...]


@dataclass(frozen=True)
class TupleSection(Expr):
    """A tuple with holes."""

    items: tuple[Expr | None, ...]


@dataclass(frozen=True)
class ListLit(Expr):
    """A list of one element or more (the empty list is ``Con("[]")``)."""

    items: tuple[Expr, ...]


@dataclass(frozen=True)
class Range(Expr):
    """``[first, step .. last]``."""

    first: Expr
    step: Expr | None
    last: Expr | None


@dataclass(frozen=True)
class Comp(Expr):
    """A list comprehension."""

    body: Expr
    quals: tuple[Stmt, ...]


@dataclass(frozen=True)
class Typed(Expr):
    """``expr :: type``, the signature whole."""

    expr: Expr
    signature: Signature


@dataclass(frozen=True)
class FieldBind(Node):
    """``field = value`` in a record expression; a pun has no value."""

    name: str
    value: Expr | None


@dataclass(frozen=True)
class Record(Expr):
    """A record construction or update; ``wildcard`` is ``..``."""

    head: Expr
    binds: tuple[FieldBind, ...]
    wildcard: bool


# ---------------------------------------------------------------- patterns


@dataclass(frozen=True)
class PVar(Pat):
    """A variable."""

    name: str


@dataclass(frozen=True)
class PWild(Pat):
    """``_``."""


@dataclass(frozen=True)
class PLit(Pat):
    """A literal, perhaps negative."""

    kind: LitKind
    text: str
    negative: bool = False


@dataclass(frozen=True)
class PCon(Pat):
    """A constructor with its arguments; infix ones too."""

    name: str
    args: tuple[Pat, ...]


@dataclass(frozen=True)
class PTuple(Pat):
    """A tuple."""

    items: tuple[Pat, ...]


@dataclass(frozen=True)
class PList(Pat):
    """A list of one element or more (the empty one is ``PCon("[]")``)."""

    items: tuple[Pat, ...]


@dataclass(frozen=True)
class PAs(Pat):
    """``name@pattern``."""

    name: str
    pat: Pat


@dataclass(frozen=True)
class PLazy(Pat):
    """``~pattern``."""

    pat: Pat


@dataclass(frozen=True)
class PBang(Pat):
    """``!pattern``."""

    pat: Pat


@dataclass(frozen=True)
class FieldPat(Node):
    """``field = pattern``; a pun has no pattern."""

    name: str
    pat: Pat | None


@dataclass(frozen=True)
class PRec(Pat):
    """A record pattern."""

    name: str
    binds: tuple[FieldPat, ...]
    wildcard: bool


@dataclass(frozen=True)
class PTyped(Pat):
    """``pattern :: type``."""

    pat: Pat
    signature: Signature


@dataclass(frozen=True)
class PView(Pat):
    """``expression -> pattern``."""

    expr: Expr
    pat: Pat


# ---------------------------------------------------------------- building


def apply(function: Expr, *arguments: Expr) -> Expr:
    """Return the application of a function to arguments."""
    for argument in arguments:
        function = App(function, argument)
    return function


def spine(expr: Expr) -> tuple[Expr, tuple[Expr, ...]]:
    """Return the head and the arguments of an application."""
    arguments: list[Expr] = []
    while isinstance(expr, App):
        arguments.append(expr.argument)
        expr = expr.function
    return expr, tuple(reversed(arguments))


def unconditional(body: Expr) -> Rhs:
    """Return the right-hand side ``= body``."""
    return Rhs((Branch((), body),))
