"""Laws of whole numbers: they hold for ``Integer``, and for ``Int`` under wraparound.

None applies to ``Double``, where NaN, -0.0 and rounding break them, or to a type that is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.unification import INTEGER
from seqplay.mutate.subject import Rule, Subject, call, integer, op


def commute(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``a + b`` and ``a * b`` exchanged where at most one side can fail (which failure shows could change
    otherwise).
    """
    if isinstance(node, hs.Infix) and subject.operation(node, "+", "*") and subject.types.is_int(node):
        if subject.safe(node.left) or subject.safe(node.right):
            yield op(node.op.name, node.right, node.left)


def associate(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``(a + b) + c`` as ``a + (b + c)``."""
    if isinstance(node, hs.Infix) and subject.types.is_int(node) and isinstance(node.left, hs.Infix):
        name = subject.operation(node, "+", "*")
        if name and subject.operation(node.left, name):
            yield op(name, node.left.left, op(name, node.left.right, node.right))


def subtraction(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``a - b`` as ``a + negate b``, and negation as subtraction from 0."""
    if isinstance(node, hs.Infix) and subject.operation(node, "-") and subject.types.is_int(node):
        if not isinstance(node.right, hs.Lit):
            yield op("+", node.left, call("negate", node.right))
        else:
            yield call("subtract", node.right, node.left)
    args = subject.call(node, "negate", 1)
    if args and isinstance(node, hs.Expr) and subject.types.is_int(node):
        yield op("-", integer(0), args[0])
    if isinstance(node, hs.Neg) and not isinstance(node.operand, hs.Lit) and subject.types.is_int(node):
        yield op("-", integer(0), node.operand)


def doubling(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``2 * a`` and ``a + a``; ``a ^ 2`` and ``a * a``, for an operand that costs nothing."""
    if not isinstance(node, hs.Infix) or not subject.types.is_int(node):
        return
    name = subject.operation(node, "+", "*", "^")
    if name == "*" and node.right == integer(2) and isinstance(node.left, hs.Var):
        yield op("+", node.left, node.left)
    if name == "*" and node.left == integer(2) and isinstance(node.right, hs.Var):
        yield op("+", node.right, node.right)
    if name == "+" and node.left == node.right:
        yield op("*", integer(2), node.left)
    if name == "^" and node.right == integer(2) and isinstance(node.left, hs.Var):
        yield op("*", node.left, node.left)
    if name == "*" and node.left == node.right:
        yield op("^", node.left, integer(2))


def distribute(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``a * (b + c)`` as ``a * b + a * c`` for a variable or literal ``a``, and back."""
    if not isinstance(node, hs.Infix) or not subject.types.is_int(node):
        return
    if subject.operation(node, "*") and isinstance(node.left, hs.Var | hs.Lit) and isinstance(node.right, hs.Infix):
        inner = subject.operation(node.right, "+", "-")
        if inner and subject.safe(node.left):
            yield op(inner, op("*", node.left, node.right.left), op("*", node.left, node.right.right))
    outer = subject.operation(node, "+", "-")
    left, right = node.left, node.right
    if outer and isinstance(left, hs.Infix) and isinstance(right, hs.Infix) and left.left == right.left:
        if subject.operation(left, "*") and subject.operation(right, "*") and subject.safe(left.left):
            yield op("*", left.left, op(outer, left.right, right.right))


def neutral(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A neutral element added to a product or a sum: ``a * b`` as ``a * b + 0``; and one taken away."""
    if isinstance(node, hs.Infix) and subject.types.is_int(node):
        name = subject.operation(node, "+", "-", "*")
        if name and node.right == integer(1 if name == "*" else 0):
            yield node.left
        elif name in {"+", "*"} and node.left == integer(1 if name == "*" else 0):
            yield node.right


def absolute(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``abs``, ``max``, ``min`` and ``signum`` by comparison, for operands that cost nothing."""
    if not isinstance(node, hs.Expr) or not subject.types.is_int(node):
        return
    args = subject.call(node, "abs", 1)
    if args and isinstance(args[0], hs.Var):
        yield hs.If(op("<", args[0], integer(0)), call("negate", args[0]), args[0])
    args = subject.call(node, "signum", 1)
    if args and isinstance(args[0], hs.Var):
        below = hs.If(op("<", args[0], integer(0)), hs.Neg(integer(1)), integer(0))
        yield hs.If(op(">", args[0], integer(0)), integer(1), below)
    for name, relation in (("max", ">="), ("min", "<=")):
        pair = subject.call(node, name, 2)
        if pair and all(isinstance(arg, hs.Var | hs.Lit) for arg in pair):
            yield hs.If(op(relation, *pair), *pair)


def by_comparison(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``if a < b then b else a`` as ``max a b``, and likewise ``min``."""
    if (
        not isinstance(node, hs.If)
        or not isinstance(node.condition, hs.Infix)
        or not subject.types.is_int(node.condition.left)
    ):
        return
    a, b = node.condition.left, node.condition.right
    name = subject.prelude(node.condition.op)
    if {node.then, node.other} != {a, b} or name not in {"<", "<=", ">", ">="} or a == b:
        return
    greater = (name in {">", ">="}) == (node.then == a)
    yield call("max" if greater else "min", a, b)


def successor(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``n + 1`` as ``succ n`` and ``n - 1`` as ``pred n``, for ``Integer`` alone: ``succ maxBound`` is an error."""
    if isinstance(node, hs.Infix) and subject.types.known(node, INTEGER) and node.right == integer(1):
        name = subject.operation(node, "+", "-")
        if name:
            yield call("succ" if name == "+" else "pred", node.left)


def literal_sum(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A small literal summand split: ``n + 3`` as ``n + 1 + 2``."""
    if isinstance(node, hs.Infix) and subject.types.is_int(node) and isinstance(node.right, hs.Lit):
        if subject.operation(node, "+") and node.right.kind is hs.LitKind.INTEGER and node.right.text.isdigit():
            value = int(node.right.text)
            if 2 <= value <= 99:
                yield op("+", op("+", node.left, integer(1)), integer(value - 1))


RULES: dict[str, Rule] = {
    "commute": commute,
    "associate": associate,
    "subtraction": subtraction,
    "doubling": doubling,
    "distribute": distribute,
    "neutral": neutral,
    "absolute": absolute,
    "by_comparison": by_comparison,
    "successor": successor,
    "literal_sum": literal_sum,
}
