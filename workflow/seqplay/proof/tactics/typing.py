"""Types of a lemma's variables: Hindley and Milner's inference over the core language.

A type variable of a signature is rigid; one that inference makes begins with ``?``. Numeric classes are not solved but
carried along as constraints, and a number that nothing fixes is an ``Integer``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count

from seqplay.haskell.syntax import LitKind, TyCon, Type, TyVar
from seqplay.proof.language.core import (
    Alternative,
    Ann,
    App,
    Case,
    Con,
    Equation,
    Expr,
    Function,
    If,
    Let,
    Lit,
    PAs,
    Pattern,
    PCon,
    PVar,
    Rhs,
    Test,
    Var,
    calls,
)
from seqplay.proof.tactics.goal import World

INT, INTEGER, BOOL, CHAR = TyCon("Int"), TyCon("Integer"), TyCon("Bool"), TyCon("Char")
_NUMERIC = frozenset({"Num", "Integral", "Real", "Enum"})


class IllTyped(Exception):
    """The term has no type."""


@dataclass(frozen=True)
class Scheme:
    """A type whose variables ``names`` stand for any type, under constraints: class and variable."""

    type: Type
    names: frozenset[str] = frozenset()
    constraints: tuple[tuple[str, str], ...] = ()


def arrow(arguments: Iterable[Type], result: Type) -> Type:
    """Return a function type."""
    for argument in reversed(list(arguments)):
        result = TyCon("->", (argument, result))
    return result


def variables_of(kind: Type) -> set[str]:
    """Return the names of a type's variables."""
    match kind:
        case TyVar(name):
            return {name}
        case TyCon(_, args):
            return set().union(*(variables_of(a) for a in args))
    return set()


_A, _B, _C, _D = (TyVar(name) for name in "abcd")
_LIST = TyCon("[]", (_A,))


def _open(kind: Type, *constraints: str) -> Scheme:
    return Scheme(kind, frozenset(variables_of(kind)), tuple((each, "a") for each in constraints))


_KNOWN: Mapping[str, Scheme] = {
    **{name: _open(arrow([_A, _A], _A), "Num") for name in ("+", "-", "*")},
    **{name: _open(arrow([_A, _A], BOOL), "Ord") for name in ("<", "<=", ">", ">=")},
    **{name: _open(arrow([_A, _A], BOOL), "Eq") for name in ("==", "/=")},
    **{name: _open(arrow([_A, _A], _A), "Integral") for name in ("Prelude.div", "Prelude.mod")},
    "negate": _open(arrow([_A], _A), "Num"),
    "&&": _open(arrow([BOOL, BOOL], BOOL)),
    "||": _open(arrow([BOOL, BOOL], BOOL)),
    "not": _open(arrow([BOOL], BOOL)),
    "True": _open(BOOL),
    "False": _open(BOOL),
    "[]": _open(_LIST),
    ":": _open(arrow([_A, _LIST], _LIST)),
    "()": _open(TyCon("()")),
    "Nothing": _open(TyCon("Maybe", (_A,))),
    "Just": _open(arrow([_A], TyCon("Maybe", (_A,)))),
    "Left": _open(arrow([_A], TyCon("Either", (_A, _B)))),
    "Right": _open(arrow([_B], TyCon("Either", (_A, _B)))),
    "LT": _open(TyCon("Ordering")),
    "EQ": _open(TyCon("Ordering")),
    "GT": _open(TyCon("Ordering")),
    "(,)": _open(arrow([_A, _B], TyCon("(,)", (_A, _B)))),
    "(,,)": _open(arrow([_A, _B, _C], TyCon("(,,)", (_A, _B, _C)))),
    "(,,,)": _open(arrow([_A, _B, _C, _D], TyCon("(,,,)", (_A, _B, _C, _D)))),
}


