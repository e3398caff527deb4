"""Recursion, folds and accumulators: the standard shapes of a function over a list or a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from seqplay.haskell import syntax as hs
from seqplay.haskell.syntax.scope import free_names, occurrences, pattern_names, substitute
from seqplay.mutate.laws.branches import guard_chain
from seqplay.mutate.subject import Rule, Subject, call, integer, op

NIL = hs.PCon("[]", ())


class _ListShape(NamedTuple):
    """``f … [] = start`` and ``f … (x:xs) = body``, the other parameters being the same in both."""

    at: int
    names: list[str]
    start: hs.Expr
    item: str
    rest: str
    body: hs.Expr


def _list_shape(subject: Subject, node: hs.Node) -> _ListShape | None:
    if not isinstance(node, hs.Fun) or len(node.clauses) != 2 or len(node.clauses[0].pats) != len(node.clauses[1].pats):
        return None
    empty, full = node.clauses
    at = next((i for i, pat in enumerate(empty.pats) if pat == NIL), None)
    if (
        at is None
        or empty.rhs.wheres
        or full.rhs.wheres
        or len(empty.rhs.branches) != 1
        or empty.rhs.branches[0].guards
    ):
        return None
    cell = full.pats[at]
    if not (
        isinstance(cell, hs.PCon) and cell.name == ":" and all(isinstance(arg, hs.PVar | hs.PWild) for arg in cell.args)
    ):
        return None
    fresh = subject.fresh("x", "xs", *("p" for _ in full.pats))
    item, rest = (arg.name if isinstance(arg, hs.PVar) else new for arg, new in zip(cell.args, fresh, strict=False))
    body = full.rhs.branches[0].body if not full.rhs.branches[0].guards else guard_chain(subject, full.rhs)
    start = empty.rhs.branches[0].body
    names: list[str] = []
    for i, (a, b) in enumerate(zip(empty.pats, full.pats, strict=True)):
        if i == at:
            names.append("")
            continue
        if not (isinstance(a, hs.PVar | hs.PWild) and isinstance(b, hs.PVar | hs.PWild)):
            return None
        name = b.name if isinstance(b, hs.PVar) else a.name if isinstance(a, hs.PVar) else fresh[2 + i]
        if isinstance(b, hs.PWild) and name in {item, rest}:
            return None
        names.append(name)
        if isinstance(a, hs.PVar):
            start = substitute(start, {a.name: hs.Var(name)})
    if body is None or node.name in names or (isinstance(cell.args[1], hs.PWild)):
        return None
    return _ListShape(at, names, start, item, rest, body)


def _calls_replaced(node: hs.Node, name: str, args: list[hs.Expr], new: hs.Expr) -> hs.Node:
    """Replace every call ``name args`` by ``new``; callers then check that no other use of the name is left."""
    if isinstance(node, hs.App):
        head, found = hs.spine(node)
        if head == hs.Var(name) and list(found) == args:
            return new
    return hs.map_children(node, lambda child: _calls_replaced(child, name, args, new))


def recursion_to_fold(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A function that takes a list apart and uses the tail only for itself, as ``foldr``: the same unfolding, as
    lazy.
    """
    shape = _list_shape(subject, node)
    if shape is None or not isinstance(node, hs.Fun):
        return
    (acc,) = subject.fresh("acc")
    own: list[hs.Expr] = [hs.Var(name) for name in shape.names]
    own[shape.at] = hs.Var(shape.rest)
    body = _calls_replaced(shape.body, node.name, own, hs.Var(acc))
    if not isinstance(body, hs.Expr) or node.name in free_names(body) or shape.rest in free_names(body):
        return
    if node.name in free_names(shape.start) or acc not in free_names(body):
        return
    (items,) = subject.fresh("items")
    item = hs.PVar(shape.item) if shape.item in free_names(body) else hs.PWild()
    fold = call("foldr", hs.Lam((item, hs.PVar(acc)), body), shape.start, hs.Var(items))
    pats = tuple(hs.PVar(items if i == shape.at else name) for i, name in enumerate(shape.names))
    yield replace(node, clauses=(hs.Clause(pats, hs.unconditional(fold)),))


