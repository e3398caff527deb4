"""The language that theorems are about: first-order equations over data, in which every function is at the top level.

A program is translated into it (``translate``) and printed from it (``printing`` of this module) for Liquid Haskell and
for GHC alike. There is no lambda, no section, no local function, no literal pattern and no string: a function that is
passed on is the name of a top-level function, perhaps applied to its first arguments. A variable of the reflected
library has the prefix ``L.``; the operators of ``BUILTIN`` are the logic's own and stand only before all their
arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from seqplay.haskell.printing import is_symbolic, prefix_name, signature_text, type_text
from seqplay.haskell.syntax import Constraint, LitKind, Signature, Type

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


class Substitution:
    """Replaces free variables; binders that would capture are renamed with primes."""

    def __init__(self, values: Mapping[str, Expr]) -> None:
        self.values = dict(values)

    def _without(self, names: list[str]) -> tuple[Substitution, dict[str, str]]:
        """Return the substitution below binders, and how the binders must be renamed."""
        kept = {name: value for name, value in self.values.items() if name not in names}
        taken = frozenset[str]().union(*(free(value) for value in kept.values()))
        renamed: dict[str, str] = {}
        for name in names:
            new = name
            while new in taken or (new != name and new in names):
                new += "'"
            if new != name:
                renamed[name] = new
                kept[name] = Var(new)
        return Substitution(kept), renamed

    def expr(self, item: Expr) -> Expr:
        """Return an expression with the replacements made."""
        match item:
            case Var(name):
                return self.values.get(name, item)
            case App(function, arguments):
                return apply(self.expr(function), *(self.expr(argument) for argument in arguments))
            case Let(name, value, body):
                inner, renamed = self._without([name])
                return Let(renamed.get(name, name), self.expr(value), inner.expr(body))
            case If(condition, then, other):
                return If(self.expr(condition), self.expr(then), self.expr(other))
            case Case(scrutinee, alternatives):
                return Case(self.expr(scrutinee), tuple(self.alternative(each) for each in alternatives))
            case Ann(value, type_):
                return Ann(self.expr(value), type_)
            case _:
                return item

    def alternative(self, item: Alternative) -> Alternative:
        """Return a case alternative with the replacements made."""
        inner, renamed = self._without(list(pattern_names(item.pattern)))
        return Alternative(rename_pattern(item.pattern, renamed), inner.rhs(item.rhs))

    def equation(self, item: Equation) -> Equation:
        """Return an equation with the replacements made."""
        inner, renamed = self._without([name for each in item.patterns for name in pattern_names(each)])
        return Equation(tuple(rename_pattern(each, renamed) for each in item.patterns), inner.rhs(item.rhs))

    def rhs(self, item: Rhs) -> Rhs:
        """Return a right-hand side with the replacements made."""
        current, bindings = self, []
        for binding in item.bindings:
            value = current.expr(binding.value)
            current, renamed = current._without([binding.name])
            bindings.append(Binding(renamed.get(binding.name, binding.name), value))
        return Rhs(tuple(current._branch(branch) for branch in item.branches), tuple(bindings))

    def _branch(self, item: Branch) -> Branch:
        current: Substitution = self
        guards: list[Guard] = []
        for guard in item.guards:
            match guard:
                case Test(condition):
                    guards.append(Test(current.expr(condition)))
                case Match(pattern, value):
                    value = current.expr(value)
                    current, renamed = current._without(list(pattern_names(pattern)))
                    guards.append(Match(rename_pattern(pattern, renamed), value))
        return Branch(tuple(guards), current.expr(item.body))


def rename_pattern(pattern: Pattern, names: Mapping[str, str]) -> Pattern:
    """Return a pattern with its variables renamed."""
    match pattern:
        case PVar(name):
            return PVar(names.get(name, name))
        case PAs(name, inner):
            return PAs(names.get(name, name), rename_pattern(inner, names))
        case PCon(name, arguments):
            return PCon(name, tuple(rename_pattern(argument, names) for argument in arguments))
        case _:
            return pattern


def substitute(item: Expr, values: Mapping[str, Expr]) -> Expr:
    """Return an expression with free variables replaced, without capture."""
    return Substitution(values).expr(item)


def rename_function(function: Function, values: Mapping[str, Expr]) -> Function:
    """Return a function with free names of its equations replaced, without capture."""
    change = Substitution(values)
    return replace(function, equations=tuple(change.equation(equation) for equation in function.equations))


# ---------------------------------------------------------------- printing


@dataclass(frozen=True)
class Printer:
    """Prints core as Haskell; ``own`` are the names that the program itself defines, which library names yield to."""

    own: frozenset[str] = frozenset()

    def name(self, name: str) -> str:
        """Return a variable as it stands before its arguments."""
        if name.startswith(LIBRARY):
            bare = name.removeprefix(LIBRARY)
            return f"lib_{bare}" if bare in self.own else bare
        return prefix_name(name)

    def expr(self, item: Expr, level: int = 0) -> str:
        """Return an expression; ``level`` is the precedence that surrounds it, 11 for an argument."""
        match item:
            case Var(name):
                return self.name(name)
            case Con(name):
                return prefix_name(name)
            case Lit(_, text):
                return f"({text})" if text.startswith("-") and level else text
            case Ann(value, _):
                return self.expr(value, level)
            case App(Var(name), (left, right)) if name in BUILTIN and is_symbolic(name):
                return self._infix(name, BUILTIN[name], (left, right), level)
            case App(Con(":"), (left, right)):
                return self._infix(":", (5, "r"), (left, right), level)
            case App(Con(name), items) if name.startswith("(,") and len(items) == len(name) - 1:
                return "(" + ", ".join(self.expr(each) for each in items) + ")"
            case App(function, arguments):
                text = " ".join([self.expr(function, 10), *(self.expr(argument, 11) for argument in arguments)])
                return f"({text})" if level > 10 else text
            case Let(name, value, body):
                return self._wrap(f"let {{ {name} = {self.expr(value)} }} in {self.expr(body)}", level)
            case If(condition, then, other):
                shown = [self.expr(each) for each in (condition, then, other)]
                return self._wrap(f"if {shown[0]} then {shown[1]} else {shown[2]}", level)
            case Case(scrutinee, alternatives):
                shown = [self.pattern(each.pattern) + self.rhs(each.rhs, "->") for each in alternatives]
                return self._wrap(f"case {self.expr(scrutinee)} of {{ {'; '.join(shown)} }}", level)
            case _:
                raise TypeError(item)

    def _wrap(self, text: str, level: int) -> str:
        return f"({text})" if level else text

    def _infix(self, name: str, fix: tuple[int, str], sides: tuple[Expr, Expr], level: int) -> str:
        precedence, side = fix
        left = self.expr(sides[0], precedence if side == "l" else precedence + 1)
        right = self.expr(sides[1], precedence if side == "r" else precedence + 1)
        return f"({left} {name} {right})" if level > precedence else f"{left} {name} {right}"

    def pattern(self, item: Pattern, level: int = 0) -> str:
        """Return a pattern; ``level`` 1 is an argument."""
        match item:
            case PVar(name):
                return name
            case PWild():
                return "_"
            case PAs(name, inner):
                return f"{name}@{self.pattern(inner, 1)}"
            case PCon(":", (head, tail)):
                return f"({self.pattern(head, 1)} : {self.pattern(tail, 1)})"
            case PCon(name, arguments) if name.startswith("(,"):
                return "(" + ", ".join(self.pattern(argument) for argument in arguments) + ")"
            case PCon(name, arguments):
                text = " ".join([prefix_name(name), *(self.pattern(argument, 1) for argument in arguments)])
                return f"({text})" if arguments and level else text
            case _:
                raise TypeError(item)

    def guard(self, item: Guard) -> str:
        """Return a guard."""
        match item:
            case Test(condition):
                return self.expr(condition)
            case Match(pattern, value):
                return f"{self.pattern(pattern)} <- {self.expr(value)}"

    def rhs(self, item: Rhs, arrow: str) -> str:
        """Return what follows the patterns, from the space on, on one line."""
        text = ""
        for branch in item.branches:
            guards = ", ".join(self.guard(guard) for guard in branch.guards)
            guards = guards or ("otherwise" if len(item.branches) > 1 else "")
            text += f" | {guards} {arrow} {self.expr(branch.body)}" if guards else f" {arrow} {self.expr(branch.body)}"
        if item.bindings:
            shown = "; ".join(f"{binding.name} = {self.expr(binding.value)}" for binding in item.bindings)
            text += f" where {{ {shown} }}"
        return text

    def equation(self, name: str, item: Equation) -> str:
        """Return one equation on one line."""
        left = " ".join([self.name(name), *(self.pattern(each, 1) for each in item.patterns)])
        return left + self.rhs(item.rhs, "=")

    def function(self, item: Function) -> str:
        """Return a function: its signature, where it has one, and its equations."""
        lines = [self.equation(item.name, equation) for equation in item.equations]
        if item.signature is not None:
            lines.insert(0, signature_text(replace(item.signature, names=(self.name(item.name),))))
        return "\n".join(lines)


def show_data(item: DataType) -> str:
    """Return the declaration of a data type."""
    made = " | ".join(
        " ".join([prefix_name(name), *(type_text(each, 2) for each in fields)]) for name, fields in item.constructors
    )
    head = " ".join([item.name, *item.params])
    return f"data {head} = {made}" + (f" deriving ({', '.join(item.classes)})" if item.classes else "")


def constraints_on(constraints: tuple[Constraint, ...], names: frozenset[str]) -> tuple[Constraint, ...]:
    """Return the constraints whose type is one of the named variables."""
    return tuple(each for each in constraints if getattr(each.type, "name", None) in names)
