"""What is to be proved, what is known, and a proof as a tree of cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from seqplay.haskell.syntax import Type
from seqplay.proof.language.core import DataType, Expr, Function, Var, apply


@dataclass(frozen=True)
class Equality:
    """``∀ variables. left = right``."""

    name: str
    variables: tuple[tuple[str, Type], ...]
    """All variables of both sides, with their types, in the order of the proof's arguments."""
    left: Expr
    right: Expr
    triggers: tuple[Expr, ...] = ()
    """Terms at whose sight it is worth recalling, ``left`` if none; one with all variables tells the whole instance."""
    context: tuple[tuple[str, str], ...] = ()
    """Class constraints on type variables: class and variable."""

    @property
    def names(self) -> tuple[str, ...]:
        """The variables' names."""
        return tuple(name for name, _ in self.variables)

    def instance(self, values: Mapping[str, Expr]) -> Expr:
        """Return the proof term of an instance."""
        return apply(Var(self.name), *(values.get(name, Var(name)) for name in self.names))


@dataclass(frozen=True)
class World:
    """The definitions that a search works in; ``functions`` ⊇ ``evaluated`` ⊇ ``unfolding``."""

    functions: Mapping[str, Function]
    """All by name, the library's too, each with its signature."""
    evaluated: Mapping[str, Function]
    """Those that have values here: all but what the logic knows by name alone."""
    unfolding: Mapping[str, Function]
    """Those that evaluation with variables unfolds: of these all but division and what is made of it."""
    types: Mapping[str, DataType]
    groups: Mapping[str, frozenset[str]]
    """For each recursive function of ``unfolding`` those that it is mutually recursive with, itself included."""
    siblings: Mapping[str, tuple[tuple[str, int], ...]]
    """For each constructor all constructors of its type, with their numbers of fields: the cases of a split."""


# ---------------------------------------------------------------- proofs as trees


class Hypothesis(NamedTuple):
    """The statement at other arguments, with the measures under which these are smaller."""

    arguments: tuple[Expr, ...]
    """One for each variable of the statement, in their order."""
    measures: frozenset[str]
    """As ``termination.decreasing`` writes them; a proof keeps the hypotheses that are smaller under one for all."""


@dataclass(frozen=True)
class Leaf:
    """Where the two sides meet, with what makes them meet: instances of lemmas, instances of the statement itself."""

    hints: tuple[Expr, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()


@dataclass(frozen=True)
class Split:
    """One case for each constructor of the subject's type."""

    subject: Expr
    cases: tuple[tuple[str, tuple[str, ...], Tree], ...]
    """Of each constructor: its name, its variables, which are new in the proof, and the proof there."""


@dataclass(frozen=True)
class Decision:
    """One case for each answer of a condition."""

    condition: Expr
    then: Tree
    other: Tree


Tree = Leaf | Split | Decision


@dataclass(frozen=True)
class Proof:
    """A proof of an equality, to be checked: nothing here is trusted."""

    of: Equality
    tree: Tree
    metric: str | None = None
    """The termination metric in Liquid Haskell's words; none where it needs none or finds it."""
    lemmas: frozenset[str] = frozenset()
    """The names of the lemmas that it recalls: it holds if these do."""