def recursion_to_map(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``e : f xs`` as ``map``; ``if p then x : f xs else f xs`` as ``filter``."""
    shape = _list_shape(subject, node)
    if shape is None or not isinstance(node, hs.Fun) or shape.start != hs.Con("[]"):
        return
    own: list[hs.Expr] = [hs.Var(name) for name in shape.names]
    own[shape.at] = hs.Var(shape.rest)
    again = hs.apply(hs.Var(node.name), *own)
    (items,) = subject.fresh("items")
    pats = tuple(hs.PVar(items if i == shape.at else name) for i, name in enumerate(shape.names))
    body, found = shape.body, None
    item = (hs.PVar(shape.item),)
    if isinstance(body, hs.Infix) and body.op == hs.Con(":") and body.right == again:
        if not free_names(body.left) & {node.name, shape.rest}:
            found = call("map", hs.Lam(item, body.left), hs.Var(items))
    elif isinstance(body, hs.If) and not free_names(body.condition) & {node.name, shape.rest}:
        kept = op(":", hs.Var(shape.item), again)
        if (body.then, body.other) == (kept, again):
            found = call("filter", hs.Lam(item, body.condition), hs.Var(items))
        elif (body.other, body.then) == (kept, again):
            found = call("filter", op(".", hs.Var("not"), hs.Lam(item, body.condition)), hs.Var(items))
    if found is not None:
        yield replace(node, clauses=(hs.Clause(pats, hs.unconditional(found)),))


def accumulate_list(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``e + f xs`` over whole numbers as a loop with an accumulator: ``+`` and ``*`` associate, also under
    wraparound.
    """
    shape = _list_shape(subject, node)
    if shape is None or not isinstance(node, hs.Fun) or len(node.clauses[0].pats) != 1:
        return
    term = _term(subject, shape.body, hs.App(hs.Var(node.name), hs.Var(shape.rest)))
    if term is None or free_names(term.value) & {node.name, shape.rest} or node.name in free_names(shape.start):
        return
    go, acc, items = subject.fresh("go", "acc", "items")
    step = hs.apply(hs.Var(go), op(term.op, hs.Var(acc), term.value), hs.Var(shape.rest))
    cell = hs.PCon(
        ":", (hs.PVar(shape.item) if shape.item in free_names(term.value) else hs.PWild(), hs.PVar(shape.rest))
    )
    loop = hs.Fun(
        go,
        (
            hs.Clause((hs.PVar(acc), NIL), hs.unconditional(hs.Var(acc))),
            hs.Clause((hs.PVar(acc), cell), hs.unconditional(step)),
        ),
    )
    yield replace(
        node,
        clauses=(
            hs.Clause(
                (hs.PVar(items),), hs.Rhs((hs.Branch((), hs.apply(hs.Var(go), shape.start, hs.Var(items))),), (loop,))
            ),
        ),
    )


class _Term(NamedTuple):
    """What a branch does to the recursive call's result: an operator that associates, and the other operand."""

    op: str
    value: hs.Expr


def _term(subject: Subject, body: hs.Expr, again: hs.Expr) -> _Term | None:
    if not isinstance(body, hs.Infix) or not subject.types.is_int(body):
        return None
    name = subject.operation(body, "+", "*")
    if name and body.right == again:
        return _Term(name, body.left)
    if name and body.left == again and subject.safe(body.right):
        return _Term(name, body.right)
    return None


def accumulate_number(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``f 0 = z; f n = e * f (n - 1)`` over whole numbers as a loop with an accumulator."""
    if not isinstance(node, hs.Fun) or any(len(clause.pats) != 1 or clause.rhs.wheres for clause in node.clauses):
        return
    last = node.clauses[-1]
    variable = last.pats[0]
    if not isinstance(variable, hs.PVar):
        return
    own = hs.App(hs.Var(node.name), op("-", hs.Var(variable.name), integer(1)))
    go, acc, start = subject.fresh("go", "acc", "start")

    def loop(value: hs.Expr) -> hs.Expr | None:
        """The loop's continuation for one branch: another round, or the accumulator."""
        term = _term(subject, value, own)
        if term is not None and node_name not in free_names(term.value):
            found.append(term.op)
            return hs.apply(hs.Var(go), op(term.op, hs.Var(acc), term.value), own.argument)
        if node_name in free_names(value) or not subject.types.is_int(value):
            return None
        ends.append(value)
        return value

    node_name = node.name
    found: list[str] = []
    ends: list[hs.Expr] = []
    clauses: list[hs.Clause] = []
    for clause in node.clauses:
        if not isinstance(clause.pats[0], hs.PVar | hs.PLit):
            return
        branches: list[hs.Branch] = []
        for branch in clause.rhs.branches:
            if not all(isinstance(guard, hs.Test) for guard in branch.guards):
                return
            body = loop(branch.body)
            if body is None:
                return
            branches.append(replace(branch, body=body))
        clauses.append(hs.Clause((hs.PVar(acc), *clause.pats), hs.Rhs(tuple(branches))))
    if len(set(found)) != 1 or len(ends) != 1 or free_names(ends[0]):
        return
    if any(node_name in free_names(guard) for c in node.clauses for b in c.rhs.branches for guard in b.guards):
        return
    finished = [_ended(clause, ends[0], hs.Var(acc)) for clause in clauses]
    where = hs.Fun(go, tuple(finished))
    body = hs.apply(hs.Var(go), ends[0], hs.Var(start))
    yield replace(node, clauses=(hs.Clause((hs.PVar(start),), hs.Rhs((hs.Branch((), body),), (where,))),))


def _ended(clause: hs.Clause, end: hs.Expr, acc: hs.Expr) -> hs.Clause:
    branches = tuple(replace(b, body=acc) if b.body is end else b for b in clause.rhs.branches)
    return replace(clause, rhs=replace(clause.rhs, branches=branches))


def worker(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A recursive function as a wrapper around a local worker that does the recursion."""
    if not isinstance(node, hs.Fun) or node.name not in subject.signatures or not node.clauses[0].pats:
        return
    if occurrences(node, node.name) == 0:
        return
    (go,) = subject.fresh("go")
    renamed = tuple(substitute(clause, {node.name: hs.Var(go)}) for clause in node.clauses)
    names = _parameters(subject, node)
    where = hs.Fun(go, renamed)
    body = hs.apply(hs.Var(go), *(hs.Var(name) for name in names))
    pats = tuple(hs.PVar(name) for name in names)
    yield replace(node, clauses=(hs.Clause(pats, hs.Rhs((hs.Branch((), body),), (where,))),))


def _parameters(subject: Subject, node: hs.Fun) -> list[str]:
    bases: list[str] = []
    for column in zip(*(clause.pats for clause in node.clauses), strict=True):
        named = [name for pat in column if isinstance(pat, hs.PVar) for name in pattern_names(pat)]
        bases.append(named[0] if named else "arg")
    return subject.fresh(*bases)


RULES: dict[str, Rule] = {
    "recursion_to_fold": recursion_to_fold,
    "recursion_to_map": recursion_to_map,
    "accumulate_list": accumulate_list,
    "accumulate_number": accumulate_number,
    "worker": worker,
}
