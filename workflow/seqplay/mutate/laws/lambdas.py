"""Functions as values: sections, lambdas, composition, application."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.unification import Ap, Atom, Ty
from seqplay.haskell.syntax.scope import free_names, substitute
from seqplay.mutate.subject import Rule, Subject, call, op


def section_to_lambda(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``(op b)`` as ``\\x -> x op b``."""
    if isinstance(node, hs.RightSection | hs.LeftSection):
        (name,) = subject.fresh("x")
        if isinstance(node, hs.RightSection):
            yield hs.Lam((hs.PVar(name),), hs.Infix(node.op, hs.Var(name), node.operand))
        else:
            yield hs.Lam((hs.PVar(name),), hs.Infix(node.op, node.operand, hs.Var(name)))


def lambda_to_section(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``\\x -> x op b`` as a section (never ``(- b)``, which is a number)."""
    if not (
        isinstance(node, hs.Lam)
        and len(node.pats) == 1
        and isinstance(node.pats[0], hs.PVar)
        and isinstance(node.body, hs.Infix)
    ):
        return
    name, body = node.pats[0].name, node.body
    if name in {body.op.name}:
        return
    if body.left == hs.Var(name) and name not in free_names(body.right) and body.op.name != "-":
        yield hs.RightSection(body.op, body.right)
    elif body.right == hs.Var(name) and name not in free_names(body.left):
        yield hs.LeftSection(body.op, body.left)


def composition_to_lambda(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``f . g`` as ``\\x -> f (g x)``."""
    if isinstance(node, hs.Infix) and subject.operation(node, "."):
        (name,) = subject.fresh("x")
        yield hs.Lam((hs.PVar(name),), hs.App(node.left, hs.App(node.right, hs.Var(name))))


def composition_applied(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``(f . g) x`` and ``f . g $ x`` as ``f (g x)``."""
    if isinstance(node, hs.App) and isinstance(node.function, hs.Infix) and subject.operation(node.function, "."):
        yield hs.App(node.function.left, hs.App(node.function.right, node.argument))
    if isinstance(node, hs.Infix) and subject.operation(node, "$"):
        if isinstance(node.left, hs.Infix) and subject.operation(node.left, "."):
            yield hs.App(node.left.left, hs.App(node.left.right, node.right))
        else:
            yield hs.App(node.left, node.right)


def compose(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``f (g x)`` as ``(f . g) x``."""
    if (
        isinstance(node, hs.App)
        and isinstance(node.argument, hs.App)
        and isinstance(node.argument.argument, hs.Var | hs.Lit)
    ):
        inner = node.argument
        if _named(node.function) and _named(inner.function):
            yield hs.App(op(".", node.function, inner.function), inner.argument)
    if (
        isinstance(node, hs.Lam)
        and len(node.pats) == 1
        and isinstance(node.pats[0], hs.PVar)
        and isinstance(node.body, hs.App)
    ):
        inner_expr, name = node.body.argument, node.pats[0].name
        if isinstance(inner_expr, hs.App) and inner_expr.argument == hs.Var(name):
            if name not in free_names(node.body.function) | free_names(inner_expr.function):
                yield op(".", node.body.function, inner_expr.function)


def _named(expr: hs.Expr) -> bool:
    head, args = hs.spine(expr)
    return isinstance(head, hs.Var) and all(isinstance(arg, hs.Var | hs.Lit) for arg in args)


def eta_expand(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A named function given to a Prelude function as ``\\x -> f x``."""
    if isinstance(node, hs.App) and isinstance(node.argument, hs.Var) and _is_function(subject.types.of(node.argument)):
        (name,) = subject.fresh("x")
        yield hs.App(node.function, hs.Lam((hs.PVar(name),), hs.App(node.argument, hs.Var(name))))


def eta_reduce(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``\\x -> f x`` as ``f``."""
    if (
        isinstance(node, hs.Lam)
        and len(node.pats) == 1
        and isinstance(node.pats[0], hs.PVar)
        and isinstance(node.body, hs.App)
    ):
        name = node.pats[0].name
        if node.body.argument == hs.Var(name) and name not in free_names(node.body.function):
            yield node.body.function


def parameters(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A parameter moved between the equation and a lambda, for a function with a signature (else its type could
    change).
    """
    if not isinstance(node, hs.Fun) or len(node.clauses) != 1 or node.name not in subject.signatures:
        return
    clause = node.clauses[0]
    if len(clause.rhs.branches) != 1 or clause.rhs.branches[0].guards:
        return
    body = clause.rhs.branches[0].body
    if not clause.rhs.wheres and clause.pats and all(isinstance(pat, hs.PVar) for pat in clause.pats):
        yield replace(node, clauses=(hs.Clause((), hs.unconditional(hs.Lam(clause.pats, body))),))
        last = clause.pats[-1]
        if isinstance(body, hs.App) and isinstance(last, hs.PVar) and body.argument == hs.Var(last.name):
            if last.name not in free_names(body.function):
                yield replace(node, clauses=(hs.Clause(clause.pats[:-1], hs.unconditional(body.function)),))
    if isinstance(body, hs.Lam) and not clause.rhs.wheres:
        yield replace(node, clauses=(hs.Clause((*clause.pats, *body.pats), hs.unconditional(body.body)),))
    elif _is_function(subject.types.of(body)):
        (name,) = subject.fresh("x")
        rhs = hs.Rhs((replace(clause.rhs.branches[0], body=hs.App(body, hs.Var(name))),), clause.rhs.wheres)
        yield replace(node, clauses=(hs.Clause((*clause.pats, hs.PVar(name)), rhs),))


def flipped(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``flip f a b`` as ``f b a``, and ``uncurry f (a, b)`` as ``f a b``."""
    args = subject.call(node, "flip", 3)
    if args:
        yield hs.apply(args[0], args[2], args[1])
    if isinstance(node, hs.App):
        head, rest = hs.spine(node)
        if isinstance(head, hs.Var) and len(rest) == 2 and subject.prelude(head) not in {"", "flip"}:
            if all(isinstance(arg, hs.Var | hs.Lit) for arg in rest):
                yield call("flip", head, rest[1], rest[0])


def beta(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A lambda applied on the spot."""
    if isinstance(node, hs.App) and isinstance(node.function, hs.Lam) and isinstance(node.function.pats[0], hs.PVar):
        function = node.function
        name = node.function.pats[0].name
        rest = function.pats[1:]
        if name in {n for pat in rest for n in free_names(pat)} or isinstance(node.argument, hs.Lam):
            return
        body: hs.Expr = hs.Lam(rest, function.body) if rest else function.body
        yield substitute(body, {name: node.argument})


def _is_function(type_: Ty | None) -> bool:
    return isinstance(type_, Ap) and isinstance(type_.head, Ap) and type_.head.head == Atom("->")


RULES: dict[str, Rule] = {
    "section_to_lambda": section_to_lambda,
    "lambda_to_section": lambda_to_section,
    "composition_to_lambda": composition_to_lambda,
    "composition_applied": composition_applied,
    "compose": compose,
    "eta_expand": eta_expand,
    "eta_reduce": eta_reduce,
    "parameters": parameters,
    "flipped": flipped,
    "beta": beta,
}
