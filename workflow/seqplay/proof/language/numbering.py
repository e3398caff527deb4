"""Functions up to the names of their variables: each is a number, in the order in which they are bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seqplay.proof.language import core
from seqplay.proof.language.substitution import Substitution, rename_pattern, substitute


def numbered(function: core.Function) -> tuple[core.Equation, ...]:
    """Return a function's equations with numbered variables, without what is for inference alone."""
    return tuple(_Numbered().equation(equation) for equation in function.equations)


class _Numbered:
    """Renames the variables of an equation to numbers, in the order in which they are bound."""

    def __init__(self) -> None:
        self.count = 0

    def fresh(self, names: Sequence[str]) -> dict[str, str]:
        """Return numbers for names."""
        made = {}
        for name in names:
            self.count += 1
            made[name] = f"#{self.count}"
        return made

    def equation(self, equation: core.Equation) -> core.Equation:
        """Return an equation with numbered variables."""
        names = self.fresh([name for each in equation.patterns for name in core.pattern_names(each)])
        patterns = tuple(rename_pattern(each, names) for each in equation.patterns)
        return core.Equation(patterns, self.rhs(Substitution(_variables(names)).rhs(equation.rhs)))

    def rhs(self, rhs: core.Rhs) -> core.Rhs:
        """Return a right-hand side with numbered variables."""
        bindings: list[core.Binding] = []
        rest = rhs
        while rest.bindings:
            first, *others = rest.bindings
            names = self.fresh([first.name])
            bindings.append(core.Binding(names[first.name], self.expr(first.value)))
            rest = Substitution(_variables(names)).rhs(core.Rhs(rest.branches, tuple(others)))
        return core.Rhs(tuple(self._branch(branch) for branch in rest.branches), tuple(bindings))

    def _branch(self, branch: core.Branch) -> core.Branch:
        values: dict[str, core.Expr] = {}
        guards: list[core.Guard] = []
        for guard in branch.guards:
            change = Substitution(values)
            match guard:
                case core.Test(condition):
                    guards.append(core.Test(self.expr(change.expr(condition))))
                case core.Match(pattern, value):
                    shown = self.expr(change.expr(value))
                    names = self.fresh(list(core.pattern_names(pattern)))
                    values |= _variables(names)
                    guards.append(core.Match(rename_pattern(pattern, names), shown))
        return core.Branch(tuple(guards), self.expr(Substitution(values).expr(branch.body)))

    def expr(self, item: core.Expr) -> core.Expr:
        """Return an expression with numbered variables."""
        match item:
            case core.App(function, arguments):
                return core.App(self.expr(function), tuple(self.expr(each) for each in arguments))
            case core.Let(name, value, body):
                names = self.fresh([name])
                return core.Let(names[name], self.expr(value), self.expr(substitute(body, _variables(names))))
            case core.If(condition, then, other):
                return core.If(self.expr(condition), self.expr(then), self.expr(other))
            case core.Case(scrutinee, alternatives):
                return core.Case(self.expr(scrutinee), tuple(self._alternative(each) for each in alternatives))
            case core.Ann(value, _):
                return self.expr(value)
            case _:
                return item

    def _alternative(self, item: core.Alternative) -> core.Alternative:
        names = self.fresh(list(core.pattern_names(item.pattern)))
        rhs = Substitution(_variables(names)).rhs(item.rhs)
        return core.Alternative(rename_pattern(item.pattern, names), self.rhs(rhs))


def _variables(names: Mapping[str, str]) -> dict[str, core.Expr]:
    return {old: core.Var(new) for old, new in names.items()}
