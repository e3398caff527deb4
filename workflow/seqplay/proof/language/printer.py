"""The language of theorems as Haskell text, for Liquid Haskell and for GHC alike."""

from __future__ import annotations

from dataclasses import dataclass, replace

from seqplay.haskell.syntax import LitKind
from seqplay.haskell.syntax.printing import is_symbolic, prefix_name, signature_text, type_text
from seqplay.proof.language import core


@dataclass(frozen=True)
class Printer:
    """Prints core as Haskell; ``own`` are the names that the program itself defines, which library names yield to."""

    own: frozenset[str] = frozenset()
    converts: bool = False
    """Whether an integer is written as the conversion of an Int, which has the same value at every type."""

    def name(self, name: str) -> str:
        """Return a variable as it stands before its arguments."""
        if name.startswith(core.LIBRARY):
            bare = name.removeprefix(core.LIBRARY)
            return f"lib_{bare}" if bare in self.own else bare
        return prefix_name(name)

    def expr(self, item: core.Expr, level: int = 0) -> str:
        """Return an expression; ``level`` is the precedence that surrounds it, 11 for an argument."""
        match item:
            case core.Var(name):
                return self.name(name)
            case core.Con(name):
                return prefix_name(name)
            case core.Lit(LitKind.INTEGER, text) if self.converts and -(2**63) < int(text) < 2**63:
                return f"(Prelude.fromIntegral ({text} :: Prelude.Int))"
            case core.Lit(_, text):
                return f"({text})" if text.startswith("-") and level else text
            case core.Ann(value, _):
                return self.expr(value, level)
            case core.App(core.Var(name), (left, right)) if name in core.BUILTIN and is_symbolic(name):
                return self._infix(name, core.BUILTIN[name], (left, right), level)
            case core.App(core.Con(":"), (left, right)):
                return self._infix(":", (5, "r"), (left, right), level)
            case core.App(core.Con(name), items) if name.startswith("(,") and len(items) == len(name) - 1:
                return "(" + ", ".join(self.expr(each) for each in items) + ")"
            case core.App(function, arguments):
                text = " ".join([self.expr(function, 10), *(self.expr(argument, 11) for argument in arguments)])
                return f"({text})" if level > 10 else text
            case core.Let(name, value, body):
                return self._wrap(f"let {{ {name} = {self.expr(value)} }} in {self.expr(body)}", level)
            case core.If(condition, then, other):
                shown = [self.expr(each) for each in (condition, then, other)]
                return self._wrap(f"if {shown[0]} then {shown[1]} else {shown[2]}", level)
            case core.Case(scrutinee, alternatives):
                shown = [self.pattern(each.pattern) + self.rhs(each.rhs, "->") for each in alternatives]
                return self._wrap(f"case {self.expr(scrutinee)} of {{ {'; '.join(shown)} }}", level)
            case _:
                raise TypeError(item)

    def _wrap(self, text: str, level: int) -> str:
        return f"({text})" if level else text

    def _infix(self, name: str, fix: tuple[int, str], sides: tuple[core.Expr, core.Expr], level: int) -> str:
        precedence, side = fix
        left = self.expr(sides[0], precedence if side == "l" else precedence + 1)
        right = self.expr(sides[1], precedence if side == "r" else precedence + 1)
        return f"({left} {name} {right})" if level > precedence else f"{left} {name} {right}"

    def pattern(self, item: core.Pattern, level: int = 0) -> str:
        """Return a pattern; ``level`` 1 is an argument."""
        match item:
            case core.PVar(name):
                return name
            case core.PWild():
                return "_"
            case core.PAs(name, inner):
                return f"{name}@{self.pattern(inner, 1)}"
            case core.PCon(":", (head, tail)):
                return f"({self.pattern(head, 1)} : {self.pattern(tail, 1)})"
            case core.PCon(name, arguments) if name.startswith("(,"):
                return "(" + ", ".join(self.pattern(argument) for argument in arguments) + ")"
            case core.PCon(name, arguments):
                text = " ".join([prefix_name(name), *(self.pattern(argument, 1) for argument in arguments)])
                return f"({text})" if arguments and level else text
            case _:
                raise TypeError(item)

    def guard(self, item: core.Guard) -> str:
        """Return a guard."""
        match item:
            case core.Test(condition):
                return self.expr(condition)
            case core.Match(pattern, value):
                return f"{self.pattern(pattern)} <- {self.expr(value)}"

    def rhs(self, item: core.Rhs, arrow: str) -> str:
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

    def equation(self, name: str, item: core.Equation) -> str:
        """Return one equation on one line."""
        left = " ".join([self.name(name), *(self.pattern(each, 1) for each in item.patterns)])
        return left + self.rhs(item.rhs, "=")

    def function(self, item: core.Function) -> str:
        """Return a function: its signature, where it has one, and its equations."""
        lines = [self.equation(item.name, equation) for equation in item.equations]
        if item.signature is not None:
            lines.insert(0, signature_text(replace(item.signature, names=(self.name(item.name),))))
        return "\n".join(lines)


def show_data(item: core.DataType) -> str:
    """Return the declaration of a data type."""
    made = " | ".join(
        " ".join([prefix_name(name), *(type_text(each, 2) for each in fields)]) for name, fields in item.constructors
    )
    head = " ".join([item.name, *item.params])
    return f"data {head} = {made}" + (f" deriving ({', '.join(item.classes)})" if item.classes else "")
