"""What is to be proved, what is known, and a proof as a tree of cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from seqplay.haskell.syntax import Type
from seqplay.proof.language.core import DataType, Expr, Function, Var, apply


@dataclass(frozen=True)
class Equality:
    """``∀ variables. left = right``; at the sight of one of ``triggers`` (``left`` if none) it is worth recalling."""

    name: str
    variables: tuple[tuple[str, Type], ...]
    left: Expr
    right: Expr
    triggers: tuple[Expr, ...] = ()
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
    """The definitions that a search works in: functions by name (the library's too), those that have values here (all
    but what the logic knows by name alone), those that evaluation with variables unfolds (of these, all but division
    and what is made of it), data types, recursion groups, and the constructors of each constructor's type with their
    numbers of fields.
    """

    functions: Mapping[str, Function]
    evaluated: Mapping[str, Function]
    unfolding: Mapping[str, Function]
    types: Mapping[str, DataType]
    groups: Mapping[str, frozenset[str]]
    siblings: Mapping[str, tuple[tuple[str, int], ...]]


# ---------------------------------------------------------------- proofs as trees


class Hypothesis(NamedTuple):
    """The statement at other arguments, with the measures under which these are smaller."""

    arguments: tuple[Expr, ...]
    measures: frozenset[str]


@dataclass(frozen=True)
class Leaf:
    """Where the two sides meet, with what makes them meet: instances of lemmas, instances of the statement itself."""

    hints: tuple[Expr, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()


@dataclass(frozen=True)
class Split:
    """One case for each constructor: its name, its variables, its proof."""

    subject: Expr
    cases: tuple[tuple[str, tuple[str, ...], Tree], ...]


@dataclass(frozen=True)
class Decision:
    """One case for each answer of a condition."""

    condition: Expr
    then: Tree
    other: Tree


Tree = Leaf | Split | Decision


@dataclass(frozen=True)
class Proof:
    """A proof of an equality: its tree, its termination metric in Liquid Haskell's words (or none), and the names of
    the lemmas that it recalls.
    """

    of: Equality
    tree: Tree
    metric: str | None = None
    lemmas: frozenset[str] = frozenset()
