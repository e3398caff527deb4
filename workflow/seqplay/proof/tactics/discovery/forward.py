"""The search forward: lemmas about the functions at hand, by exploring them and by looking at what stays open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seqplay.haskell.syntax import TyCon, Type
from seqplay.proof.language.core import Equation, Function, PCon, PVar, Var, free
from seqplay.proof.tactics.discovery.cases import Case
from seqplay.proof.tactics.discovery.exploration import Exploration, Symbol, symbols_of, used_functions
from seqplay.proof.tactics.discovery.lemmas import Lemmas, generality
from seqplay.proof.tactics.goal import Equality, World

LARGEST = 7
"""The size of the largest terms that are explored."""
TERMS = 4_000
"""Terms of one exploration."""
FEW = 2
"""Open cases of the goal that are looked at."""
FAILED = 6
"""Conjectures of an exploration whose open cases are looked at."""
DEEP = 2
"""How far below the goal the open cases of conjectures suggest more."""


@dataclass
class Forward:
    """Proves lemmas in the order in which conjectures come up, as long as enough work is left."""

    lemmas: Lemmas
    reserve: int = 0
    """Steps that are left to what comes later."""

    def explored(self, symbols: Sequence[Symbol], constructors: int, conjectures: int) -> Iterator[None]:
        """Prove what functions suggest; yields after each size of terms.

        ``constructors`` in one term at most, and so many ``conjectures``.
        """
        lemmas = self.lemmas
        exploration = Exploration(lemmas.world, symbols, lemmas.work, TERMS, constructors)
        for pairs in exploration.run(LARGEST):
            for equality in sorted(lemmas.all_stated(pairs), key=generality):
                if lemmas.work.left < self.reserve:
                    return
                if conjectures > 0 and not lemmas.is_known(equality):
                    conjectures -= 1
                    lemmas.consider(equality)
            lemmas.retry()
            yield
            if conjectures <= 0:
                return

    def opened(self, stuck: Sequence[Case]) -> Iterator[None]:
        """Prove what the open cases of the goal suggest, and what those of such conjectures do; yields after each."""
        lemmas = self.lemmas
        todo = [(case, 0) for case in stuck[:FEW]]
        for equality in sorted(lemmas.failed, key=generality)[:FAILED]:
            if not lemmas.prove(equality):
                todo.extend((case, 1) for case in lemmas.open[:1])
        while todo and lemmas.work.left >= self.reserve:
            case, depth = todo.pop(0)
            for equality in lemmas.suggested(case):
                if lemmas.is_known(equality):
                    continue
                if lemmas.consider(equality):
                    yield
                elif depth < DEEP:
                    todo.extend((each, depth + 1) for each in lemmas.open[:1])
            lemmas.retry()
            yield


def symbols_for(world: World, goal: Equality) -> list[Symbol]:
    """Return the functions that a goal reaches, but for those that only pass their arguments on."""
    sides = (goal.left, goal.right)
    entries = frozenset[str]().union(*(free(side) for side in sides))
    functions = [world.functions[name] for name in used_functions(world, sides)]
    recursive = world.groups.keys()  # of these, evaluation says little, however they are written
    chosen = [f for f in functions if f.name in recursive or not (_forwards(f) or f.name in entries)]
    kinds = [*(kind for _, kind in goal.variables), *(kind for f in chosen for kind in _types(f))]
    return symbols_of(world, [f.name for f in chosen], kinds)


def operators(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Return what makes a value of a type from values of the type alone, for types of which two can be combined."""
    found = [each for each in symbols if all(argument == each.result for argument in each.arguments)]
    combined = {each.result for each in found if len(each.arguments) > 1}
    return [each for each in found if each.result in combined]


def _types(function: Function) -> list[Type]:
    if function.signature is None:
        return []
    found, kind = [], function.signature.type
    while isinstance(kind, TyCon) and kind.name == "->":
        found.append(kind.args[0])
        kind = kind.args[-1]
    return [*found, kind]


def _forwards(function: Function) -> bool:
    """Whether a function only passes its arguments on, or chooses one of them: evaluation says all about it.

    A selector is none of these: of what it selects from, evaluation may say nothing.
    """
    if all(_is_argument(equation) for equation in function.equations):
        return function.arity != 1 or not isinstance(function.equations[0].patterns[0], PCon)
    if len(function.equations) != 1:
        return False
    (equation,) = function.equations
    if not all(isinstance(p, PVar) for p in equation.patterns) or equation.rhs.bindings:
        return False
    (branch, *others) = equation.rhs.branches
    if others or branch.guards:
        return False
    arguments = getattr(branch.body, "arguments", ())
    return all(isinstance(a, Var) for a in arguments)


def _is_argument(equation: Equation) -> bool:
    branches = equation.rhs.branches
    return len(branches) == 1 and not branches[0].guards and isinstance(branches[0].body, Var)
