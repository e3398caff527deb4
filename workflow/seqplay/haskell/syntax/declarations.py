"""Abstract syntax of what holds expressions: statements, right-hand sides, equations and declarations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from seqplay.haskell.syntax.nodes import Constraint, Expr, Node, Pat, Type


@dataclass(frozen=True)
class Stmt(Node):
    """A guard, a qualifier or a statement of a do block."""


@dataclass(frozen=True)
class Test(Stmt):
    """An expression: a Boolean guard, or an action."""

    expr: Expr


@dataclass(frozen=True)
class Gen(Stmt):
    """``pattern <- expression``."""

    pat: Pat
    expr: Expr


@dataclass(frozen=True)
class LetStmt(Stmt):
    """``let`` without ``in``."""

    decls: tuple[Decl, ...]


@dataclass(frozen=True)
class Branch(Node):
    """One guarded body; no guards means unconditional."""

    guards: tuple[Stmt, ...]
    body: Expr


@dataclass(frozen=True)
class Rhs(Node):
    """The right-hand side of an equation or alternative with its where group."""

    branches: tuple[Branch, ...]
    wheres: tuple[Decl, ...] = ()


@dataclass(frozen=True)
class Alt(Node):
    """A case alternative."""

    pat: Pat
    rhs: Rhs


@dataclass(frozen=True)
class Clause(Node):
    """One equation of a function."""

    pats: tuple[Pat, ...]
    rhs: Rhs


@dataclass(frozen=True)
class Decl(Node):
    """A declaration."""


@dataclass(frozen=True)
class Fun(Decl):
    """All adjacent equations of a name; a variable is one clause without patterns."""

    name: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True)
class PatBind(Decl):
    """``pattern = expression``."""

    pat: Pat
    rhs: Rhs


@dataclass(frozen=True)
class Signature(Decl):
    """``names :: constraints => type``; without names inside an expression or a pattern."""

    names: tuple[str, ...]
    constraints: tuple[Constraint, ...]
    type: Type


@dataclass(frozen=True)
class Fixity(Decl):
    """``infixl 6 op``."""

    associativity: str
    precedence: int
    ops: tuple[str, ...]


class Constructor(NamedTuple):
    """A data constructor with its field types; ``labels`` are its field names, or empty."""

    name: str
    fields: tuple[Type, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class DataDecl(Decl):
    """A data type, newtype, synonym: its tokens without deriving clauses, and the names that it makes.

    ``constructors`` is empty where they are not plain (GADT syntax, existential types, a synonym).
    """

    name: str
    names: tuple[str, ...]
    tokens: tuple[str, ...]
    params: tuple[str, ...]
    constructors: tuple[Constructor, ...]


@dataclass(frozen=True)
class Body(Decl):
    """A class or instance: the tokens of its head and the declarations in it."""

    keyword: str
    name: str
    head: tuple[str, ...]
    decls: tuple[Decl, ...]


@dataclass(frozen=True)
class Opaque(Decl):
    """A declaration outside the subset, as its tokens."""

    tokens: tuple[str, ...]


@dataclass(frozen=True)
class Program(Node):
    """The declarations of a module in order (pragmas, header and imports are in ``Source``)."""

    decls: tuple[Decl, ...]
