"""Another operator or function of the same type in place of the right one, or its operands in another order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.unification import Ap, Atom, Ty
from seqplay.mutate.inference import same_type
from seqplay.mutate.subject import Rule, Subject, call

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


def relation(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """Another comparison: the boundary, or the direction."""
    if isinstance(node, hs.Infix | hs.LeftSection | hs.RightSection):
        for name in _RELATIONS.get(subject.prelude(node.op), ()):
            yield replace(node, op=hs.Var(name))


def arithmetic(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """Another arithmetic operator."""
    if isinstance(node, hs.Infix):
        name = subject.prelude(node.op)
        for other in _ARITHMETIC.get(name, ()) + _FLOATING.get(name, ()):
            yield replace(node, op=hs.Var(other))
    elif isinstance(node, hs.Var) and subject.prelude(node) in {"+", "*"}:
        yield hs.Var("*" if node.name == "+" else "+")


def connective(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``&&`` for ``||``, a dropped ``not``, a dropped conjunct."""
    name = subject.operation(node, "&&", "||")
    if name and isinstance(node, hs.Infix):
        yield replace(node, op=hs.Var("||" if name == "&&" else "&&"))
        yield node.left
        yield node.right
    negated = subject.call(node, "not", 1)
    if negated:
        yield negated[0]


def partner(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A function of the same type that does something else (``head`` for ``last``, ``min`` for ``max`` …)."""
    if isinstance(node, hs.Var):
        other = _PARTNERS.get(subject.prelude(node), "")
        same = {"toUpper", "toLower", "isUpper", "isLower"}
        if other and (subject.available(other) or (other in same and subject.imports(other))):
            yield hs.Var(other)
    if isinstance(node, hs.Infix) and subject.prelude(node.op) in _PARTNERS and node.op.name not in {"div", "mod"}:
        yield replace(node, op=hs.Var(_PARTNERS[node.op.name]))


def order(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """Two operands or arguments of one type exchanged where the order matters."""
    if isinstance(node, hs.Infix) and subject.operation(node, "-", "div", "mod", "quot", "rem", "++", "/", "<>", "^"):
        if node.left != node.right and same_type(subject.types.of(node.left), subject.types.of(node.right)):
            yield replace(node, left=node.right, right=node.left)
    if isinstance(node, hs.App):
        head, args = hs.spine(node)
        if isinstance(head, hs.Var) and subject.prelude(head) not in {"max", "min", "gcd", "lcm"}:
            for i in range(len(args) - 1):
                a, b = args[i], args[i + 1]
                if a != b and same_type(subject.types.of(a), subject.types.of(b)):
                    yield _applied(head, (*args[:i], b, a, *args[i + 2 :]))
    if isinstance(node, hs.Tuple) and len(node.items) == 2 and node.items[0] != node.items[1]:
        if same_type(subject.types.of(node.items[0]), subject.types.of(node.items[1])):
            yield replace(node, items=(node.items[1], node.items[0]))


def _applied(head: hs.Expr, args: tuple[hs.Expr, ...]) -> hs.Expr:
    for arg in args:
        head = hs.App(head, arg)
    return head


def fold(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A fold from the other side, or its function with the operands exchanged."""
    for name, other in (("foldr", "foldl"), ("foldl", "foldr")):
        args = subject.call(node, name, 3)
        if not args:
            continue
        step, start, items = args
        if same_type(_element(subject.types.of(items)), subject.types.of(start)):
            if not (isinstance(step, hs.Var) and step.name in {"+", "*", "&&", "||"}):
                yield call(other, step, start, items)
            if isinstance(step, hs.Lam) and len(step.pats) == 2:
                yield call(name, replace(step, pats=(step.pats[1], step.pats[0])), start, items)
            elif isinstance(step, hs.Var) and step.name not in {"+", "*", "&&", "||", "max", "min"}:
                yield call(name, call("flip", step), start, items)


def _element(type_: Ty | None) -> Ty | None:
    return type_.argument if isinstance(type_, Ap) and type_.head == Atom("[]") else None


RULES: dict[str, Rule] = {
    "relation": relation,
    "arithmetic": arithmetic,
    "connective": connective,
    "partner": partner,
    "order": order,
    "fold": fold,
}
