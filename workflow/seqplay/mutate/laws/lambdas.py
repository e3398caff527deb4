"""Functions as values: sections, lambdas, composition, application."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seqplay.haskell.analysis.unification import Ap, Atom, Ty
from seqplay.haskell.syntax import (
    App,
    Clause,
    Expr,
    Fun,
    Infix,
    Lam,
    LeftSection,
    Lit,
    Node,
    PVar,
    Rhs,
    RightSection,
    Var,
    apply,
    spine,
    unconditional,
)
from seqplay.haskell.syntax.scope import free_names, substitute
from seqplay.mutate.subject import Rule, Subject, call, op


def section_to_lambda(subject: Subject, node: Node) -> Iterator[Node]:
    """``(op b)`` as ``\\x -> x op b``."""
    if isinstance(node, RightSection | LeftSection):
        (name,) = subject.fresh("x")
        if isinstance(node, RightSection):
            yield Lam((PVar(name),), Infix(node.op, Var(name), node.operand))
        else:
            yield Lam((PVar(name),), Infix(node.op, node.operand, Var(name)))


def lambda_to_section(subject: Subject, node: Node) -> Iterator[Node]:
    """``\\x -> x op b`` as a section (never ``(- b)``, which is a number)."""
    if not (
        isinstance(node, Lam)
        and len(node.pats) == 1
        and isinstance(node.pats[0], PVar)
        and isinstance(node.body, Infix)
    ):
        return
    name, body = node.pats[0].name, node.body
    if name in {body.op.name}:
        return
    if body.left == Var(name) and name not in free_names(body.right) and body.op.name != "-":
        yield RightSection(body.op, body.right)
    elif body.right == Var(name) and name not in free_names(body.left):
        yield LeftSection(body.op, body.left)


def composition_to_lambda(subject: Subject, node: Node) -> Iterator[Node]:
    """``f . g`` as ``\\x -> f (g x)``."""
    if isinstance(node, Infix) and subject.operation(node, "."):
        (name,) = subject.fresh("x")
        yield Lam((PVar(name),), App(node.left, App(node.right, Var(name))))


def composition_applied(subject: Subject, node: Node) -> Iterator[Node]:
    """``(f . g) x`` and ``f . g $ x`` as ``f (g x)``."""
    if isinstance(node, App) and isinstance(node.function, Infix) and subject.operation(node.function, "."):
        yield App(node.function.left, App(node.function.right, node.argument))
    if isinstance(node, Infix) and subject.operation(node, "$"):
        if isinstance(node.left, Infix) and subject.operation(node.left, "."):
            yield App(node.left.left, App(node.left.right, node.right))
        else:
            yield App(node.left, node.right)


def compose(subject: Subject, node: Node) -> Iterator[Node]:
    """``f (g x)`` as ``(f . g) x``."""
    if isinstance(node, App) and isinstance(node.argument, App) and isinstance(node.argument.argument, Var | Lit):
        inner = node.argument
        if _named(node.function) and _named(inner.function):
            yield App(op(".", node.function, inner.function), inner.argument)
    if isinstance(node, Lam) and len(node.pats) == 1 and isinstance(node.pats[0], PVar) and isinstance(node.body, App):
        inner_expr, name = node.body.argument, node.pats[0].name
        if isinstance(inner_expr, App) and inner_expr.argument == Var(name):
            if name not in free_names(node.body.function) | free_names(inner_expr.function):
                yield op(".", node.body.function, inner_expr.function)


def _named(expr: Expr) -> bool:
    head, args = spine(expr)
    return isinstance(head, Var) and all(isinstance(arg, Var | Lit) for arg in args)


def eta_expand(subject: Subject, node: Node) -> Iterator[Node]:
    """A named function given to a Prelude function as ``\\x -> f x``."""
    if isinstance(node, App) and isinstance(node.argument, Var) and _is_function(subject.types.of(node.argument)):
        (name,) = subject.fresh("x")
        yield App(node.function, Lam((PVar(name),), App(node.argument, Var(name))))


def eta_reduce(subject: Subject, node: Node) -> Iterator[Node]:
    """``\\x -> f x`` as ``f``."""
    if isinstance(node, Lam) and len(node.pats) == 1 and isinstance(node.pats[0], PVar) and isinstance(node.body, App):
        name = node.pats[0].name
        if node.body.argument == Var(name) and name not in free_names(node.body.function):
            yield node.body.function


def parameters(subject: Subject, node: Node) -> Iterator[Node]:
    """A parameter moved between the equation and a lambda, for a function with a signature (else its type could
    change).
    """
    if not isinstance(node, Fun) or len(node.clauses) != 1 or node.name not in subject.signatures:
        return
    clause = node.clauses[0]
    if len(clause.rhs.branches) != 1 or clause.rhs.branches[0].guards:
        return
    body = clause.rhs.branches[0].body
    if not clause.rhs.wheres and clause.pats and all(isinstance(pat, PVar) for pat in clause.pats):
        yield replace(node, clauses=(Clause((), unconditional(Lam(clause.pats, body))),))
        last = clause.pats[-1]
        if isinstance(body, App) and isinstance(last, PVar) and body.argument == Var(last.name):
            if last.name not in free_names(body.function):
                yield replace(node, clauses=(Clause(clause.pats[:-1], unconditional(body.function)),))
    if isinstance(body, Lam) and not clause.rhs.wheres:
        yield replace(node, clauses=(Clause((*clause.pats, *body.pats), unconditional(body.body)),))
    elif _is_function(subject.types.of(body)):
        (name,) = subject.fresh("x")
        rhs = Rhs((replace(clause.rhs.branches[0], body=App(body, Var(name))),), clause.rhs.wheres)
        yield replace(node, clauses=(Clause((*clause.pats, PVar(name)), rhs),))


def flipped(subject: Subject, node: Node) -> Iterator[Node]:
    """``flip f a b`` as ``f b a``, and ``uncurry f (a, b)`` as ``f a b``."""
    args = subject.call(node, "flip", 3)
    if args:
        yield apply(args[0], args[2], args[1])
    if isinstance(node, App):
        head, rest = spine(node)
        if isinstance(head, Var) and len(rest) == 2 and subject.prelude(head) not in {"", "flip"}:
            if all(isinstance(arg, Var | Lit) for arg in rest):
                yield call("flip", head, rest[1], rest[0])


def beta(subject: Subject, node: Node) -> Iterator[Node]:
    """A lambda applied on the spot."""
    if isinstance(node, App) and isinstance(node.function, Lam) and isinstance(node.function.pats[0], PVar):
        function = node.function
        name = node.function.pats[0].name
        rest = function.pats[1:]
        if name in {n for pat in rest for n in free_names(pat)} or isinstance(node.argument, Lam):
            return
        body: Expr = Lam(rest, function.body) if rest else function.body
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
