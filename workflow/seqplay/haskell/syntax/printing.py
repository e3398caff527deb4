"""From abstract syntax back to Haskell text: laid out, parenthesised by fixity, nothing else.

What is printed reads back as the same syntax (a property that the tests hold up); comments and the original layout
are gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seqplay.haskell import syntax as hs
from seqplay.haskell.syntax.fixity import Fix
from seqplay.haskell.syntax.type_text import infix_name as infix_name
from seqplay.haskell.syntax.type_text import is_symbolic as is_symbolic
from seqplay.haskell.syntax.type_text import prefix_name as prefix_name
from seqplay.haskell.syntax.type_text import signature_text as signature_text
from seqplay.haskell.syntax.type_text import type_text as type_text

WIDTH = 90
_STEP = 2
# Where an expression stands: anything goes, operand of an operator of precedence n (as n + 1), function, argument.
_TOP, _FUNCTION, _ARGUMENT = 0, 11, 12
OPEN = (hs.Lam, hs.Let, hs.If, hs.MultiIf, hs.Case, hs.LamCase, hs.Do, hs.Typed)


# ---------------------------------------------------------------- the printer


@dataclass(frozen=True)
class Printer:
    """Prints under a program's own fixities; texts may hold newlines, later lines carry their full indentation."""

    fixities: Mapping[str, Fix]

    def pattern(self, pat: hs.Pat, level: int = 0) -> str:
        """Return a pattern; ``level`` 1 is an operand, 2 an argument."""
        match pat:
            case hs.PVar(name):
                return prefix_name(name)
            case hs.PWild():
                return "_"
            case hs.PLit(_, text, negative):
                return (f"(-{text})" if level else f"-{text}") if negative else text
            case hs.PCon(name, (left, right)) if is_symbolic(name):
                fix = hs.fixity.lookup(name, self.fixities)
                right_text = self._operand(right, fix, "r")
                # ``:~`` and ``:!`` would be other operators.
                gap = ":" if name == ":" and right_text[0] not in "~!" else f" {infix_name(name)} "
                text = f"{self._operand(left, fix, 'l')}{gap}{right_text}"
                return f"({text})" if level else text
            case hs.PCon(name, args):
                text = " ".join([prefix_name(name), *(self.pattern(arg, 2) for arg in args)])
                return f"({text})" if args and level > 1 else text
            case hs.PTuple(items):
                return "(" + ", ".join(self.pattern(item) for item in items) + ")"
            case hs.PList(items):
                return "[" + ", ".join(self.pattern(item) for item in items) + "]"
            case hs.PAs(name, inner):
                return f"{name}@{self.pattern(inner, 2)}"
            case hs.PLazy(inner):
                return f"~{self.pattern(inner, 2)}"
            case hs.PBang(inner):
                return f"!{self.pattern(inner, 2)}"
            case hs.PRec(name, binds, wildcard):
                fields = [self._field_pattern(bind) for bind in binds] + [".."] * wildcard
                return f"{name} {{{', '.join(fields)}}}" if level < 2 else f"({name} {{{', '.join(fields)}}})"
            case hs.PTyped(inner, signature):
                return f"({self.pattern(inner)} :: {signature_text(signature)})"
            case hs.PView(expr, inner):
                return f"({self.expression(expr, _TOP, 0)} -> {self.pattern(inner)})"
            case _:
                raise TypeError(pat)

    def _operand(self, pat: hs.Pat, fix: Fix, side: str) -> str:
        if isinstance(pat, hs.PCon) and len(pat.args) == 2 and is_symbolic(pat.name):
            inner = hs.fixity.lookup(pat.name, self.fixities)
            loose = inner.precedence > fix.precedence or (inner == fix and fix.side == side)
            return self.pattern(pat, 0 if loose else 1)
        return self.pattern(pat, 1)

    def _field_pattern(self, bind: hs.FieldPat) -> str:
        return bind.name if bind.pat is None else f"{bind.name} = {self.pattern(bind.pat)}"

    # ------------------------------------------------------------ expressions

    def expression(self, expr: hs.Expr, level: int, indent: int) -> str:
        """Return an expression at a level (``_TOP``, operator precedence + 1, function, argument).

        ``indent`` is the column of the enclosing block: lines of blocks opened here are indented deeper.
        """
        match expr:
            case hs.Var(name) | hs.Con(name):
                return prefix_name(name)
            case hs.Lit(_, text):
                return text
            case hs.Infix():
                fix = hs.fixity.lookup(expr.op.name, self.fixities)
                return self._wrap(self._infix(expr, fix, indent), level > fix.precedence)
            case hs.Neg(operand):
                return self._wrap("-" + self.expression(operand, 8, indent), level > _TOP)
            case hs.App(function, argument):
                left = self.expression(function, _FUNCTION, indent)
                return self._wrap(f"{left} {self.expression(argument, _ARGUMENT, indent)}", level > _FUNCTION)
            case hs.TypeApp(function, type_):
                left = self.expression(function, _FUNCTION, indent)
                return self._wrap(f"{left} @{type_text(type_, 2)}", level > _FUNCTION)
            case hs.Record(head, binds, wildcard):
                fields = [self._field(bind, indent) for bind in binds] + [".."] * wildcard
                return self._wrap(
                    f"{self.expression(head, _ARGUMENT, indent)} {{{', '.join(fields)}}}", level > _FUNCTION
                )
            case hs.Lam() | hs.Let() | hs.If() | hs.MultiIf() | hs.Case() | hs.LamCase() | hs.Do() | hs.Typed():
                return self._wrap(self._open(expr, indent), level > _TOP)
            case _:
                return self._bracketed(expr, indent)

    def _wrap(self, text: str, needed: bool) -> str:
        return f"({text})" if needed else text

    def _infix(self, expr: hs.Infix, fix: Fix, indent: int) -> str:
        left = self._side(expr.left, fix, "l", indent)
        right = self._side(expr.right, fix, "r", indent)
        separator = "" if expr.op.name == ":" and _short(expr) else " "
        return f"{left}{separator}{infix_name(expr.op.name)}{separator}{right}"

    def _side(self, operand: hs.Expr, fix: Fix, side: str, indent: int) -> str:
        if isinstance(operand, OPEN):
            last = side == "r" and fix.precedence == 0 and isinstance(operand, hs.Lam | hs.Case | hs.Do | hs.LamCase)
            return self.expression(operand, _TOP if last else _FUNCTION, indent)
        if isinstance(operand, hs.Infix):
            inner = hs.fixity.lookup(operand.op.name, self.fixities)
            loose = inner.precedence > fix.precedence or (inner == fix and fix.side == side)
            # An open expression at the right end of a left operand would swallow the operator.
            loose = loose and not (side == "l" and _ends_open(operand))
            return self.expression(operand, _TOP if loose else _FUNCTION, indent)
        if isinstance(operand, hs.Neg):
            return self.expression(operand, _TOP if side == "r" and fix.precedence < 6 else _FUNCTION, indent)
        return self.expression(operand, _FUNCTION, indent)

    def _field(self, bind: hs.FieldBind, indent: int) -> str:
        return bind.name if bind.value is None else f"{bind.name} = {self.expression(bind.value, _TOP, indent)}"

    def _bracketed(self, expr: hs.Expr, indent: int) -> str:
        match expr:
            case hs.LeftSection(op, operand):
                return f"({self._section(operand, op, 'l', indent)} {infix_name(op.name)})"
            case hs.RightSection(op, operand):
                return f"({infix_name(op.name)} {self._section(operand, op, 'r', indent)})"
            case hs.Tuple(items):
                return "(" + ", ".join(self.expression(item, _TOP, indent) for item in items) + ")"
            case hs.TupleSection(holes):
                shown = ["" if hole is None else self.expression(hole, _TOP, indent) for hole in holes]
                return "(" + ", ".join(shown) + ")"
            case hs.ListLit(items):
                return "[" + ", ".join(self.expression(item, _TOP, indent) for item in items) + "]"
            case hs.Range(first, step, last):
                middle = "" if step is None else ", " + self.expression(step, _TOP, indent)
                end = "" if last is None else " " + self.expression(last, _TOP, indent)
                return f"[{self.expression(first, _TOP, indent)}{middle} ..{end}]"
            case hs.Comp(body, quals):
                shown = [self.statement(qual, indent + _STEP) for qual in quals]
                return f"[{self.expression(body, _TOP, indent)} | {', '.join(shown)}]"
            case _:
                raise TypeError(expr)

    def _section(self, operand: hs.Expr, op: hs.Var | hs.Con, side: str, indent: int) -> str:
        fix = hs.fixity.lookup(op.name, self.fixities)
        return (
            self._side(operand, fix, side, indent)
            if not isinstance(operand, OPEN)
            else self.expression(operand, _ARGUMENT, indent)
        )

    def _open(self, expr: hs.Expr, indent: int) -> str:
        inner = indent + _STEP
        match expr:
            case hs.Lam(pats, body):
                return f"\\{' '.join(self.pattern(pat, 2) for pat in pats)} -> {self.expression(body, _TOP, indent)}"
            case hs.Typed(typed, signature):
                return f"{self.expression(typed, 1, indent)} :: {signature_text(signature)}"
            case hs.If(condition, then, other):
                return self._if(condition, then, other, indent)
            case hs.Let(decls, body):
                column = indent + len("let ")
                shown = f"\n{' ' * column}".join(self.declaration(decl, column) for decl in decls)
                if "\n" not in shown and len(decls) == 1:
                    flat = f"let {shown} in {self.expression(body, _TOP, inner)}"
                    if "\n" not in flat and indent + len(flat) < WIDTH:
                        return flat
                return f"\n{' ' * indent}let {shown}\n{' ' * indent}in {self.expression(body, _TOP, indent + 3)}"
            case hs.Case(scrutinee, alts):
                return f"case {self.expression(scrutinee, _TOP, indent)} of{self._alternatives(alts, inner)}"
            case hs.LamCase(alts):
                return f"\\case{self._alternatives(alts, inner)}"
            case hs.MultiIf(branches):
                return "if" + "".join(f"\n{' ' * inner}{self._branch(branch, '->', inner)}" for branch in branches)
            case hs.Do(stmts):
                return "do" + "".join(f"\n{' ' * inner}{self.statement(stmt, inner)}" for stmt in stmts)
            case _:
                raise TypeError(expr)

    def _if(self, condition: hs.Expr, then: hs.Expr, other: hs.Expr, indent: int) -> str:
        inner = indent + _STEP
        words = [
            f"{word} {self.expression(expr, _TOP, inner)}"
            for word, expr in (("if", condition), ("then", then), ("else", other))
        ]
        flat = " ".join(words)
        if "\n" not in flat and indent + len(flat) < WIDTH:
            return flat
        return f"\n{' ' * inner}".join(words)

    def _alternatives(self, alts: tuple[hs.Alt, ...], column: int) -> str:
        return "".join(f"\n{' ' * column}{self.pattern(alt.pat)}{self.rhs(alt.rhs, '->', column)}" for alt in alts)

    # ------------------------------------------------------------ statements and declarations

    def statement(self, stmt: hs.Stmt, indent: int) -> str:
        """Return a guard, qualifier or statement."""
        match stmt:
            case hs.Test(expr):
                return self.expression(expr, _TOP, indent)
            case hs.Gen(pat, expr):
                return f"{self.pattern(pat)} <- {self.expression(expr, _TOP, indent)}"
            case hs.LetStmt(decls):
                column = indent + len("let ")
                return "let " + f"\n{' ' * column}".join(self.declaration(decl, column) for decl in decls)
            case _:
                raise TypeError(stmt)

    def _branch(self, branch: hs.Branch, arrow: str, indent: int) -> str:
        guards = ", ".join(self.statement(guard, indent + _STEP) for guard in branch.guards)
        return f"| {guards} {arrow} {self.expression(branch.body, _TOP, indent + _STEP)}"

    def rhs(self, rhs: hs.Rhs, arrow: str, indent: int) -> str:
        """Return what follows a left-hand side, from the space before ``=`` or ``->`` on."""
        inner = indent + _STEP
        if not rhs.branches[0].guards:
            body = self.expression(rhs.branches[0].body, _TOP, indent + _STEP)
            text = f" {arrow}{body}" if body.startswith("\n") else f" {arrow} {body}"
        else:
            text = "".join(f"\n{' ' * inner}{self._branch(branch, arrow, inner)}" for branch in rhs.branches)
        if rhs.wheres:
            deeper = inner + _STEP
            text += f"\n{' ' * inner}where"
            text += "".join(f"\n{' ' * deeper}{self.declaration(decl, deeper)}" for decl in rhs.wheres)
        return text

    def clause(self, name: str, clause: hs.Clause, indent: int) -> str:
        """Return one equation."""
        if is_symbolic(name) and len(clause.pats) == 2:
            left = f"{self.pattern(clause.pats[0], 1)} {name} {self.pattern(clause.pats[1], 1)}"
        else:
            left = " ".join([prefix_name(name), *(self.pattern(pat, 2) for pat in clause.pats)])
        return left + self.rhs(clause.rhs, "=", indent)

    def declaration(self, decl: hs.Decl, indent: int = 0) -> str:
        """Return a declaration at a column; what is outside the subset is its tokens on one line."""
        match decl:
            case hs.Fun(name, clauses):
                return f"\n{' ' * indent}".join(self.clause(name, clause, indent) for clause in clauses)
            case hs.PatBind(pat, rhs):
                return self.pattern(pat) + self.rhs(rhs, "=", indent)
            case hs.Signature():
                return signature_text(decl)
            case hs.Fixity(side, level, ops):
                return f"{side} {level} {', '.join(infix_name(op) for op in ops)}"
            case hs.DataDecl(_, _, tokens, _, _) | hs.Opaque(tokens):
                return " ".join(tokens)
            case hs.Body(_, _, head, decls):
                inner = indent + _STEP
                return (
                    " ".join(head) + " where" + "".join(f"\n{' ' * inner}{self.declaration(d, inner)}" for d in decls)
                )
            case _:
                raise TypeError(decl)


def _short(expr: hs.Infix) -> bool:
    return all(
        isinstance(side, hs.Var | hs.Con | hs.Lit | hs.Infix | hs.ListLit) for side in (expr.left, expr.right)
    ) and all(
        not isinstance(side, hs.Infix) or (side.op.name == ":" and _short(side)) for side in (expr.left, expr.right)
    )


def _ends_open(expr: hs.Expr) -> bool:
    while isinstance(expr, hs.Infix):
        expr = expr.right
    return isinstance(expr, OPEN)


def printer(program: hs.Program) -> Printer:
    """Return the printer for a program: the default one under its own fixity declarations."""
    own: dict[str, Fix] = {}
    for decl in program.decls:
        inner = decl.decls if isinstance(decl, hs.Body) else (decl,)
        for each in inner:
            if isinstance(each, hs.Fixity):
                own.update(
                    dict.fromkeys(each.ops, Fix(each.precedence, each.associativity.removeprefix("infix") or "n"))
                )
    return Printer(own)
