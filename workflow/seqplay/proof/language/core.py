"""The language that theorems are about: first-order equations over data, in which every function is at the top level.

A program is translated into it (``translate``) and printed from it (``printing`` of this module) for Liquid Haskell and
for GHC alike. There is no lambda, no section, no local function, no literal pattern and no string: a function that is
passed on is the name of a top-level function, perhaps applied to its first arguments. A variable of the reflected
library has the prefix ``L.``; the operators of ``BUILTIN`` are the logic's own and stand only before all their
arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from seqplay.haskell.syntax import LitKind, Signature, Type

Held = TypeVar("Held")
"""What patterns are held against: values, or what is known of them."""

LIBRARY = "L."
BUILTIN: Mapping[str, tuple[int, str]] = {
    "*": (7, "l"),
    "+": (6, "l"),
    "-": (6, "l"),
    "==": (4, "n"),
    "/=": (4, "n"),
    "<": (4, "n"),
    "<=": (4, "n"),
    ">": (4, "n"),
    ">=": (4, "n"),
    "&&": (3, "r"),
    "||": (2, "r"),
    "not": (10, "l"),
    "negate": (10, "l"),
}
"""The operators that Liquid Haskell's logic knows, with precedence and associativity."""


# ---------------------------------------------------------------- expressions


@dataclass(frozen=True)
class Expr:
    """An expression."""


@dataclass(frozen=True)
class Var(Expr):
    """A local variable, a function of the program, of the library (``L.map``), or a builtin operator."""

    name: str


@dataclass(frozen=True)
class Con(Expr):
    """A data constructor; ``[]``, ``:``, ``()``, ``(,)`` included."""

    name: str


@dataclass(frozen=True)
class Lit(Expr):
    """An integer, a fraction or a character, as Haskell writes it; integers may be negative."""

    kind: LitKind
    text: str


@dataclass(frozen=True)
class App(Expr):
    """An application to one argument or more; the function is not itself an application."""

    function: Expr
    arguments: tuple[Expr, ...]


@dataclass(frozen=True)
class Let(Expr):
    """``let name = value in body``; not recursive."""

    name: str
    value: Expr
    body: Expr


@dataclass(frozen=True)
class If(Expr):
    """``if condition then … else …``."""

    condition: Expr
    then: Expr
    other: Expr


@dataclass(frozen=True)
class Case(Expr):
    """``case scrutinee of …``."""

    scrutinee: Expr
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True)
class Ann(Expr):
    """``value :: type``: for inference alone, never printed."""

    value: Expr
    type: Type


# ---------------------------------------------------------------- patterns, right-hand sides, functions


@dataclass(frozen=True)
class Pattern:
    """A pattern."""


@dataclass(frozen=True)
class PVar(Pattern):
    """A variable."""

    name: str


@dataclass(frozen=True)
class PWild(Pattern):
    """``_``."""


@dataclass(frozen=True)
class PCon(Pattern):
    """A constructor with its arguments; lists, tuples and unit included."""

    name: str
    arguments: tuple[Pattern, ...] = ()


@dataclass(frozen=True)
class PAs(Pattern):
    """``name@pattern``."""

    name: str
    pattern: Pattern


@dataclass(frozen=True)
class Test:
    """A Boolean guard."""

    condition: Expr


@dataclass(frozen=True)
class Match:
    """A pattern guard: ``pattern <- value``."""

    pattern: Pattern
    value: Expr


Guard = Test | Match


@dataclass(frozen=True)
class Branch:
    """A body behind guards; no guards means unconditional."""

    guards: tuple[Guard, ...]
    body: Expr


@dataclass(frozen=True)
class Binding:
    """``name = value`` over all branches; each sees those before it."""

    name: str
    value: Expr


@dataclass(frozen=True)
class Rhs:
    """Branches under shared bindings; where no guard holds, matching goes on with the next equation."""

    branches: tuple[Branch, ...]
    bindings: tuple[Binding, ...] = ()


@dataclass(frozen=True)
class Alternative:
    """A case alternative."""

    pattern: Pattern
    rhs: Rhs


@dataclass(frozen=True)
class Equation:
    """One equation of a function."""

    patterns: tuple[Pattern, ...]
    rhs: Rhs


