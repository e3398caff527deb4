"""Terms as mathematics: walking, matching, replacing; right-hand sides as expressions, combinators applied."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from seqplay.haskell.syntax import LitKind
from seqplay.proof.language import core
from seqplay.proof.language.library import NAMES


def subterms(expr: core.Expr) -> Iterator[core.Expr]:
    """Yield the term and all below it, under binders too."""
    yield expr
    for part in _parts(expr):
        yield from subterms(part)


def outer_subterms(expr: core.Expr) -> Iterator[core.Expr]:
    """Yield the term and what stands in applications and conditionals below it: nothing under binders.

    Every variable of such a term means the same as in the whole, so that it can be replaced or stated by itself. The
    bare name that an application calls is no term of its own.
    """
    yield expr
    match expr:
        case core.App(core.Var() | core.Con(), below):
            pass
        case core.App() | core.If():
            below = _parts(expr)
        case core.Case(first, _) | core.Let(_, first, _):
            below = (first,)
        case _:
            below = ()
    for part in below:
        yield from outer_subterms(part)


def _parts(expr: core.Expr) -> tuple[core.Expr, ...]:
    """Return the terms directly below a term, from left to right."""
    match expr:
        case core.App(function, arguments):
            return (function, *arguments)
        case core.Let(_, value, body):
            return (value, body)
        case core.If(condition, then, other):
            return (condition, then, other)
        case core.Ann(value, _):
            return (value,)
        case core.Case(scrutinee, alternatives):
            return (scrutinee, *(each for alternative in alternatives for each in rhs_terms(alternative.rhs)))
        case _:
            return ()


def rhs_terms(rhs: core.Rhs) -> list[core.Expr]:
    """Return the expressions of a right-hand side: bindings, guards, bodies."""
    guards = [guard for branch in rhs.branches for guard in branch.guards]
    tests = [guard.condition if isinstance(guard, core.Test) else guard.value for guard in guards]
    return [*(each.value for each in rhs.bindings), *tests, *(branch.body for branch in rhs.branches)]


def call(name: str, *arguments: core.Expr) -> core.Expr:
    """Return the application of a named function."""
    return core.apply(core.Var(name), *arguments)


def integer(value: int) -> core.Expr:
    """Return an integer literal."""
    return core.Lit(LitKind.INTEGER, str(value))


def spine(expr: core.Expr) -> tuple[core.Expr, tuple[core.Expr, ...]]:
    """Return the head and the arguments of an application."""
    return (expr.function, expr.arguments) if isinstance(expr, core.App) else (expr, ())


def replaced(expr: core.Expr, old: core.Expr, new: core.Expr) -> core.Expr:
    """Replace the outermost occurrences of a term; nothing under binders."""
    if expr == old:
        return new
    match expr:
        case core.App(function, arguments):
            return core.apply(replaced(function, old, new), *(replaced(a, old, new) for a in arguments))
        case core.If(condition, then, other):
            return core.If(replaced(condition, old, new), replaced(then, old, new), replaced(other, old, new))
        case core.Case(scrutinee, alternatives):
            return core.Case(replaced(scrutinee, old, new), alternatives)
        case core.Let(name, value, body):
            return core.Let(name, replaced(value, old, new), body)
    return expr


def match_term(pattern: core.Expr, term: core.Expr, variables: Collection[str], found: dict[str, core.Expr]) -> bool:
    """Match a term against a pattern in which ``variables`` stand for terms; ``found`` collects what they stand for."""
    match pattern:
        case core.Var(name) if name in variables:
            if name in found:
                return found[name] == term
            found[name] = term
            return True
        case core.App(function, arguments):
            if not isinstance(term, core.App) or len(term.arguments) != len(arguments):
                return False
            return match_term(function, term.function, variables, found) and all(
                match_term(p, t, variables, found) for p, t in zip(arguments, term.arguments, strict=True)
            )
        case core.If(condition, then, other):
            return isinstance(term, core.If) and all(
                match_term(p, t, variables, found)
                for p, t in ((condition, term.condition), (then, term.then), (other, term.other))
            )
    return pattern == term


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
