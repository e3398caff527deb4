"""Types of terms of the core language: Hindley and Milner's inference, without generalisation of local names.

What a program's inference (``infer``) and the typing of lemmas (``tactics/typing``) have in common: how a type follows
from the parts of a term. Where they differ, what a name of the program means, is a method to override.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.unification import (
    BOOL,
    CHAR,
    DOUBLE,
    INTEGER,
    Meta,
    Ty,
    arrow,
    is_function,
    prune,
    tuple_of,
    unify,
)
from seqplay.proof.inference.conversion import read
from seqplay.proof.inference.schemes import Scheme
from seqplay.proof.language import core
from seqplay.proof.language.refusal import Refusal, Refused
from seqplay.proof.language.substitution import Substitution, substitute

Later = Callable[[], core.Expr]
"""What rebuilds a term once all types are known: which function an overloaded name is depends on types that uses
further on decide.
"""
_DEFAULTS = {
    **dict.fromkeys(("Num", "Integral", "Real", "Enum"), INTEGER),
    **dict.fromkeys(("Fractional", "Floating"), DOUBLE),
}


@dataclass
class Wanted:
    """A class that a type must belong to: the function in which it came up, the name that asks for it."""

    name: str
    type: Ty
    where: str
    what: str
    waived: bool = False
    """The operation was replaced by one that needs no class."""


class Instance(NamedTuple):
    """A named function's type at new unknowns, the unknown for each variable of its scheme, the classes it asks for."""

    type: Ty
    unknown: Callable[[str], Ty]
    wanted: list[Wanted]


