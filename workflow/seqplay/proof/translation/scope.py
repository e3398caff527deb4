"""Where a piece of a program stands while it is translated: what its names mean, and what it makes on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.imports import Resolver
from seqplay.proof.language import core
from seqplay.proof.language.library import NAMES
from seqplay.proof.language.names import Fresh, plain_name
from seqplay.proof.translation.patterns import Reading, Shapes

WRAPPERS: Mapping[str, str] = {
    ":": "cons",
    "(,)": "pair",
    "(,,)": "triple",
    "Just": "just",
    "Left": "left",
    "Right": "right",
}
"""Constructors that the library has as functions."""


@dataclass(frozen=True)
class Scope:
    """The local names of one place."""

    owner: str
    """The top-level function that all this is part of."""
    values: Mapping[str, core.Expr] = field(default_factory=dict)
    """What each local name of the program stands for."""
    locals: tuple[str, ...] = ()
    """The variables that are bound here, outermost first; no two are spelled alike."""

    def with_local(self, name: str, new: str) -> Scope:
        """Return the scope with a variable bound."""
        return replace(self, values={**self.values, name: core.Var(new)}, locals=(*self.locals, new))

    def with_value(self, name: str, value: core.Expr) -> Scope:
        """Return the scope with a name that stands for an expression."""
        return replace(self, values={**self.values, name: value})

    def captured(self, used: frozenset[str]) -> tuple[str, ...]:
        """Return the variables among the used names, outermost first."""
        return tuple(name for name in self.locals if name in used)


@dataclass
class Context:
    """One program while it is translated."""

    own: Mapping[str, str]
    """The program's top-level values, and their names in theorems."""
    arities: Mapping[str, int]
    """How many arguments each of them takes, by the program's name."""
    shapes: Shapes
    resolver: Resolver
    synonyms: Callable[[hs.Type], hs.Type]
    """Expands type synonyms, and refuses types outside the language."""
    fresh: Fresh
    library: Mapping[str, int]
    """The library's functions with their numbers of arguments."""
    partial: frozenset[str]
    """Those that need a condition on an argument."""
    made: dict[str, core.Function] = field(default_factory=dict)
    """Functions that were lifted, by name."""
    wanted: list[str] = field(default_factory=list)
    """Top-level values that were met, in order."""
    methods: frozenset[str] = frozenset()
    """Methods of the program's own classes, which have no translation."""
    hints: dict[str, tuple[int, hs.Type]] = field(default_factory=dict)
    """Local signatures of lifted functions, which hold from an argument on; their variables may stand for any type."""

    def base_arity(self, name: str) -> int:
        """Return how many arguments a function of base takes, as far as the library tells."""
        resolved = self.resolver.value(name)
        return self.library.get(NAMES.get(resolved, resolved), 0)

    def local_name(self, name: str, scope: Scope) -> str:
        """Return what a local variable is called: its own name, with primes where that would hide another."""
        new = plain_name(name)
        taken = {*self.own.values(), *self.library, *scope.locals}
        while new in taken:
            new += "'"
        return new

    def reading(self, scope: Scope, view: Callable[[hs.Expr, Scope], core.Expr]) -> tuple[Reading, list[Scope]]:
        """Return a reader of patterns in a scope, and the scope as it grows (a list of one)."""
        grown = [scope]

        def bind(name: str) -> str:
            new = self.local_name(name, grown[0])
            grown[0] = grown[0].with_local(name, new)
            return new

        def fresh(wanted: str) -> str:
            new = self.fresh.take(wanted)
            grown[0] = replace(grown[0], locals=(*grown[0].locals, new))
            return new

        return Reading(self.shapes, fresh, bind, lambda expr: view(expr, grown[0])), grown

    def lift(self, hint: str, scope: Scope, params: Sequence[str], equations: tuple[core.Equation, ...]) -> core.Expr:
        """Make a top-level function of equations that use local variables, and return what stands for it here.

        ``params`` are the captured variables, which become its first arguments.
        """
        name = self.fresh.take(f"{scope.owner}_{hint}")
        front = tuple(core.PVar(param) for param in params)
        lifted = tuple(core.Equation(front + each.patterns, each.rhs) for each in equations)
        self.made[name] = core.Function(name, lifted, local=True)
        return core.apply(core.Var(name), *(core.Var(param) for param in params))

    def wrapper(self, name: str) -> core.Expr:
        """Return the function that a constructor is."""
        if name in WRAPPERS:
            return core.lib(WRAPPERS[name])
        made = f"make{name}" if name.isalnum() else "make" + plain_name(name)
        if made not in self.made:
            shape = self.shapes.constructors.get(name)
            count = len(shape.fields) if shape else name.count(",") + 1
            params = tuple(f"x{number + 1}" for number in range(count))
            body = core.apply(core.Con(self.shapes.name(name)), *(core.Var(param) for param in params))
            equation = core.Equation(tuple(core.PVar(param) for param in params), core.unconditional(body))
            self.fresh.taken.add(made)
            self.made[made] = core.Function(made, (equation,), local=True)
        return core.Var(made)