@dataclass
class Typing:
    """The types of a world's functions and constructors, and the inference of terms over them."""

    schemes: dict[str, Scheme] = field(default_factory=lambda: dict(_KNOWN))
    _bound: dict[str, Type] = field(default_factory=dict)
    _wanted: list[tuple[str, Type]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    @classmethod
    def of(cls, world: World) -> Typing:
        """Return the types of a world; a function that has none is left out."""
        typing = cls()
        for data in world.types.values():
            result = TyCon(data.name, tuple(TyVar(p) for p in data.params))
            for name, fields in data.constructors:
                typing.schemes[name] = Scheme(arrow(fields, result), frozenset(data.params))
        missing: dict[str, Function] = {}
        for name, function in world.functions.items():
            if function.signature is None:
                missing[name] = function
                continue
            held = function.signature
            names = frozenset(variables_of(held.type))
            constraints = tuple((c.name, c.type.name) for c in held.constraints if isinstance(c.type, TyVar))
            typing.schemes[name] = Scheme(held.type, names, constraints)
        typing._infer_missing(world, missing)
        return typing

    # ------------------------------------------------------------ unification

    def fresh(self) -> Type:
        """Return a new unknown type."""
        return TyVar(f"?{next(self._numbers)}")

    def resolve(self, kind: Type) -> Type:
        """Return a type with all that is known about its unknowns."""
        match kind:
            case TyVar(name) if name in self._bound:
                return self.resolve(self._bound[name])
            case TyCon(name, args) if args:
                return TyCon(name, tuple(self.resolve(a) for a in args))
        return kind

    def unify(self, left: Type, right: Type) -> None:
        """Make two types equal; raises ``IllTyped``."""
        left, right = self._shallow(left), self._shallow(right)
        if left == right:
            return
        if isinstance(left, TyVar) and left.name.startswith("?"):
            self._bind(left.name, right)
        elif isinstance(right, TyVar) and right.name.startswith("?"):
            self._bind(right.name, left)
        elif isinstance(left, TyCon) and isinstance(right, TyCon) and left.name == right.name:
            for a, b in zip(left.args, right.args, strict=True):
                self.unify(a, b)
        else:
            raise IllTyped(f"{left} is not {right}")

    def _shallow(self, kind: Type) -> Type:
        while isinstance(kind, TyVar) and kind.name in self._bound:
            kind = self._bound[kind.name]
        return kind

    def _bind(self, name: str, kind: Type) -> None:
        if name in variables_of(self.resolve(kind)):
            raise IllTyped("an infinite type")
        self._bound[name] = kind

    def instance(self, name: str) -> Type:
        """Return a named function's or constructor's type at new unknowns; raises ``IllTyped`` where it has none."""
        scheme = self.schemes.get(name)
        if scheme is None:
            raise IllTyped(f"no type of {name}")
        actual = {each: self.fresh() for each in scheme.names}
        self._wanted.extend((each, actual[v]) for each, v in scheme.constraints if v in actual)
        return _instantiated(scheme.type, actual)

    # ------------------------------------------------------------ terms

    def infer(self, expr: Expr, scope: Mapping[str, Type]) -> Type:
        """Return the type of a term; raises ``IllTyped``."""
        match expr:
            case Var(name):
                return scope[name] if name in scope else self.instance(name)
            case Con(name):
                return self.instance(name)
            case Lit(kind, _):
                return self._literal(kind)
            case App(function, arguments):
                result = self.fresh()
                shape = arrow([self.infer(a, scope) for a in arguments], result)
                self.unify(self.infer(function, scope), shape)
                return result
            case If(condition, then, other):
                self.unify(self.infer(condition, scope), BOOL)
                result = self.infer(then, scope)
                self.unify(result, self.infer(other, scope))
                return result
            case Let(name, value, body):
                return self.infer(body, {**scope, name: self.infer(value, scope)})
            case Case(scrutinee, alternatives):
                subject, result = self.infer(scrutinee, scope), self.fresh()
                for alternative in alternatives:
                    self._alternative(alternative, scope, subject, result)
                return result
            case Ann(value, kind):
                self.unify(self.infer(value, scope), kind)
                return kind
        raise IllTyped(f"no type of {expr}")

    def _literal(self, kind: LitKind) -> Type:
        if kind is LitKind.CHAR:
            return CHAR
        unknown = self.fresh()
        self._wanted.append(("Num" if kind is LitKind.INTEGER else "Fractional", unknown))
        return unknown

    def _alternative(self, each: Alternative, scope: Mapping[str, Type], subject: Type, result: Type) -> None:
        inner = dict(scope)
        self.unify(subject, self._pattern(each.pattern, inner))
        self._rhs(each.rhs, inner, result)

    def _pattern(self, pattern: Pattern, scope: dict[str, Type]) -> Type:
        match pattern:
            case PVar(name):
                return self._bind_name(name, self.fresh(), scope)
            case PAs(name, inner):
                return self._bind_name(name, self._pattern(inner, scope), scope)
            case PCon(name, arguments):
                result = self.fresh()
                self.unify(self.instance(name), arrow([self._pattern(a, scope) for a in arguments], result))
                return result
        return self.fresh()

    def _bind_name(self, name: str, kind: Type, scope: dict[str, Type]) -> Type:
        scope[name] = kind
        return kind

    def _rhs(self, rhs: Rhs, scope: Mapping[str, Type], result: Type) -> None:
        inner = dict(scope)
        for binding in rhs.bindings:
            inner[binding.name] = self.infer(binding.value, inner)
        for branch in rhs.branches:
            local = dict(inner)
            for guard in branch.guards:
                if isinstance(guard, Test):
                    self.unify(self.infer(guard.condition, local), BOOL)
                else:
                    self.unify(self.infer(guard.value, local), self._pattern(guard.pattern, local))
            self.unify(self.infer(branch.body, local), result)

    # ------------------------------------------------------------ functions

    def _infer_missing(self, world: World, missing: Mapping[str, Function]) -> None:
        """Infer the functions without a signature, those that others use first."""
        left = dict(missing)
        while left:
            ready = self._next_group(world, left)
            types = {name: self.fresh() for name in ready}
            for name in ready:
                self.schemes[name] = Scheme(types[name])
            self._wanted.clear()
            try:
                for name in ready:
                    for equation in left[name].equations:
                        self._equation(equation, types[name])
                for name in ready:
                    self.schemes[name] = self._general(types[name])
            except IllTyped:
                for name in ready:
                    del self.schemes[name]
            for name in ready:
                del left[name]

    def _next_group(self, world: World, left: Mapping[str, Function]) -> list[str]:
        for name, function in left.items():
            group = world.groups.get(name, frozenset()) | {name}
            others = set().union(*(calls(left[each]) for each in group if each in left), calls(function))
            if not (others & left.keys()) - group:
                return [each for each in group if each in left]
        return [next(iter(left))]

    def _equation(self, equation: Equation, kind: Type) -> None:
        scope: dict[str, Type] = {}
        result = self.fresh()
        self.unify(kind, arrow([self._pattern(p, scope) for p in equation.patterns], result))
        self._rhs(equation.rhs, scope, result)

    def _general(self, kind: Type) -> Scheme:
        resolved = self.resolve(kind)
        names = frozenset(n for n in variables_of(resolved) if n.startswith("?"))
        constraints = {
            (name, unknown.name)
            for name, each in self._wanted
            if isinstance(unknown := self._shallow(each), TyVar) and unknown.name in names
        }
        return Scheme(resolved, names, tuple(sorted(constraints)))

    # ------------------------------------------------------------ lemmas

    def equality(
        self, left: Expr, right: Expr, names: Iterable[str], fixed: Mapping[str, Type], *, general: bool = False
    ) -> tuple[dict[str, Type], tuple[tuple[str, str], ...], Type]:
        """Return the types of an equality's variables, its constraints, and the type of its sides.

        A number that nothing fixes is an ``Integer``, or of any type with a constraint where ``general`` is set.
        Raises ``IllTyped`` where the sides have no common type.
        """
        self._wanted.clear()
        scope = {name: fixed.get(name) or self.fresh() for name in names}
        kind = self.infer(left, scope)
        self.unify(kind, self.infer(right, scope))
        if not general:
            self._default()
        types = {name: self.resolve(each) for name, each in scope.items()}
        result = self.resolve(kind)
        letters = self._letters([*types.values(), result])
        context = {
            (name, letters.get(unknown.name, unknown.name))
            for name, each in self._wanted
            if isinstance(unknown := self._shallow(each), TyVar)
        }
        shown = {name: _renamed(each, letters) for name, each in types.items()}
        return shown, tuple(sorted(context)), _renamed(result, letters)

    def _default(self) -> None:
        for name, each in self._wanted:
            unknown = self._shallow(each)
            if isinstance(unknown, TyVar) and unknown.name.startswith("?"):
                if name in _NUMERIC:
                    self.unify(unknown, INTEGER)
                elif name == "Fractional":
                    self.unify(unknown, TyCon("Double"))

    def _letters(self, kinds: Iterable[Type]) -> dict[str, str]:
        names = sorted(set().union(*(variables_of(each) for each in kinds)))
        taken = {n for n in names if not n.startswith("?")}
        free = (letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in taken)
        return {n: next(free) for n in names if n.startswith("?")}


def _instantiated(kind: Type, actual: Mapping[str, Type]) -> Type:
    match kind:
        case TyVar(name):
            return actual.get(name, kind)
        case TyCon(name, args) if args:
            return TyCon(name, tuple(_instantiated(a, actual) for a in args))
    return kind


def _renamed(kind: Type, letters: Mapping[str, str]) -> Type:
    return _instantiated(kind, {old: TyVar(new) for old, new in letters.items()})
