"""Small rewritings of terms: right-hand sides as expressions, lambdas by shorter names, combinators applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seqplay.proof.language import core
from seqplay.proof.language.library import NAMES


def subterms(expr: core.Expr) -> list[core.Expr]:
    """Return an expression and all below it."""
    found = [expr]

    def walk(each: core.Expr) -> None:
        found.extend(subterms(each))

    match expr:
        case core.App(function, arguments):
            for each in (function, *arguments):
                walk(each)
        case core.Let(_, value, body):
            walk(value)
            walk(body)
        case core.If(condition, then, other):
            for each in (condition, then, other):
                walk(each)
        case core.Ann(value, _):
            walk(value)
        case core.Case(scrutinee, alternatives):
            walk(scrutinee)
            for alternative in alternatives:
                for below in rhs_terms(alternative.rhs):
                    walk(below)
        case _:
            pass
    return found


def rhs_terms(rhs: core.Rhs) -> list[core.Expr]:
    """Return the expressions of a right-hand side: bindings, guards, bodies."""
    guards = [guard for branch in rhs.branches for guard in branch.guards]
    tests = [guard.condition if isinstance(guard, core.Test) else guard.value for guard in guards]
    return [*(each.value for each in rhs.bindings), *tests, *(branch.body for branch in rhs.branches)]


def guarded(rhs: core.Rhs, guards: Sequence[core.Guard]) -> core.Rhs:
    """Return a right-hand side whose branches all stand behind further guards."""
    if not guards:
        return rhs
    branches = tuple(core.Branch((*guards, *branch.guards), branch.body) for branch in rhs.branches)
    return core.Rhs(branches, rhs.bindings)


def as_expr(rhs: core.Rhs) -> core.Expr:
    """Return an unconditional right-hand side as an expression; one with guards as a case that always matches."""
    if len(rhs.branches) == 1 and not rhs.branches[0].guards:
        body = rhs.branches[0].body
        for binding in reversed(rhs.bindings):
            body = core.Let(binding.name, binding.value, body)
        return body
    return core.Case(core.Con("()"), (core.Alternative(core.PWild(), rhs),))


def shortened(patterns: Sequence[core.Pattern], body: core.Expr) -> core.Expr | None:
    """Return what a lambda is by another name: ``\\x -> f a x`` is ``f a``, ``\\x y -> x + y`` is ``(+)``."""
    params = [each.name for each in patterns if isinstance(each, core.PVar)]
    if len(params) != len(patterns):
        return None
    whole = tuple(core.Var(name) for name in params)
    match body:
        case core.App(core.Var(op), arguments) if op in core.BUILTIN and arguments == whole:
            return core.lib(NAMES[op])
        case core.App(core.Con(name), arguments) if arguments == whole:
            return (
                core.lib({":": "cons", "(,)": "pair", "Just": "just"}[name]) if name in {":", "(,)", "Just"} else None
            )
        case core.App(core.Var(name) as function, arguments) if (
            name not in core.BUILTIN and len(arguments) >= len(whole) and arguments[-len(whole) :] == whole
        ):
            kept = core.apply(function, *arguments[: -len(whole)])
            return None if core.free(kept) & set(params) else kept
        case _:
            return None


def reduced(name: str, args: tuple[core.Expr, ...]) -> core.Expr:
    """Return a combinator of base applied to enough arguments, as what it does."""
    rules: dict[str, Callable[..., tuple[core.Expr, ...]]] = {
        "id": lambda x, *rest: (x, *rest),
        "$": lambda f, *rest: (f, *rest),
        "$!": lambda f, *rest: (f, *rest),
        "&": lambda x, f, *rest: (f, x, *rest),
        "const": lambda x, _, *rest: (x, *rest),
        "flip": lambda f, x, y, *rest: (f, y, x, *rest),
        ".": lambda f, g, x, *rest: (f, core.apply(g, x), *rest),
    }
    head, *rest = rules[name](*args)
    return saturated(head, tuple(rest))


def saturated(head: core.Expr, args: tuple[core.Expr, ...]) -> core.Expr:
    """Return an application, in which a library function that stands for an operator is the operator again."""
    whole = core.apply(head, *args)
    match whole:
        case core.App(core.Var(name), arguments) if name in OPERATORS and len(arguments) == OPERATORS[name][1]:
            return core.App(core.Var(OPERATORS[name][0]), arguments)
        case core.App(core.Var(name), arguments) if name in _MAKERS and len(arguments) == _MAKERS[name][1]:
            return core.App(core.Con(_MAKERS[name][0]), arguments)
        case _:
            return whole


OPERATORS = {core.LIBRARY + NAMES[op]: (op, 1 if op in {"not", "negate"} else 2) for op in core.BUILTIN}
"""The library's functions that only name an operator."""
_MAKERS = {
    "L.cons": (":", 2), "L.pair": ("(,)", 2), "L.triple": ("(,,)", 3), "L.just": ("Just", 1), "L.left": ("Left", 1),
    "L.right": ("Right", 1),
}  # fmt: skip
