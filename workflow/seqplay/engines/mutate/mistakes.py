"""Rewrites that usually change what a program computes: one small, typical mistake each.

Not every candidate is a mistake on every program (a swapped guard may not overlap): the diverging input found by
running both programs decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seqplay.engines.mutate.inference import INT, INTEGER, Ap, Atom, Meta, Ty
from seqplay.engines.mutate.subject import Rule, Subject, call, integer, op
from seqplay.haskell.syntax import (
    App,
    Case,
    Clause,
    Con,
    Expr,
    Fun,
    If,
    Infix,
    Lam,
    LeftSection,
    Lit,
    LitKind,
    Node,
    PLit,
    Range,
    Rhs,
    RightSection,
    Test,
    Tuple,
    Var,
    descendants,
    map_children,
    spine,
)

_RELATIONS = {"<": ("<=", ">"), "<=": ("<", ">="), ">": (">=", "<"), ">=": (">", "<="), "==": ("/=",), "/=": ("==",)}
_ARITHMETIC = {
    "+": ("-", "*"),
    "-": ("+",),
    "*": ("+",),
    "div": ("mod",),
    "mod": ("div",),
    "quot": ("rem",),
    "rem": ("quot",),
}
_FLOATING = {"/": ("*",)}
_PARTNERS = {
    "head": "last", "last": "head", "tail": "init", "init": "tail", "min": "max", "max": "min", "minimum": "maximum",
    "maximum": "minimum", "takeWhile": "dropWhile", "dropWhile": "takeWhile", "take": "drop", "drop": "take",
    "all": "any", "any": "all", "and": "or", "or": "and", "sum": "product", "product": "sum", "even": "odd", "odd":
    "even", "succ": "pred", "pred": "succ", "floor": "ceiling", "ceiling": "floor", "foldr1": "foldl1", "foldl1":
    "foldr1", "toUpper": "toLower", "toLower": "toUpper", "isUpper": "isLower", "isLower": "isUpper", "elem": "notElem",
    "notElem": "elem", "minBound": "maxBound", "maxBound": "minBound", "div": "quot", "mod": "rem",
}  # fmt: skip
_SIZED = {"take", "drop", "splitAt", "replicate"}


def relation(subject: Subject, node: Node) -> Iterator[Node]:
    """Another comparison: the boundary, or the direction."""
    if isinstance(node, Infix | LeftSection | RightSection):
        for name in _RELATIONS.get(subject.prelude(node.op), ()):
            yield replace(node, op=Var(name))


def arithmetic(subject: Subject, node: Node) -> Iterator[Node]:
    """Another arithmetic operator."""
    if isinstance(node, Infix):
        name = subject.prelude(node.op)
        for other in _ARITHMETIC.get(name, ()) + _FLOATING.get(name, ()):
            yield replace(node, op=Var(other))
    elif isinstance(node, Var) and subject.prelude(node) in {"+", "*"}:
        yield Var("*" if node.name == "+" else "+")


def constant(subject: Subject, node: Node) -> Iterator[Node]:
    """A constant off by one, another character, the other truth value."""
    match node:
        case Lit(LitKind.INTEGER, text) if text.isdigit():
            yield integer(int(text) + 1)
            if int(text) > 0:
                yield integer(int(text) - 1)
        case PLit(LitKind.INTEGER, text, negative) if text.isdigit():
            yield PLit(LitKind.INTEGER, str(int(text) + 1), negative)
        case Lit(LitKind.FLOAT, text) if text.replace(".", "").isdigit():
            yield Lit(LitKind.FLOAT, str(float(text) + 1))
        case Lit(LitKind.CHAR, text) | PLit(LitKind.CHAR, text, False) if len(text) == 3 and text[1].isalnum():
            other = chr(ord(text[1]) + 1) if text[1] not in "zZ9" else chr(ord(text[1]) - 1)
            yield replace(node, text=f"'{other}'")
        case Lit(LitKind.STRING, text) if "\\" not in text:
            yield Lit(LitKind.STRING, text[:-1] + '!"')
            if len(text) > 2:
                yield Lit(LitKind.STRING, text[:-2] + '"')
        case Con("True" | "False" as name):
            yield Con("False" if name == "True" else "True")
        case _:
            pass


def base_case(subject: Subject, node: Node) -> Iterator[Node]:
    """Another value in an equation whose pattern is a literal or an empty list."""
    if not isinstance(node, Clause) or not any(not p for p in _refutable(node)):
        return
    body = node.rhs.branches[0].body
    if len(node.rhs.branches) == 1 and subject.types.known(body, INT, INTEGER) and not isinstance(body, Lit):
        branch = replace(node.rhs.branches[0], body=op("+", body, integer(1)))
        yield replace(node, rhs=replace(node.rhs, branches=(branch,)))


def _refutable(clause: Clause) -> list[bool]:
    """For each literal or constant pattern of an equation: whether it has arguments."""
    return [bool(getattr(pat, "args", ())) for pat in clause.pats if isinstance(pat, PLit) or hasattr(pat, "args")]


def branches(subject: Subject, node: Node) -> Iterator[Node]:
    """Two branches exchanged."""
    match node:
        case If(_, then, other) if then != other:
            yield replace(node, then=other, other=then)
        case Rhs(found, _):
            for i in range(len(found) - 1):
                a, b = found[i], found[i + 1]
                if a.body != b.body:
                    swapped = (replace(a, body=b.body), replace(b, body=a.body))
                    yield replace(node, branches=(*found[:i], *swapped, *found[i + 2 :]))
        case Case(_, alts) if len(alts) == 2 and alts[0].rhs != alts[1].rhs:
            yield replace(node, alts=(replace(alts[0], rhs=alts[1].rhs), replace(alts[1], rhs=alts[0].rhs)))
        case _:
            pass


def connective(subject: Subject, node: Node) -> Iterator[Node]:
    """``&&`` for ``||``, a dropped ``not``, a dropped conjunct."""
    name = subject.operation(node, "&&", "||")
    if name and isinstance(node, Infix):
        yield replace(node, op=Var("||" if name == "&&" else "&&"))
        yield node.left
        yield node.right
    negated = subject.call(node, "not", 1)
    if negated:
        yield negated[0]


def condition(subject: Subject, node: Node) -> Iterator[Node]:
    """A condition negated."""
    if isinstance(node, If):
        yield replace(node, condition=call("not", node.condition))
    elif isinstance(node, Test) and subject.types.known(node.expr, Atom("Bool")) and node.expr != Var("otherwise"):
        yield replace(node, expr=call("not", node.expr))
    predicate = subject.call(node, "filter", 2)
    if predicate:
        yield call("filter", op(".", Var("not"), predicate[0]), predicate[1])


def off_by_one(subject: Subject, node: Node) -> Iterator[Node]:
    """A count, an index or an end of a range off by one."""
    if isinstance(node, Range) and node.last is not None and subject.types.is_int(node.last):
        yield replace(node, last=op("-", node.last, integer(1)))
        if node.step is None:
            yield replace(node, first=op("+", node.first, integer(1)))
    for name in sorted(_SIZED):
        args = subject.call(node, name, 2)
        if args and not isinstance(args[0], Lit):
            yield call(name, op("+", args[0], integer(1)), args[1])
            yield call(name, op("-", args[0], integer(1)), args[1])
    if isinstance(node, Infix) and subject.operation(node, "!!"):
        yield replace(node, right=op("+", node.right, integer(1)))


def partner(subject: Subject, node: Node) -> Iterator[Node]:
    """A function of the same type that does something else (``head`` for ``last``, ``min`` for ``max`` …)."""
    if isinstance(node, Var):
        other = _PARTNERS.get(subject.prelude(node), "")
        same = {"toUpper", "toLower", "isUpper", "isLower"}
        if other and (subject.available(other) or (other in same and subject.imports(other))):
            yield Var(other)
    if isinstance(node, Infix) and subject.prelude(node.op) in _PARTNERS and node.op.name not in {"div", "mod"}:
        yield replace(node, op=Var(_PARTNERS[node.op.name]))


def operand(subject: Subject, node: Node) -> Iterator[Node]:
    """An operand or a step left out."""
    if isinstance(node, Infix) and subject.operation(node, "+", "-", "*", "++", ":"):
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
        if args and isinstance(node, Expr) and _same_type(subject.types.of(node), subject.types.of(args[1])):
            yield args[1]


def order(subject: Subject, node: Node) -> Iterator[Node]:
    """Two operands or arguments of one type exchanged where the order matters."""
    if isinstance(node, Infix) and subject.operation(node, "-", "div", "mod", "quot", "rem", "++", "/", "<>", "^"):
        if node.left != node.right and _same_type(subject.types.of(node.left), subject.types.of(node.right)):
            yield replace(node, left=node.right, right=node.left)
    if isinstance(node, App):
        head, args = spine(node)
        if isinstance(head, Var) and subject.prelude(head) not in {"max", "min", "gcd", "lcm"}:
            for i in range(len(args) - 1):
                a, b = args[i], args[i + 1]
                if a != b and _same_type(subject.types.of(a), subject.types.of(b)):
                    yield _applied(head, (*args[:i], b, a, *args[i + 2 :]))
    if isinstance(node, Tuple) and len(node.items) == 2 and node.items[0] != node.items[1]:
        if _same_type(subject.types.of(node.items[0]), subject.types.of(node.items[1])):
            yield replace(node, items=(node.items[1], node.items[0]))


def _applied(head: Expr, args: tuple[Expr, ...]) -> Expr:
    for arg in args:
        head = App(head, arg)
    return head


def fold(subject: Subject, node: Node) -> Iterator[Node]:
    """A fold from the other side, or its function with the operands exchanged."""
    for name, other in (("foldr", "foldl"), ("foldl", "foldr")):
        args = subject.call(node, name, 3)
        if not args:
            continue
        step, start, items = args
        if _same_type(_element(subject.types.of(items)), subject.types.of(start)):
            if not (isinstance(step, Var) and step.name in {"+", "*", "&&", "||"}):
                yield call(other, step, start, items)
            if isinstance(step, Lam) and len(step.pats) == 2:
                yield call(name, replace(step, pats=(step.pats[1], step.pats[0])), start, items)
            elif isinstance(step, Var) and step.name not in {"+", "*", "&&", "||", "max", "min"}:
                yield call(name, call("flip", step), start, items)


def _element(type_: Ty | None) -> Ty | None:
    return type_.arg if isinstance(type_, Ap) and type_.head == Atom("[]") else None


def variable(subject: Subject, node: Node) -> Iterator[Node]:
    """Another parameter of the same type in one place."""
    if not isinstance(node, Clause | Lam):
        return
    patterns = [p for pat in node.pats for p in descendants(pat) if type(p).__name__ == "PVar"]
    typed = [(getattr(p, "name", ""), subject.types.of(p)) for p in patterns]
    inside = node.rhs if isinstance(node, Clause) else node.body
    for name, type_ in typed:
        for other, other_type in typed:
            if name != other and _same_type(type_, other_type):
                for new in _each_use(inside, name, other):
                    if isinstance(node, Clause) and isinstance(new, Rhs):
                        yield replace(node, rhs=new)
                    elif isinstance(node, Lam) and isinstance(new, Expr):
                        yield replace(node, body=new)


def _each_use(node: Node, name: str, other: str) -> Iterator[Node]:
    """Yield the node with one occurrence of a variable replaced."""
    uses = sum(1 for below in descendants(node) if isinstance(below, Var) and below.name == name)
    for wanted in range(uses):
        seen = -1

        def change(below: Node, wanted: int = wanted) -> Node:
            nonlocal seen
            if isinstance(below, Var) and below.name == name:
                seen += 1
                return Var(other) if seen == wanted else below
            return map_children(below, change)

        yield change(node)


def wrapper(subject: Subject, node: Node) -> Iterator[Node]:
    """``Nothing`` for ``Just``, a result off by one."""
    if isinstance(node, App) and isinstance(node.function, Con) and node.function.name == "Just":
        yield Con("Nothing")
    if isinstance(node, Fun) and len(node.clauses) == 1 and len(node.clauses[0].rhs.branches) == 1:
        clause = node.clauses[0]
        branch = clause.rhs.branches[0]
        if subject.types.is_int(branch.body) and not branch.guards:
            changed = replace(branch, body=op("+", branch.body, integer(1)))
            yield replace(node, clauses=(replace(clause, rhs=replace(clause.rhs, branches=(changed,))),))


def _same_type(a: Ty | None, b: Ty | None) -> bool:
    return a is not None and b is not None and not isinstance(a, Meta) and a == b


RULES: dict[str, Rule] = {
    "relation": relation,
    "arithmetic": arithmetic,
    "constant": constant,
    "base_case": base_case,
    "branches": branches,
    "connective": connective,
    "condition": condition,
    "off_by_one": off_by_one,
    "partner": partner,
    "operand": operand,
    "order": order,
    "fold": fold,
    "variable": variable,
    "wrapper": wrapper,
}
