"""Comprehensions, ranges and do blocks by the functions that they stand for (Haskell 2010 report, 3.10 to 3.14)."""

from __future__ import annotations

from seqplay.haskell import syntax as hs
from seqplay.haskell.syntax import LitKind
from seqplay.proof.language import core
from seqplay.proof.language.refusal import Refusal, Refused
from seqplay.proof.language.terms import as_expr
from seqplay.proof.translation.literals import char_of, code_of
from seqplay.proof.translation.patterns import Reading
from seqplay.proof.translation.scope import Scope
from seqplay.proof.translation.translator import Translator

ENDLESS = core.LIBRARY + "enumFrom"
"""Stands for ``[a ..]`` until a zip gives it an end."""
_EMPTY = hs.Con("[]")


def comprehension(translator: Translator, body: hs.Expr, quals: tuple[hs.Stmt, ...], scope: Scope) -> core.Expr:
    """Return a list comprehension: ``map`` and ``filter`` where one generator suffices, ``concatMap`` elsewhere."""
    if not quals:
        return core.list_of((translator.expr(body, scope),))
    first, rest = quals[0], quals[1:]
    match first:
        case hs.Test(condition):
            test = translator.expr(condition, scope)
            return core.If(test, comprehension(translator, body, rest, scope), core.Con("[]"))
        case hs.LetStmt(decls):
            inner = hs.Rhs((hs.Branch((), hs.Comp(body, rest) if rest else hs.ListLit((body,))),), decls)
            return as_expr(translator.rhs(inner, scope))
        case hs.Gen(pat, source):
            values = translator.expr(source, scope)
            return _generated(translator, pat, values, body, rest, scope)
        case _:
            raise Refused(Refusal.SYNTAX, "a qualifier of an unknown kind")


def _generated(
    translator: Translator, pat: hs.Pat, values: core.Expr, body: hs.Expr, rest: tuple[hs.Stmt, ...], scope: Scope
) -> core.Expr:
    tests = [stmt.expr for stmt in rest if isinstance(stmt, hs.Test)]
    sure = Reading(translator.context.shapes, str, str, lambda expr: core.Con("()")).irrefutable(pat)
    if not sure:
        alts = (hs.Alt(pat, hs.unconditional(_comp(body, rest))), hs.Alt(hs.PWild(), hs.unconditional(_EMPTY)))
        return core.apply(core.lib("concatMap"), translator.expr(hs.LamCase(alts), scope), values)
    if len(tests) < len(rest):
        return core.apply(core.lib("concatMap"), translator.function((pat,), _comp(body, rest), scope), values)
    if tests:
        test = tests[-1]
        for each in reversed(tests[:-1]):
            test = hs.If(each, test, hs.Con("False"))
        values = core.apply(core.lib("filter"), translator.function((pat,), test, scope), values)
    if isinstance(pat, hs.PVar) and body == hs.Var(pat.name):
        return values
    return core.apply(core.lib("map"), translator.function((pat,), body, scope), values)


def _comp(body: hs.Expr, quals: tuple[hs.Stmt, ...]) -> hs.Expr:
    return hs.Comp(body, quals) if quals else hs.ListLit((body,))


def range_(
    translator: Translator, first: hs.Expr, step: hs.Expr | None, last: hs.Expr | None, scope: Scope
) -> core.Expr:
    """Return a range of integers, or of characters that are written out; one without an end only for a zip."""
    begin = translator.expr(first, scope)
    if last is None:
        if step is not None:
            raise Refused(Refusal.INFINITE, "an endless range")
        return core.App(core.Var(ENDLESS), (begin,))
    end = translator.expr(last, scope)
    match first, step, last:
        case hs.Lit(LitKind.CHAR), None, hs.Lit(LitKind.CHAR):
            return core.list_of(_letters(begin, end))
        case _, None, _:
            return core.apply(core.lib("enumFromTo"), begin, end)
        case _, hs.Expr(), _:
            return core.apply(core.lib("enumFromThenTo"), begin, translator.expr(step, scope), end)
        case _:
            raise Refused(Refusal.SYNTAX, "a range of an unknown kind")


def _letters(first: core.Expr, last: core.Expr) -> tuple[core.Expr, ...]:
    low, high = code_of(first), code_of(last)
    if high - low > 127:
        raise Refused(Refusal.SIZE, "a range of more than 128 characters")
    return tuple(char_of(code) for code in range(low, high + 1))


def ended(left: core.Expr, right: core.Expr) -> tuple[core.Expr, core.Expr]:
    """Return two lists that are zipped, an endless range among them cut where the other ends."""
    match left, right:
        case core.App(core.Var(name), (begin,)), _ if name == ENDLESS:
            return _cut(begin, right), right
        case _, core.App(core.Var(name), (begin,)) if name == ENDLESS:
            return left, _cut(begin, left)
        case _:
            return left, right


def _cut(begin: core.Expr, other: core.Expr) -> core.Expr:
    count = core.apply(core.lib("length"), other)
    past = core.App(core.Var("+"), (begin, count))
    last = core.App(core.Var("-"), (past, core.Lit(LitKind.INTEGER, "1")))
    return core.apply(core.lib("enumFromTo"), begin, last)


def block(translator: Translator, stmts: tuple[hs.Stmt, ...], scope: Scope) -> core.Expr:
    """Return a do block as applications of ``>>=``."""
    return translator.expr(_bound(translator, stmts), scope)


def _bound(translator: Translator, stmts: tuple[hs.Stmt, ...]) -> hs.Expr:
    first, rest = stmts[0], stmts[1:]
    match first:
        case hs.Test(expr) if not rest:
            return expr
        case hs.Test(expr):
            return hs.Infix(hs.Var(">>="), expr, hs.Lam((hs.PWild(),), _bound(translator, rest)))
        case hs.LetStmt(decls):
            return hs.Let(decls, _bound(translator, rest))
        case hs.Gen(pat, expr):
            if not Reading(translator.context.shapes, str, str, lambda e: core.Con("()")).irrefutable(pat):
                raise Refused(Refusal.MONAD, "a pattern that can fail in a do block")
            return hs.Infix(hs.Var(">>="), expr, hs.Lam((pat,), _bound(translator, rest)))
        case _:
            raise Refused(Refusal.MONAD, "a statement of an unknown kind")