class Terms:
    """Infers the types of terms over functions and constructors whose types are known.

    Raises ``Mismatch`` where a term has no type, and ``Refused`` for a name that has none. The environment of a term
    holds its local names alone, each of one type wherever it is used: the language has no polymorphic local function
    that inference would have to generalise.
    """

    def __init__(self, schemes: Mapping[str, Scheme], constructors: Mapping[str, Scheme]) -> None:
        self.schemes = dict(schemes)
        self.constructors = dict(constructors)
        self.wanted: list[Wanted] = []
        """The classes asked for so far, in the order of the terms; none is solved here."""
        self.where = ""
        """The function whose terms are looked at."""

    def default(self) -> None:
        """Decide the numbers whose type nothing else decides, as GHC does."""
        for wanted in self.wanted:
            type_ = prune(wanted.type)
            if isinstance(type_, Meta) and wanted.name in _DEFAULTS:
                type_.link = _DEFAULTS[wanted.name]

    # ------------------------------------------------------------ patterns, right-hand sides

    def pattern(self, pattern: core.Pattern, env: dict[str, Ty]) -> Ty:
        """Return the type of a pattern, and put its names into ``env``."""
        match pattern:
            case core.PVar(name):
                env[name] = Meta()
                return env[name]
            case core.PAs(name, inner):
                env[name] = self.pattern(inner, env)
                return env[name]
            case core.PCon(name, arguments):
                result = Meta()
                unify(self.constructor(name), function_type([self.pattern(each, env) for each in arguments], result))
                return result
            case _:
                return Meta()

    def rhs(self, rhs: core.Rhs, outer: Mapping[str, Ty], result: Ty) -> Callable[[], core.Rhs]:
        """Infer a right-hand side of a type, and return how to rebuild it.

        The logic has no local functions: where a binding turns out to be one, the rebuilt term has it in its uses.
        """
        env = dict(outer)
        bindings: list[tuple[str, Ty, Later]] = []
        for binding in rhs.bindings:
            type_, value = self.expr(binding.value, env)
            env[binding.name] = type_
            bindings.append((binding.name, type_, value))
        branches = [self._branch(branch, env, result) for branch in rhs.branches]

        def rebuild() -> core.Rhs:
            made = core.Rhs(tuple(branch() for branch in branches))
            for name, type_, value in reversed(bindings):
                if is_function(type_):
                    made = Substitution({name: value()}).rhs(made)
                else:
                    made = core.Rhs(made.branches, (core.Binding(name, value()), *made.bindings))
            return made

        return rebuild

    def _branch(self, branch: core.Branch, outer: Mapping[str, Ty], result: Ty) -> Callable[[], core.Branch]:
        env = dict(outer)
        guards: list[Callable[[], core.Guard]] = []
        for guard in branch.guards:
            match guard:
                case core.Test(condition):
                    type_, value = self.expr(condition, env)
                    unify(type_, BOOL)
                    guards.append(lambda value=value: core.Test(value()))  # type: ignore[misc]
                case core.Match(pattern, matched):
                    type_, value = self.expr(matched, env)
                    unify(type_, self.pattern(pattern, env))
                    guards.append(lambda value=value, pattern=pattern: core.Match(pattern, value()))  # type: ignore[misc]
        type_, body = self.expr(branch.body, env)
        unify(type_, result)
        return lambda: core.Branch(tuple(guard() for guard in guards), body())

    # ------------------------------------------------------------ expressions

    def expr(self, item: core.Expr, env: Mapping[str, Ty]) -> tuple[Ty, Later]:
        """Return the type of an expression, and how to rebuild it once all types are known."""
        match item:
            case core.Var(name):
                return (env[name], lambda: item) if name in env else self.named(item)
            case core.Con(name):
                return self.constructor(name), lambda: item
            case core.Lit():
                return self._literal(item)
            case core.App(function, arguments):
                return self._application(function, arguments, env)
            case core.Let(name, value, body):
                return self._let(name, value, body, env)
            case core.If(condition, then, other):
                parts = [self.expr(each, env) for each in (condition, then, other)]
                unify(parts[0][0], BOOL)
                unify(parts[1][0], parts[2][0])
                return parts[1][0], lambda: core.If(*(part[1]() for part in parts))
            case core.Case(scrutinee, alternatives):
                return self._case(scrutinee, alternatives, env)
            case core.Ann(value, type_):
                annotated, later = self.expr(value, env)
                unify(annotated, read(type_, unknowns()))
                return annotated, later
            case _:
                raise TypeError(item)

    def _literal(self, item: core.Lit) -> tuple[Ty, Later]:
        if item.kind is hs.LitKind.CHAR:
            return CHAR, lambda: item
        if item.kind is hs.LitKind.FLOAT:
            return DOUBLE, lambda: item
        number = Meta()
        wanted = Wanted("Num", number, self.where, "a number")
        self.wanted.append(wanted)

        def rebuild() -> core.Expr:
            if prune(number) != DOUBLE:
                return item
            wanted.waived = True
            if item.text.startswith("-"):
                return core.App(core.lib("doubleNegate"), (core.Lit(hs.LitKind.FLOAT, item.text[1:] + ".0"),))
            return core.Lit(hs.LitKind.FLOAT, item.text + ".0")

        return number, rebuild

    def _application(
        self, function: core.Expr, arguments: tuple[core.Expr, ...], env: Mapping[str, Ty]
    ) -> tuple[Ty, Later]:
        type_, head = self.expr(function, env)
        later: list[Later] = []
        for argument in arguments:
            part, value = self.expr(argument, env)
            result = Meta()
            unify(type_, arrow(part, result))
            type_ = result
            later.append(value)
        return type_, lambda: core.apply(head(), *(value() for value in later))

    def _let(self, name: str, value: core.Expr, body: core.Expr, env: Mapping[str, Ty]) -> tuple[Ty, Later]:
        type_, made = self.expr(value, env)
        result, inner = self.expr(body, {**env, name: type_})

        def rebuild() -> core.Expr:
            if is_function(type_):
                return substitute(inner(), {name: made()})
            return core.Let(name, made(), inner())

        return result, rebuild

    def _case(
        self, scrutinee: core.Expr, alternatives: Sequence[core.Alternative], env: Mapping[str, Ty]
    ) -> tuple[Ty, Later]:
        type_, value = self.expr(scrutinee, env)
        result = Meta()
        later = []
        for alternative in alternatives:
            inner = dict(env)
            unify(type_, self.pattern(alternative.pattern, inner))
            later.append((alternative.pattern, self.rhs(alternative.rhs, inner, result)))
        return result, lambda: core.Case(value(), tuple(core.Alternative(pattern, rhs()) for pattern, rhs in later))

    # ------------------------------------------------------------ names

    def constructor(self, name: str) -> Ty:
        """Return a constructor's type at new unknowns."""
        if name.startswith("(,"):
            parts = [Meta() for _ in range(len(name) - 1)]
            return function_type(parts, tuple_of(parts))
        if name not in self.constructors:
            raise Refused(Refusal.DATA, f"the constructor {name} belongs to no plain data type")
        return read(self.constructors[name].type, unknowns())

    def named(self, item: core.Var) -> tuple[Ty, Later]:
        """Return the type of a name that is not local, and how to rebuild it."""
        return self.instance(item.name).type, lambda: item

    def instance(self, name: str) -> Instance:
        """Return a function's type at new unknowns, and ask for its classes."""
        if name not in self.schemes:
            raise Refused(Refusal.UNMODELLED, f"the reflected Prelude has no {name.removeprefix(core.LIBRARY)}")
        scheme, unknown = self.schemes[name], unknowns()
        type_ = read(scheme.type, unknown)
        asked = [Wanted(each.name, read(each.type, unknown), self.where, name) for each in scheme.constraints]
        self.wanted += asked
        return Instance(type_, unknown, asked)


def unknowns() -> Callable[[str], Ty]:
    """Return what gives each variable of a scheme its own unknown type."""
    made: dict[str, Ty] = {}
    return lambda name: made.setdefault(name, Meta())


def function_type(arguments: Sequence[Ty], result: Ty) -> Ty:
    """Return the type of functions of these arguments."""
    for argument in reversed(arguments):
        result = arrow(argument, result)
    return result


def constructor_schemes(data: Iterable[core.DataType]) -> dict[str, Scheme]:
    """Return the types of a program's constructors."""
    made: dict[str, Scheme] = {}
    for each in data:
        whole = hs.TyCon(each.name, tuple(hs.TyVar(param) for param in each.params))
        for name, fields in each.constructors:
            type_: hs.Type = whole
            for field in reversed(fields):
                type_ = hs.TyCon("->", (field, type_))
            made[name] = Scheme(type_)
    return made
