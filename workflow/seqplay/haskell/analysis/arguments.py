"""The arguments of an input as one writes them after the function's name: ``[1,2] 3`` are two.

The Haskell parser splits them, as the operands of an application. ``-1`` counts as an argument where the minus touches
the number and a space stands before it, which Haskell itself would read as a subtraction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seqplay.haskell.parsing import cst
from seqplay.haskell.parsing.cst import TSNode

_FUNCTION = "seqplay"
_BEFORE = f"seqplayInput = {_FUNCTION} "


def readings(given: Any) -> list[list[str]] | str:
    """Return the ways to read an input, best first, or what is wrong with it.

    A list holds one expression for each argument. A text is juxtaposed arguments; or, for an entry of one argument, one
    whole expression (``Just 3``).
    """
    if isinstance(given, list):
        wrong = next((number for number, item in enumerate(given, start=1) if not isinstance(item, str)), None)
        return [list(given)] if wrong is None else f"argument {wrong} of the input is no text, but {given[wrong - 1]!r}"
    if not isinstance(given, str):
        return f"the input is neither a text nor a list of texts, but {type(given).__name__}"
    if not given.strip():
        return [[]]
    split = split_arguments(given)
    found = [split] if split is not None else []
    return [*found, [given.strip()]]


def split_arguments(text: str) -> list[str] | None:
    """Return the juxtaposed arguments of a text; none where it is no sequence of arguments."""
    indented = text.strip().replace("\n", "\n  ")
    code = (_BEFORE + indented).encode("utf-8", "surrogatepass")
    root = cst.parse_tree(_BEFORE + indented)
    if root.has_error:
        return None
    body = _only_body(root)
    if body is None:
        return None
    nodes = _operands(body, code)
    if nodes is None or cst.text(nodes[0]) != _FUNCTION:
        return None
    return [_slice(code, start, node) for start, node in _places(nodes[1:], code)]


def _only_body(root: TSNode) -> TSNode | None:
    """Return the expression that the only binding is bound to."""
    declarations = [node for child in cst.parts(root) if child.type == "declarations" for node in cst.parts(child)]
    if len(declarations) != 1 or len(cst.parts(root)) != 1:
        return None
    matches = cst.fielded(declarations[0], "match")
    if len(matches) != 1 or declarations[0].child_by_field_name("binds") is not None:
        return None
    return matches[0].child_by_field_name("expression")


def _operands(node: TSNode, code: bytes) -> list[TSNode] | None:
    """Return function and arguments of an application; a difference with a touching number goes on with it."""
    if node.type == "apply":
        function, argument = node.child_by_field_name("function"), node.child_by_field_name("argument")
        if function is None or argument is None or argument.type == "type_application":
            return None
        before = _operands(function, code)
        return None if before is None else [*before, argument]
    if node.type == "infix":
        return _negative(node, code)
    return [node]


def _negative(node: TSNode, code: bytes) -> list[TSNode] | None:
    left, right = node.child_by_field_name("left_operand"), node.child_by_field_name("right_operand")
    operator = node.child_by_field_name("operator")
    if left is None or right is None or operator is None or cst.text(operator) != "-":
        return None
    before, after = _operands(left, code), _operands(right, code)
    if before is None or after is None or after[0].type != "literal":
        return None
    touches = operator.end_byte == after[0].start_byte and code[operator.start_byte - 1 : operator.start_byte].isspace()
    return [*before, *after] if touches else None


def _places(nodes: Sequence[TSNode], code: bytes) -> list[tuple[int, TSNode]]:
    """Return where each argument starts: a touching minus belongs to its number."""
    return [(node.start_byte - (code[node.start_byte - 1 : node.start_byte] == b"-"), node) for node in nodes]


def _slice(code: bytes, start: int, node: TSNode) -> str:
    return code[start : node.end_byte].decode("utf-8", "surrogatepass")
