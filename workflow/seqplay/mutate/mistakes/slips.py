"""The wrong variable, a call left out, an argument or a result slightly off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.unification import BOOL, INT, INTEGER, Ap, Atom, Meta, Ty
from seqplay.haskell.syntax.scope import scoped
from seqplay.mutate.inference import same_type
from seqplay.mutate.subject import Rule, Subject, call, integer, op, rebuilt


def operand(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """An operand or a step left out."""
    if isinstance(node, hs.Infix) and subject.operation(node, "+", "-", "*", "++", ":"):
        if node.op.name != ":":
            yield node.left
        if node.op.name != "-":
            yield node.right
    for name in ("reverse", "abs", "negate", "sort", "nub", "tail", "init"):
        args = subject.call(node, name, 1)
        if args:
            yield args[0]
    for name in ("map", "filter"):
        args = subject.call(node, name, 2)
        if args and isinstance(node, hs.Expr) and same_type(subject.types.of(node), subject.types.of(args[1])):
            yield args[1]


def variable(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """Another variable of the same type in one place, from the parameters and patterns in scope."""
    if isinstance(node, hs.Fun):
        for clause_index, clause in enumerate(node.clauses):
            for new in _exchanged(subject, clause, {}):
                if isinstance(new, hs.Clause):
                    yield replace(node, clauses=(*node.clauses[:clause_index], new, *node.clauses[clause_index + 1 :]))


def _exchanged(subject: Subject, node: hs.Node, scope: dict[str, Ty]) -> Iterator[hs.Node]:
    """Yield the node with one variable replaced by another of its type; inner functions are left to their own turn."""
    if isinstance(node, hs.Var):
        own = scope.get(node.name)
        for other, type_ in scope.items():
            if other != node.name and own is not None and own == type_:
                yield hs.Var(other)
        return
    patterns = [
        below for child in hs.children(node) if isinstance(child, hs.Pat | hs.Gen) for below in hs.descendants(child)
    ]
    typed = {below.name: subject.types.of(below) for below in patterns if isinstance(below, hs.PVar)}
    for index, (child, bound) in enumerate(scoped(node)):
        if isinstance(child, hs.Fun | hs.Pat):
            continue
        inner = {name: type_ for name, type_ in scope.items() if name not in bound}
        inner |= {name: t for name, t in typed.items() if name in bound and t is not None and not isinstance(t, Meta)}
        for new in _exchanged(subject, child, inner):
            yield rebuilt(node, (index,), new)


def layer(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A call left out whose result has the type of one of its arguments."""
    if not isinstance(node, hs.App | hs.Infix):
        return
    own = subject.types.of(node)
    arguments = hs.spine(node)[1] if isinstance(node, hs.App) else (node.left, node.right)
    for argument in arguments:
        if same_type(own, subject.types.of(argument)):
            yield argument


