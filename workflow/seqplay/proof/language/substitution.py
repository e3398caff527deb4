"""Free variables replaced, functions renamed: binders that would capture are given primes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from seqplay.proof.language.core import (
    Alternative,
    Ann,
    App,
    Binding,
    Branch,
    Case,
    Equation,
    Expr,
    Function,
    Guard,
    If,
    Let,
    Match,
    PAs,
    Pattern,
    PCon,
    PVar,
    Rhs,
    Test,
    Var,
    apply,
    free,
    pattern_names,
)


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
