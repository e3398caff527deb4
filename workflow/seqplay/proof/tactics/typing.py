"""Types of a lemma's variables, by the inference of programs over the functions of a world.

All signatures in scope share their type variables: ``a`` of the theorem is ``a`` of a lemma about it. Classes are not
solved but carried along as constraints, and a number that nothing fixes is an ``Integer``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seqplay.haskell.analysis.unification import Meta, Mismatch, Rigid, Ty, prune, unify, variables_of
from seqplay.haskell.syntax import Type
from seqplay.proof.inference.conversion import read, write
from seqplay.proof.inference.schemes import BUILTIN, CONSTRUCTORS, Scheme, schemes
from seqplay.proof.inference.terms import Terms, constructor_schemes
from seqplay.proof.language.core import Expr
from seqplay.proof.language.refusal import Refused
from seqplay.proof.tactics.goal import World

_DIVISIONS = dict.fromkeys(("Prelude.div", "Prelude.mod"), "Integral a => a -> a -> a")
"""Base's own, by which the library's are defined."""


class IllTyped(Exception):
    """The term has no type."""


@dataclass(frozen=True)
class Typing:
    """The types of a world's functions and constructors, by name; terms are typed over them."""

    schemes: Mapping[str, Scheme]
    constructors: Mapping[str, Scheme]

    @classmethod
    def of(cls, world: World) -> Typing:
        """Return the types of a world, whose functions all have signatures."""
        known = schemes({**BUILTIN, **_DIVISIONS})
        for name, function in world.functions.items():
            if function.signature is not None:
                known[name] = Scheme(function.signature.type, function.signature.constraints)
        return cls(known, {**schemes(CONSTRUCTORS), **constructor_schemes(world.types.values())})

    def infer(self, expr: Expr, scope: Mapping[str, Ty]) -> Ty:
        """Return the type of a term; raises ``IllTyped``."""
        return _typed(Terms(self.schemes, self.constructors), expr, scope)

    def equality(
        self, left: Expr, right: Expr, names: Iterable[str], fixed: Mapping[str, Ty], *, general: bool = False
    ) -> tuple[dict[str, Type], tuple[tuple[str, str], ...], Type]:
        """Return the types of an equality's variables, its constraints, and the type of its sides.

        A number that nothing fixes is an ``Integer``, or of any type with a constraint where ``general`` is set.
        Raises ``IllTyped`` where the sides have no common type.
        """
        terms = Terms(self.schemes, self.constructors)
        scope = {name: fixed[name] if name in fixed else Meta() for name in names}
        result = _typed(terms, left, scope)
        try:
            unify(result, _typed(terms, right, scope))
        except Mismatch as mismatch:
            raise IllTyped(str(mismatch)) from None
        if not general:
            terms.default()
        asked = [(each.name, type_) for each in terms.wanted if isinstance(type_ := prune(each.type), Meta | Rigid)]
        letters = _letters([*scope.values(), result, *(type_ for _, type_ in asked)])
        unknown = {id(variable): letter for variable, letter in letters.items() if isinstance(variable, Meta)}
        rigid = {variable: letter for variable, letter in letters.items() if isinstance(variable, Rigid)}
        types = {name: write(each, unknown, rigid) for name, each in scope.items()}
        constraints = tuple(sorted({(name, letters[variable]) for name, variable in asked}))
        return types, constraints, write(result, unknown, rigid)


def known(type_: Type) -> Ty:
    """Return a type as it is written, whose variables are those of the signatures in scope."""
    return read(type_, Rigid)


def _typed(terms: Terms, expr: Expr, scope: Mapping[str, Ty]) -> Ty:
    try:
        type_, _ = terms.expr(expr, scope)
    except (Mismatch, Refused) as problem:
        raise IllTyped(str(problem)) from None
    return type_


def _letters(types: Iterable[Ty]) -> dict[Meta | Rigid, str]:
    """Return names for the variables of types: rigid ones keep theirs, the others get letters that are free."""
    variables = list(dict.fromkeys(variable for each in types for variable in variables_of(each)))
    taken = {each.name for each in variables if isinstance(each, Rigid)}
    free = (letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in taken)
    return {each: each.name if isinstance(each, Rigid) else next(free) for each in variables}
