"""Laws of truth values and comparisons."""

from __future__ import annotations

from collections.abc import Iterator

from seqplay.haskell.analysis.unification import BOOL, CHAR, INT, INTEGER
from seqplay.haskell.syntax import Con, Expr, If, Infix, Lit, LitKind, Node
from seqplay.mutate.subject import Rule, Subject, call, integer, op

_OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "/=", "/=": "=="}
_MIRROR = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "/=": "/="}
TRUE, FALSE = Con("True"), Con("False")


def negated(subject: Subject, condition: Expr) -> Expr:
    """Return the negation of a condition: the opposite comparison where the order is total, ``not`` otherwise."""
    inner = subject.call(condition, "not", 1)
    if inner:
        return inner[0]
    if condition in (TRUE, FALSE):
        return FALSE if condition == TRUE else TRUE
    if isinstance(condition, Infix) and subject.total_order(condition.left):
        name = subject.prelude(condition.op)
        if name in _OPPOSITE:
            return op(_OPPOSITE[name], condition.left, condition.right)
    even = subject.call(condition, "even", 1)
    if even and subject.types.is_int(even[0]):
        return call("odd", even[0])
    return call("not", condition)


def de_morgan(subject: Subject, node: Node) -> Iterator[Node]:
    """De Morgan, which holds lazily too: the same operand decides first."""
    inner = subject.call(node, "not", 1)
    if inner and isinstance(inner[0], Infix):
        name = subject.operation(inner[0], "&&", "||")
        if name:
            other = "||" if name == "&&" else "&&"
            yield op(other, negated(subject, inner[0].left), negated(subject, inner[0].right))
    if isinstance(node, Infix):
        name = subject.operation(node, "&&", "||")
        if name:
            other = "||" if name == "&&" else "&&"
            yield call("not", op(other, negated(subject, node.left), negated(subject, node.right)))


def connective_to_if(subject: Subject, node: Node) -> Iterator[Node]:
    """``a && b`` and ``a || b`` by their definition."""
    if isinstance(node, Infix):
        if subject.operation(node, "&&"):
            yield If(node.left, node.right, FALSE)
        elif subject.operation(node, "||"):
            yield If(node.left, TRUE, node.right)


def if_to_connective(subject: Subject, node: Node) -> Iterator[Node]:
    """``if`` with a constant branch as a connective."""
    if not isinstance(node, If):
        return
    if node.then == TRUE and node.other == FALSE:
        yield node.condition
    elif node.then == FALSE and node.other == TRUE:
        yield negated(subject, node.condition)
    elif node.other == FALSE:
        yield op("&&", node.condition, node.then)
    elif node.then == TRUE:
        yield op("||", node.condition, node.other)


def commute(subject: Subject, node: Node) -> Iterator[Node]:
    """``&&`` and ``||`` exchanged where neither operand can fail."""
    if isinstance(node, Infix) and subject.operation(node, "&&", "||"):
        if subject.safe(node.left) and subject.safe(node.right):
            yield op(node.op.name, node.right, node.left)


def mirror(subject: Subject, node: Node) -> Iterator[Node]:
    """A comparison read from the other side, for types with lawful comparisons, where neither side can fail."""
    if isinstance(node, Infix):
        name = subject.prelude(node.op)
        if name in _MIRROR and subject.total_order(node.left) and subject.safe(node.left) and subject.safe(node.right):
            yield op(_MIRROR[name], node.right, node.left)


def opposite(subject: Subject, node: Node) -> Iterator[Node]:
    """A comparison as the negation of its opposite."""
    if isinstance(node, Infix) and subject.types.known(node.left, INT, INTEGER, CHAR, BOOL):
        name = subject.prelude(node.op)
        if name in _OPPOSITE:
            yield call("not", op(_OPPOSITE[name], node.left, node.right))


def boundary(subject: Subject, node: Node) -> Iterator[Node]:
    """``n <= 3`` as ``n < 4`` for whole numbers and a small literal, where nothing can overflow."""
    if not isinstance(node, Infix) or not subject.types.is_int(node.left) or not isinstance(node.right, Lit):
        return
    if node.right.kind is not LitKind.INTEGER or not node.right.text.isdigit() or len(node.right.text) > 9:
        return
    value = int(node.right.text)
    match subject.prelude(node.op):
        case "<=":
            yield op("<", node.left, integer(value + 1))
        case "<" if value > 0:
            yield op("<=", node.left, integer(value - 1))
        case ">":
            yield op(">=", node.left, integer(value + 1))
        case ">=" if value > 0:
            yield op(">", node.left, integer(value - 1))
        case _:
            pass


def parity(subject: Subject, node: Node) -> Iterator[Node]:
    """``even`` and ``odd`` by each other and by ``mod``, for whole numbers."""
    for name, other, rest in (("even", "odd", 0), ("odd", "even", 1)):
        args = subject.call(node, name, 1)
        if args and subject.types.is_int(args[0]):
            yield call("not", call(other, args[0]))
            yield op("==", op("mod", args[0], integer(2)), integer(rest))
    if isinstance(node, Infix) and subject.operation(node, "==") and isinstance(node.left, Infix):
        inner = node.left
        if subject.operation(inner, "mod") and inner.right == integer(2) and subject.types.is_int(inner.left):
            if node.right in (integer(0), integer(1)):
                yield call("even" if node.right == integer(0) else "odd", inner.left)


def emptiness(subject: Subject, node: Node) -> Iterator[Node]:
    """``length xs == 0`` as ``null xs`` (which also ends on infinite lists)."""
    if isinstance(node, Infix) and subject.operation(node, "==") and node.right == integer(0):
        args = subject.call(node.left, "length", 1)
        if args:
            yield call("null", args[0])


RULES: dict[str, Rule] = {
    "de_morgan": de_morgan,
    "connective_to_if": connective_to_if,
    "if_to_connective": if_to_connective,
    "commute_connective": commute,
    "mirror_comparison": mirror,
    "opposite_comparison": opposite,
    "boundary": boundary,
    "parity": parity,
    "emptiness": emptiness,
}
