"""``let`` and ``where``: introduced, moved, and inlined; calls of small helpers unfolded. Laziness makes all of it
safe.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seqplay.haskell import syntax as hs
from seqplay.haskell.syntax.scope import (
    declared_names,
    free_names,
    occurrences,
    pattern_names,
    statement_names,
    substitute,
)
from seqplay.mutate.subject import Rule, Subject


def _parts(expr: hs.Expr) -> Iterator[hs.Expr]:
    """The calls and operations inside an expression that no binder stands around, itself not among them."""
    inner: tuple[hs.Expr, ...] = ()
    match expr:
        case hs.App():
            inner = hs.spine(expr)[1]
        case hs.Infix(_, left, right):
            inner = (left, right)
        case hs.If(condition, then, other):
            inner = (condition, then, other)
        case hs.Tuple(items) | hs.ListLit(items):
            inner = items
        case _:
            pass
    for each in inner:
        if isinstance(each, hs.App | hs.Infix):
            yield each
        yield from _parts(each)


def _replaced(node: hs.Expr, old: hs.Expr, new: hs.Expr) -> hs.Expr:
    """Replace an expression where no binder stands around it."""
    if node is old or node == old:
        return new
    if isinstance(node, hs.App | hs.Infix | hs.If | hs.Tuple | hs.ListLit):
        return hs.map_children(node, lambda child: _replaced(child, old, new) if isinstance(child, hs.Expr) else child)
    return node


def introduce_let(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A subexpression of an equation's body, named by ``let``: evaluated when it is needed, as before."""
    if isinstance(node, hs.Rhs) and len(node.branches) == 1 and not node.branches[0].guards:
        body = node.branches[0].body
        (name,) = subject.fresh("value")
        for part in _parts(body):
            bound = hs.Fun(name, (hs.Clause((), hs.unconditional(part)),))
            yield replace(node, branches=(hs.Branch((), hs.Let((bound,), _replaced(body, part, hs.Var(name)))),))


def introduce_where(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A subexpression of a branch or guard, named by ``where``."""
    if not isinstance(node, hs.Clause):
        return
    rhs = node.rhs
    bound = {name for branch in rhs.branches for guard in branch.guards for name in statement_names(guard)}
    (name,) = subject.fresh("part")
    for index, branch in enumerate(rhs.branches):
        whole = [branch.body] if isinstance(branch.body, hs.App | hs.Infix) else []
        for part in [*whole, *_parts(branch.body)]:
            if free_names(part) & bound:
                continue
            changed = replace(branch, body=_replaced(branch.body, part, hs.Var(name)))
            branches = (*rhs.branches[:index], changed, *rhs.branches[index + 1 :])
            where = hs.Fun(name, (hs.Clause((), hs.unconditional(part)),))
            yield replace(node, rhs=replace(rhs, branches=branches, wheres=(*rhs.wheres, where)))


def let_to_where(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A ``let`` that is the whole body as ``where``."""
    if isinstance(node, hs.Clause) and len(node.rhs.branches) == 1 and not node.rhs.branches[0].guards:
        body = node.rhs.branches[0].body
        if isinstance(body, hs.Let):
            names = declared_names(body.decls)
            parameters = {name for pat in node.pats for name in pattern_names(pat)}
            if not set(names) & (set(declared_names(node.rhs.wheres)) | parameters) and not _uses(
                node.rhs.wheres, names
            ):
                yield replace(node, rhs=hs.Rhs((hs.Branch((), body.body),), (*body.decls, *node.rhs.wheres)))


def where_to_let(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A ``where`` under one unguarded body as ``let``."""
    if isinstance(node, hs.Rhs) and node.wheres and len(node.branches) == 1 and not node.branches[0].guards:
        yield hs.unconditional(hs.Let(node.wheres, node.branches[0].body))


def _uses(decls: tuple[hs.Decl, ...], names: list[str]) -> bool:
    return any(free_names(decl) & set(names) for decl in decls)


def inline(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A local value without a signature put into the one place that uses it."""
    if isinstance(node, hs.Let):
        for decl, value in _values(node.decls):
            rest = tuple(d for d in node.decls if d is not decl)
            if occurrences(node.body, decl.name) == 1 and not _uses(rest, [decl.name]):
                body = substitute(node.body, {decl.name: value})
                yield replace(node, decls=rest, body=body) if rest else body
    if isinstance(node, hs.Rhs) and node.wheres:
        for decl, value in _values(node.wheres):
            rest = tuple(d for d in node.wheres if d is not decl)
            uses = sum(occurrences(branch, decl.name) for branch in node.branches)
            if uses == 1 and not _uses(rest, [decl.name]):
                branches = tuple(substitute(branch, {decl.name: value}) for branch in node.branches)
                yield replace(node, branches=branches, wheres=rest)


def _values(decls: tuple[hs.Decl, ...]) -> Iterator[tuple[hs.Fun, hs.Expr]]:
    signed = {name for decl in decls if isinstance(decl, hs.Signature) for name in decl.names}
    for decl in decls:
        if isinstance(decl, hs.Fun) and len(decl.clauses) == 1 and decl.name not in signed:
            clause = decl.clauses[0]
            simple = len(clause.rhs.branches) == 1 and not clause.rhs.branches[0].guards and not clause.rhs.wheres
            if not clause.pats and simple and decl.name not in free_names(decl):
                yield decl, clause.rhs.branches[0].body


def unfold(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A call of a top-level helper that is one plain equation, replaced by its body (typed as the helper's result)."""
    if not isinstance(node, hs.App):
        return
    head, args = hs.spine(node)
    if not isinstance(head, hs.Var) or head.name not in subject.signatures:
        return
    signature = subject.signatures[head.name]
    for decl in subject.program.decls:
        if not isinstance(decl, hs.Fun) or decl.name != head.name or len(decl.clauses) != 1:
            continue
        clause = decl.clauses[0]
        body = clause.rhs.branches[0].body
        plain = len(clause.rhs.branches) == 1 and not clause.rhs.branches[0].guards and not clause.rhs.wheres
        names = [pat.name for pat in clause.pats if isinstance(pat, hs.PVar)]
        if not plain or len(names) != len(clause.pats) or len(args) != len(names) or head.name in free_names(body):
            continue
        result = _result(signature.type, len(args))
        if result is not None and not signature.constraints:
            values = dict(zip(names, args, strict=True))
            yield hs.Typed(substitute(body, values), hs.Signature((), (), result))


def _result(type_: hs.Type, count: int) -> hs.Type | None:
    for _ in range(count):
        if not (isinstance(type_, hs.TyCon) and type_.name == "->" and len(type_.args) == 2):
            return None
        type_ = type_.args[1]
    return type_ if _is_closed(type_) else None


def _is_closed(type_: hs.Type) -> bool:
    return isinstance(type_, hs.TyCon) and all(_is_closed(arg) for arg in type_.args)


RULES: dict[str, Rule] = {
    "introduce_let": introduce_let,
    "introduce_where": introduce_where,
    "let_to_where": let_to_where,
    "where_to_let": where_to_let,
    "inline": inline,
    "unfold": unfold,
}