@dataclass(frozen=True)
class Function:
    """A top-level function: its equations all have as many patterns.

    ``signature`` is none where only inference can tell; ``metric`` is what Liquid Haskell needs to see that it ends
    (over ``x1``, ``x2``, …), where structure does not tell; ``spec`` replaces the type in Liquid Haskell's annotation.
    """

    name: str
    equations: tuple[Equation, ...]
    signature: Signature | None = None
    metric: str | None = None
    spec: str | None = None
    local: bool = False
    """Lifted out of another function, or written without a signature: its type follows from its uses."""

    @property
    def arity(self) -> int:
        """The number of patterns of each equation."""
        return len(self.equations[0].patterns)


@dataclass(frozen=True)
class DataType:
    """A data type of the program; fields are positional."""

    name: str
    params: tuple[str, ...]
    constructors: tuple[tuple[str, tuple[Type, ...]], ...]
    classes: tuple[str, ...] = field(default=("Eq", "Ord"))
    """What it derives."""


# ---------------------------------------------------------------- building


def apply(function: Expr, *arguments: Expr) -> Expr:
    """Return an application in normal form: never of an application, never to nothing."""
    if not arguments:
        return function
    if isinstance(function, App):
        return App(function.function, function.arguments + arguments)
    return App(function, arguments)


def unconditional(body: Expr) -> Rhs:
    """Return the right-hand side ``= body``."""
    return Rhs((Branch((), body),))


def lib(name: str) -> Var:
    """Return a function of the library."""
    return Var(LIBRARY + name)


def list_of(items: tuple[Expr, ...]) -> Expr:
    """Return a list of expressions."""
    result: Expr = Con("[]")
    for item in reversed(items):
        result = App(Con(":"), (item, result))
    return result


# ---------------------------------------------------------------- walking


def pattern_names(pattern: Pattern) -> Iterator[str]:
    """Yield the names that a pattern binds, from left to right."""
    match pattern:
        case PVar(name):
            yield name
        case PAs(name, inner):
            yield name
            yield from pattern_names(inner)
        case PCon(_, arguments):
            for argument in arguments:
                yield from pattern_names(argument)


def bound(
    pattern: Pattern, value: Held, opened: Callable[[PCon, Held], Sequence[Held] | None]
) -> dict[str, Held] | None:
    """Return what a pattern's names stand for in a value of any kind; none where it does not match.

    ``opened`` gives the fields of a value, none where another constructor made it.
    """
    match pattern:
        case PVar(name):
            return {name: value}
        case PAs(name, inner):
            below = bound(inner, value, opened)
            return None if below is None else {name: value, **below}
        case PCon():
            fields = opened(pattern, value)
            if fields is None:
                return None
            found: dict[str, Held] = {}
            for each, field in zip(pattern.arguments, fields, strict=True):
                below = bound(each, field, opened)
                if below is None:
                    return None
                found.update(below)
            return found
        case PWild():
            return {}
    raise TypeError(f"no such pattern: {pattern}")


def free(item: Expr | Rhs | Equation | Alternative) -> frozenset[str]:
    """Return the free variables, functions and operators included."""
    match item:
        case Var(name):
            return frozenset({name})
        case App(function, arguments):
            return free(function).union(*(free(argument) for argument in arguments))
        case Let(name, value, body):
            return free(value) | (free(body) - {name})
        case If(condition, then, other):
            return free(condition) | free(then) | free(other)
        case Case(scrutinee, alternatives):
            return free(scrutinee).union(*(free(each) for each in alternatives))
        case Ann(value, _):
            return free(value)
        case Alternative(pattern, rhs):
            return free(rhs) - frozenset(pattern_names(pattern))
        case Equation(patterns, rhs):
            return free(rhs) - frozenset(name for each in patterns for name in pattern_names(each))
        case Rhs(branches, bindings):
            result = frozenset[str]().union(*(_free_branch(branch) for branch in branches))
            for binding in reversed(bindings):
                result = free(binding.value) | (result - {binding.name})
            return result
        case _:
            return frozenset()


def _free_branch(branch: Branch) -> frozenset[str]:
    result = free(branch.body)
    for guard in reversed(branch.guards):
        match guard:
            case Test(condition):
                result = free(condition) | result
            case Match(pattern, value):
                result = free(value) | (result - frozenset(pattern_names(pattern)))
    return result


def calls(function: Function) -> frozenset[str]:
    """Return the names that a function's equations use from outside."""
    return frozenset[str]().union(*(free(equation) for equation in function.equations))