def result(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """One branch's result slightly off: a number by one, a list without its head, the other truth value."""
    if not isinstance(node, hs.Branch) or isinstance(node.body, hs.Lit | hs.If | hs.Case | hs.Let):
        return
    body = node.body
    type_ = subject.types.of(body)
    if type_ in (INT, INTEGER, Atom("Double"), Atom("Float")):
        yield replace(node, body=op("+", body, integer(1)))
    elif type_ == BOOL:
        yield replace(node, body=call("not", body))
    elif isinstance(type_, Ap) and type_.head == Atom("[]") and body != hs.Con("[]"):
        yield replace(node, body=call("drop", integer(1), body))
        if not (isinstance(body, hs.ListLit) and len(body.items) < 2):
            yield replace(node, body=call("reverse", body))
    elif isinstance(type_, Ap) and type_.head == Atom("Maybe") and body != hs.Con("Nothing"):
        yield replace(node, body=hs.Con("Nothing"))
    elif isinstance(type_, Ap) and isinstance(type_.head, Ap) and type_.head.head == Atom("(,)"):
        yield from _other_pair(node, type_, type_.head.argument, type_.argument)


def _other_pair(node: hs.Branch, type_: Ap, first: Ty, second: Ty) -> Iterator[hs.Node]:
    if first == second and not isinstance(first, Meta):
        swap = hs.Lam((hs.PTuple((hs.PVar("a"), hs.PVar("b"))),), hs.Tuple((hs.Var("b"), hs.Var("a"))))
        yield replace(node, body=hs.App(swap, node.body))
    elif first in (INT, INTEGER):
        bump = hs.Lam(
            (hs.PTuple((hs.PVar("a"), hs.PVar("b"))),), hs.Tuple((op("+", hs.Var("a"), integer(1)), hs.Var("b")))
        )
        yield replace(node, body=hs.App(bump, node.body))


def composed(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A function without parameters whose argument or result is slightly off, as in ``given`` and ``result``."""
    if not isinstance(node, hs.Fun) or len(node.clauses) != 1 or node.clauses[0].pats or node.clauses[0].rhs.wheres:
        return
    branch = node.clauses[0].rhs.branches[0]
    type_ = subject.types.of(branch.body)
    if branch.guards or not (isinstance(type_, Ap) and isinstance(type_.head, Ap) and type_.head.head == Atom("->")):
        return
    for change in _changes(type_.argument):
        yield _with_body(node, op(".", change, branch.body))
    for change in _changes(type_.head.argument):
        yield _with_body(node, op(".", branch.body, change))


def _changes(type_: Ty) -> list[hs.Expr]:
    """Small changes of a value of a type, as functions."""
    if type_ in (INT, INTEGER, Atom("Double"), Atom("Float")):
        return [hs.RightSection(hs.Var("+"), integer(1))]
    if type_ == BOOL:
        return [hs.Var("not")]
    if isinstance(type_, Ap) and type_.head == Atom("[]"):
        return [call("drop", integer(1)), hs.Var("reverse")]
    return []


def _with_body(node: hs.Fun, body: hs.Expr) -> hs.Fun:
    clause = node.clauses[0]
    branch = replace(clause.rhs.branches[0], body=body)
    return replace(node, clauses=(replace(clause, rhs=replace(clause.rhs, branches=(branch,))),))


def given(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A variable that is given on slightly off: a list without its head or reversed, a number by one."""
    match node:
        case hs.App(function, hs.Var() as argument):
            blind = _blind(subject, function, argument)
            yield from (hs.App(function, new) for new in _off(subject, argument) if not (blind and _reversed(new)))
        case hs.Gen(pat, hs.Var() as expr):
            yield from (hs.Gen(pat, new) for new in _off(subject, expr))
        case hs.Case(hs.Var() as scrutinee, alts):
            yield from (hs.Case(new, alts) for new in _off(subject, scrutinee))
        case hs.Tuple((hs.Var() as first, second)):
            yield from (hs.Tuple((new, second)) for new in _off(subject, first))
        case _:
            pass


def _reversed(expr: hs.Expr) -> bool:
    return hs.spine(expr)[0] == hs.Var("reverse")


def _blind(subject: Subject, function: hs.Expr, argument: hs.Expr) -> bool:
    """Whether a function of the Prelude gives the same for a list and its reverse, at the argument's type."""
    head, args = hs.spine(function)
    name = subject.prelude(head)
    if name in {"sum", "product", "maximum", "minimum"} and not args:
        type_ = subject.types.of(argument)
        return isinstance(type_, Ap) and type_.argument in (INT, INTEGER)
    return (name in {"length", "null", "and", "or"} and not args) or (
        name in {"all", "any", "elem", "notElem"} and len(args) == 1
    )


def _off(subject: Subject, value: hs.Var) -> list[hs.Expr]:
    type_ = subject.types.of(value)
    if type_ in (INT, INTEGER):
        return [op("+", value, integer(1)), op("-", value, integer(1))]
    if isinstance(type_, Ap) and type_.head == Atom("[]"):
        return [call("drop", integer(1), value), call("reverse", value)]
    return []


RULES: dict[str, Rule] = {
    "operand": operand,
    "variable": variable,
    "layer": layer,
    "result": result,
    "composed": composed,
    "given": given,
}
