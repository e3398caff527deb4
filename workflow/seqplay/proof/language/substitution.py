"""Free variables replaced, functions renamed: binders that would capture are given primes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from seqplay.proof.language import core


class Substitution:
    """Replaces free variables; binders that would capture are renamed with primes."""

    def __init__(self, values: Mapping[str, core.Expr]) -> None:
        self.values = dict(values)

    def _without(self, names: list[str]) -> tuple[Substitution, dict[str, str]]:
        """Return the substitution below binders, and how the binders must be renamed."""
        kept = {name: value for name, value in self.values.items() if name not in names}
        taken = frozenset[str]().union(*(core.free(value) for value in kept.values()))
        renamed: dict[str, str] = {}
        for name in names:
            new = name
            while new in taken or (new != name and new in names):
                new += "'"
            if new != name:
                renamed[name] = new
                kept[name] = core.Var(new)
        return Substitution(kept), renamed

    def expr(self, item: core.Expr) -> core.Expr:
        """Return an expression with the replacements made."""
        match item:
            case core.Var(name):
                return self.values.get(name, item)
            case core.App(function, arguments):
                return core.apply(self.expr(function), *(self.expr(argument) for argument in arguments))
            case core.Let(name, value, body):
                inner, renamed = self._without([name])
                return core.Let(renamed.get(name, name), self.expr(value), inner.expr(body))
            case core.If(condition, then, other):
                return core.If(self.expr(condition), self.expr(then), self.expr(other))
            case core.Case(scrutinee, alternatives):
                return core.Case(self.expr(scrutinee), tuple(self.alternative(each) for each in alternatives))
            case core.Ann(value, type_):
                return core.Ann(self.expr(value), type_)
            case _:
                return item

    def alternative(self, item: core.Alternative) -> core.Alternative:
        """Return a case alternative with the replacements made."""
        inner, renamed = self._without(list(core.pattern_names(item.pattern)))
        return core.Alternative(rename_pattern(item.pattern, renamed), inner.rhs(item.rhs))

    def equation(self, item: core.Equation) -> core.Equation:
        """Return an equation with the replacements made."""
        inner, renamed = self._without([name for each in item.patterns for name in core.pattern_names(each)])
        return core.Equation(tuple(rename_pattern(each, renamed) for each in item.patterns), inner.rhs(item.rhs))

    def rhs(self, item: core.Rhs) -> core.Rhs:
        """Return a right-hand side with the replacements made."""
        current, bindings = self, []
        for binding in item.bindings:
            value = current.expr(binding.value)
            current, renamed = current._without([binding.name])
            bindings.append(core.Binding(renamed.get(binding.name, binding.name), value))
        return core.Rhs(tuple(current._branch(branch) for branch in item.branches), tuple(bindings))

    def _branch(self, item: core.Branch) -> core.Branch:
        current: Substitution = self
        guards: list[core.Guard] = []
        for guard in item.guards:
            match guard:
                case core.Test(condition):
                    guards.append(core.Test(current.expr(condition)))
                case core.Match(pattern, value):
                    value = current.expr(value)
                    current, renamed = current._without(list(core.pattern_names(pattern)))
                    guards.append(core.Match(rename_pattern(pattern, renamed), value))
        return core.Branch(tuple(guards), current.expr(item.body))


def rename_pattern(pattern: core.Pattern, names: Mapping[str, str]) -> core.Pattern:
    """Return a pattern with its variables renamed."""
    match pattern:
        case core.PVar(name):
            return core.PVar(names.get(name, name))
        case core.PAs(name, inner):
            return core.PAs(names.get(name, name), rename_pattern(inner, names))
        case core.PCon(name, arguments):
            return core.PCon(name, tuple(rename_pattern(argument, names) for argument in arguments))
        case _:
            return pattern


def substitute(item: core.Expr, values: Mapping[str, core.Expr]) -> core.Expr:
    """Return an expression with free variables replaced, without capture."""
    return Substitution(values).expr(item)


def rename_function(function: core.Function, values: Mapping[str, core.Expr]) -> core.Function:
    """Return a function with free names of its equations replaced, without capture."""
    change = Substitution(values)
    return replace(function, equations=tuple(change.equation(equation) for equation in function.equations))
