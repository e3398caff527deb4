"""``let`` and ``where``: introduced, moved, and inlined; calls of small helpers unfolded. Laziness makes all of it
safe.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seqplay.haskell.syntax import (
    App,
    Branch,
    Clause,
    Decl,
    Expr,
    Fun,
    If,
    Infix,
    Let,
    ListLit,
    Node,
    PVar,
    Rhs,
    Signature,
    Tuple,
    TyCon,
    Type,
    Typed,
    Var,
    map_children,
    spine,
    unconditional,
)
from seqplay.haskell.syntax.scope import (
    declared_names,
    free_names,
    occurrences,
    pattern_names,
    statement_names,
    substitute,
)
from seqplay.mutate.subject import Rule, Subject


def _parts(expr: Expr) -> Iterator[Expr]:
    """The calls and operations inside an expression that no binder stands around, itself not among them."""
    inner: tuple[Expr, ...] = ()
    match expr:
        case App():
            inner = spine(expr)[1]
        case Infix(_, left, right):
            inner = (left, right)
        case If(condition, then, other):
            inner = (condition, then, other)
        case Tuple(items) | ListLit(items):
            inner = items
        case _:
            pass
    for each in inner:
        if isinstance(each, App | Infix):
            yield each
        yield from _parts(each)


def _replaced(node: Expr, old: Expr, new: Expr) -> Expr:
    """Replace an expression where no binder stands around it."""
    if node is old or node == old:
        return new
    if isinstance(node, App | Infix | If | Tuple | ListLit):
        return map_children(node, lambda child: _replaced(child, old, new) if isinstance(child, Expr) else child)
    return node


def introduce_let(subject: Subject, node: Node) -> Iterator[Node]:
    """A subexpression of an equation's body, named by ``let``: evaluated when it is needed, as before."""
    if isinstance(node, Rhs) and len(node.branches) == 1 and not node.branches[0].guards:
        body = node.branches[0].body
        (name,) = subject.fresh("value")
        for part in _parts(body):
            bound = Fun(name, (Clause((), unconditional(part)),))
            yield replace(node, branches=(Branch((), Let((bound,), _replaced(body, part, Var(name)))),))


def introduce_where(subject: Subject, node: Node) -> Iterator[Node]:
    """A subexpression of a branch or guard, named by ``where``."""
    if not isinstance(node, Clause):
        return
    rhs = node.rhs
    bound = {name for branch in rhs.branches for guard in branch.guards for name in statement_names(guard)}
    (name,) = subject.fresh("part")
    for index, branch in enumerate(rhs.branches):
        whole = [branch.body] if isinstance(branch.body, App | Infix) else []
        for part in [*whole, *_parts(branch.body)]:
            if free_names(part) & bound:
                continue
            changed = replace(branch, body=_replaced(branch.body, part, Var(name)))
            branches = (*rhs.branches[:index], changed, *rhs.branches[index + 1 :])
            where = Fun(name, (Clause((), unconditional(part)),))
            yield replace(node, rhs=replace(rhs, branches=branches, wheres=(*rhs.wheres, where)))


def let_to_where(subject: Subject, node: Node) -> Iterator[Node]:
    """A ``let`` that is the whole body as ``where``."""
    if isinstance(node, Clause) and len(node.rhs.branches) == 1 and not node.rhs.branches[0].guards:
        body = node.rhs.branches[0].body
        if isinstance(body, Let):
            names = declared_names(body.decls)
            parameters = {name for pat in node.pats for name in pattern_names(pat)}
            if not set(names) & (set(declared_names(node.rhs.wheres)) | parameters) and not _uses(
                node.rhs.wheres, names
            ):
                yield replace(node, rhs=Rhs((Branch((), body.body),), (*body.decls, *node.rhs.wheres)))


def where_to_let(subject: Subject, node: Node) -> Iterator[Node]:
    """A ``where`` under one unguarded body as ``let``."""
    if isinstance(node, Rhs) and node.wheres and len(node.branches) == 1 and not node.branches[0].guards:
        yield unconditional(Let(node.wheres, node.branches[0].body))


def _uses(decls: tuple[Decl, ...], names: list[str]) -> bool:
    return any(free_names(decl) & set(names) for decl in decls)


def inline(subject: Subject, node: Node) -> Iterator[Node]:
    """A local value without a signature put into the one place that uses it."""
    if isinstance(node, Let):
        for decl, value in _values(node.decls):
            rest = tuple(d for d in node.decls if d is not decl)
            if occurrences(node.body, decl.name) == 1 and not _uses(rest, [decl.name]):
                body = substitute(node.body, {decl.name: value})
                yield replace(node, decls=rest, body=body) if rest else body
    if isinstance(node, Rhs) and node.wheres:
        for decl, value in _values(node.wheres):
            rest = tuple(d for d in node.wheres if d is not decl)
            uses = sum(occurrences(branch, decl.name) for branch in node.branches)
            if uses == 1 and not _uses(rest, [decl.name]):
                branches = tuple(substitute(branch, {decl.name: value}) for branch in node.branches)
                yield replace(node, branches=branches, wheres=rest)


def _values(decls: tuple[Decl, ...]) -> Iterator[tuple[Fun, Expr]]:
    signed = {name for decl in decls if isinstance(decl, Signature) for name in decl.names}
    for decl in decls:
        if isinstance(decl, Fun) and len(decl.clauses) == 1 and decl.name not in signed:
            clause = decl.clauses[0]
            simple = len(clause.rhs.branches) == 1 and not clause.rhs.branches[0].guards and not clause.rhs.wheres
            if not clause.pats and simple and decl.name not in free_names(decl):
                yield decl, clause.rhs.branches[0].body


def unfold(subject: Subject, node: Node) -> Iterator[Node]:
    """A call of a top-level helper that is one plain equation, replaced by its body (typed as the helper's result)."""
    if not isinstance(node, App):
        return
    head, args = spine(node)
    if not isinstance(head, Var) or head.name not in subject.signatures:
        return
    signature = subject.signatures[head.name]
    for decl in subject.program.decls:
        if not isinstance(decl, Fun) or decl.name != head.name or len(decl.clauses) != 1:
            continue
        clause = decl.clauses[0]
        body = clause.rhs.branches[0].body
        plain = len(clause.rhs.branches) == 1 and not clause.rhs.branches[0].guards and not clause.rhs.wheres
        names = [pat.name for pat in clause.pats if isinstance(pat, PVar)]
        if not plain or len(names) != len(clause.pats) or len(args) != len(names) or head.name in free_names(body):
            continue
        result = _result(signature.type, len(args))
        if result is not None and not signature.constraints:
            values = dict(zip(names, args, strict=True))
            yield Typed(substitute(body, values), Signature((), (), result))


def _result(type_: Type, count: int) -> Type | None:
    for _ in range(count):
        if not (isinstance(type_, TyCon) and type_.name == "->" and len(type_.args) == 2):
            return None
        type_ = type_.args[1]
    return type_ if _is_closed(type_) else None


def _is_closed(type_: Type) -> bool:
    return isinstance(type_, TyCon) and all(_is_closed(arg) for arg in type_.args)


RULES: dict[str, Rule] = {
    "introduce_let": introduce_let,
    "introduce_where": introduce_where,
    "let_to_where": let_to_where,
    "where_to_let": where_to_let,
    "inline": inline,
    "unfold": unfold,
}
