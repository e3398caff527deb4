"""The calls that two programs make, in general form, and what happens around their recursive calls.

A shape is a call of a recursive function in which functions that are passed stay as they are and all else is a
variable. Unfolding it shows its contexts: what is done to an argument on the way down (``acc + □``) and to the result
on the way up (``x + □``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from seqplay.haskell.analysis.unification import Meta
from seqplay.haskell.syntax import TyCon, Type
from seqplay.proof.language.core import App, Con, Expr, Var, apply, free
from seqplay.proof.language.substitution import substitute
from seqplay.proof.language.terms import match_term, outer_subterms, replaced, spine
from seqplay.proof.tactics.goal import Equality, World
from seqplay.proof.tactics.induction import End, Induction, Style
from seqplay.proof.tactics.marks import Recursive, strip
from seqplay.proof.tactics.typing import IllTyped, Typing, known

HOLE = "hole"


@dataclass(frozen=True)
class Shape:
    """A call with variables."""

    call: Expr
    variables: tuple[tuple[str, Type], ...]
    """Its variables with their types, by name; a function that is passed on is none of them."""
    type: Type
    """The type of the call, which is no function."""
    context: tuple[tuple[str, str], ...] = ()
    """Class constraints on type variables: class and variable."""

    @property
    def head(self) -> str:
        """The function's name; empty where the call makes a value (a tuple, say)."""
        function = spine(self.call)[0]
        return function.name if isinstance(function, Var) else ""

    @property
    def is_flat(self) -> bool:
        """Whether no argument is a call with variables."""
        names = {name for name, _ in self.variables}
        return not any(isinstance(a, App) and free(a) & names for a in spine(self.call)[1])


@dataclass(frozen=True)
class Context:
    """What a function does around its own recursive call: a term with one hole."""

    term: Expr
    """The hole is the variable ``HOLE``, and stands there once."""
    type: Type
    """The type of the hole, and of the whole."""
    variables: tuple[tuple[str, Type], ...]
    """The variables besides the hole, ``c1``, ``c2`` …, with their types."""
    of: str
    """The variable whose place the hole takes in a recursive call; empty: around the result."""
    shape: Shape

    def around(self, inner: Expr) -> Expr:
        """Return the term with the hole filled."""
        return substitute(self.term, {HOLE: inner})


def shapes_of(world: World, typing: Typing, calls: Iterable[Expr], kinds: Mapping[str, Type]) -> list[Shape]:
    """Return the shapes of calls, each once; ``kinds`` are the types of the calls' variables, as far as known."""
    found: dict[Expr, Shape] = {}
    for call in calls:
        for general, values in _generalised(world, call):
            shape = _typed(typing, general, values, kinds)
            if shape is not None:
                found.setdefault(shape.call, shape)
    return list(found.values())


def _generalised(world: World, call: Expr) -> Iterator[tuple[Expr, dict[str, Expr]]]:
    """Yield the call with variables for its arguments, and with calls kept one level deep where there are any; with
    what the variables stand for.
    """
    head, arguments = spine(call)
    flat: Expr | None = None
    for nested in (False, True):
        values: dict[str, Expr] = {}
        parts = [_abstract(world, argument, f"x{i}", values, nested) for i, argument in enumerate(arguments, 1)]
        general = apply(head, *parts)
        if general != flat:
            yield general, values
        flat = general


def _abstract(world: World, argument: Expr, name: str, values: dict[str, Expr], nested: bool) -> Expr:
    head, inner = spine(argument)
    if isinstance(head, Var) and head.name in world.functions:
        partial = len(inner) < world.functions[head.name].arity
        if partial or (nested and head.name in world.groups):
            return apply(head, *(_abstract(world, a, f"{name}{i}", values, False) for i, a in enumerate(inner, 1)))
    values[name] = argument
    return Var(name)


def _typed(typing: Typing, general: Expr, values: Mapping[str, Expr], kinds: Mapping[str, Type]) -> Shape | None:
    locals_ = {each for value in values.values() for each in free(value) if each not in typing.schemes}
    scope = {each: known(kinds[each]) if each in kinds else Meta() for each in locals_}
    try:
        fixed = {name: typing.infer(value, scope) for name, value in values.items()}
        types, context, kind = typing.equality(general, general, sorted(values), fixed)
    except IllTyped:
        return None
    if isinstance(kind, TyCon) and kind.name == "->":
        return None
    return Shape(general, tuple((name, types[name]) for name in sorted(values)), kind, context)


def contexts_of(world: World, typing: Typing, shape: Shape) -> list[Context]:
    """Return what a shape does around its own recursive calls."""
    goal = Equality("", shape.variables, shape.call, Con("()"))
    names = [name for name, _ in shape.variables]
    found: dict[tuple[Expr, str], Context] = {}
    ends: list[End] = []
    for style in (Style(), Style(conditions=False, opaque=True)):
        exploration = Induction(world, goal, [], style)
        exploration.proof()
        ends += exploration.ends
    for end in ends:
        for term in dict.fromkeys(outer_subterms(end.left)):
            values: dict[str, Expr] = {}
            if not isinstance(spine(term)[0], Recursive) or not match_term(shape.call, strip(term), names, values):
                continue
            places = [(name, strip(values[name]), end.current[name]) for name in names if name in values]
            places.append(("", strip(end.left), strip(term)))
            for name, whole, part in places:
                context = _context(typing, shape, name, whole, part)
                if context is not None:
                    found.setdefault((context.term, name), context)
    return list(found.values())


def _context(typing: Typing, shape: Shape, name: str, whole: Expr, part: Expr) -> Context | None:
    if whole == part or sum(1 for each in outer_subterms(whole) if each == part) != 1:
        return None
    term = replaced(whole, part, Var(HOLE))
    others = [each for each in sorted(free(term)) if each != HOLE and _is_local(each, typing)]
    names = {each: f"c{i}" for i, each in enumerate(others, 1)}
    term = substitute(term, {old: Var(new) for old, new in names.items()})
    expected = shape.type if not name else dict(shape.variables)[name]
    try:
        types, _, kind = typing.equality(term, Var(HOLE), [HOLE, *names.values()], {HOLE: known(expected)})
    except IllTyped:
        return None
    return Context(term, kind, tuple((each, types[each]) for each in names.values()), name, shape)


def _is_local(name: str, typing: Typing) -> bool:
    return name not in typing.schemes
