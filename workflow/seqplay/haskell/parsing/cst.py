"""The concrete tree of tree-sitter-haskell: parsing, helpers to walk it, and the reading of types out of it.

The grammar knows no fixities (operator expressions come right-nested) and tolerates mistakes (``ERROR`` and missing
nodes); what cannot be read raises ``Unreadable``, which callers turn into an ``Opaque`` declaration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import tree_sitter
import tree_sitter_haskell

from seqplay.haskell import syntax as hs

TSNode = tree_sitter.Node

_LANGUAGE = tree_sitter.Language(tree_sitter_haskell.language())
_ESCAPED = re.compile(r"""(?<![\w'])'\\([abfnrtv\\"'0-9])'""")
_STAND_IN = {escape: chr(0x80 + at) for at, escape in enumerate("abfnrtv\\\"'0123456789")}
_ESCAPES = str.maketrans({stand_in: f"\\{escape}" for escape, stand_in in _STAND_IN.items()})
EXTRAS = frozenset({"comment", "haddock", "pragma", "cpp"})


class Unreadable(Exception):
    """A node outside the subset of ``syntax``: its kind, and the line it is on (from 1)."""

    def __init__(self, node: TSNode) -> None:
        super().__init__(f"line {node.start_point[0] + 1}: {node.type} is outside the analysed subset of Haskell")


def parse_tree(code: str) -> TSNode:
    """Return the root of the concrete tree of a plain program; offsets are bytes of its UTF-8 text."""
    return tree_sitter.Parser(_LANGUAGE).parse(_unescaped(code).encode("utf-8", "surrogatepass")).root_node


def _unescaped(code: str) -> str:
    """Return the code with a control character of two bytes, as long as the escape, in each literal such as ``'\\n'``.

    The grammar ends an escaped character at the last quote before a space: ``'\\n':'a'`` would be one literal.
    ``text`` puts the escapes back. Nobody writes these characters; where somebody does, the code stays as it is.
    """
    if any(stand_in in code for stand_in in _STAND_IN.values()):
        return code
    return _ESCAPED.sub(lambda found: f"'{_STAND_IN[found[1]]}'", code)


def text(node: TSNode) -> str:
    """Return the source text of a node."""
    return (node.text or b"").decode("utf-8", "surrogatepass").translate(_ESCAPES)


def span(node: TSNode) -> hs.Span:
    """Return the byte offsets of a node."""
    return (node.start_byte, node.end_byte)


def parts(node: TSNode) -> list[TSNode]:
    """Return the named children without comments and pragmas."""
    return [child for child in node.named_children if child.type not in EXTRAS]


def part(node: TSNode, field: str) -> TSNode:
    """Return the child of a field; raises ``Unreadable`` without one."""
    child = node.child_by_field_name(field)
    if child is None or child.is_missing:
        raise Unreadable(node)
    return child


def fielded(node: TSNode, field: str) -> list[TSNode]:
    """Return all named children of a field."""
    return [child for child in node.children_by_field_name(field) if child.is_named and child.type not in EXTRAS]


def leaves(node: TSNode) -> Iterator[TSNode]:
    """Yield the tokens below a node, without comments and pragmas."""
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type in EXTRAS:
            continue
        if current.child_count == 0 or current.type in {"string", "char"}:
            if current.start_byte < current.end_byte:
                yield current
        else:
            stack += reversed(current.children)


def tokens(node: TSNode) -> tuple[str, ...]:
    """Return the texts of the tokens below a node."""
    return tuple(text(leaf) for leaf in leaves(node))


def name_of(node: TSNode) -> str:
    """Return the name of an identifier node: operator parentheses and backticks dropped, qualifier kept."""
    match node.type:
        case "prefix_id" | "infix_id":
            return name_of(parts(node)[0])
        case "qualified":
            return "".join(tokens(part(node, "module"))) + name_of(part(node, "id"))
        case "field_name":
            return name_of(parts(node)[0])
        case "variable" | "constructor" | "operator" | "constructor_operator" | "name" | "all_names" | "module_id":
            return text(node)
        case _:
            if node.is_named:
                raise Unreadable(node)
            return text(node)


# ---------------------------------------------------------------- types


def read_signature(node: TSNode | None, names: tuple[str, ...], where: TSNode) -> hs.Signature:
    """Return the signature with the given type node: foralls dropped, constraints apart."""
    if node is None:
        raise Unreadable(where)
    constraints: list[hs.Constraint] = []
    while node.type in {"forall", "context"}:
        if node.type == "context":
            constraints += _constraints(part(node, "context"))
        node = part(node, "type")
    return hs.Signature(names, tuple(constraints), read_type(node), span=span(where))


def _constraints(node: TSNode) -> list[hs.Constraint]:
    if node.type in {"tuple", "parens"}:
        return [constraint for child in parts(node) for constraint in _constraints(child)]
    if node.type == "apply":
        head, args = _type_spine(node)
        if head.type in {"name", "qualified"} and len(args) == 1:
            return [hs.Constraint(name_of(head), read_type(args[0]))]
    return [hs.Constraint("", hs.TyOther(tokens(node)))]


def _type_spine(node: TSNode) -> tuple[TSNode, list[TSNode]]:
    args: list[TSNode] = []
    while node.type == "apply":
        args.insert(0, part(node, "argument"))
        node = part(node, "constructor")
    return node, args


def read_type(node: TSNode) -> hs.Type:
    """Return a type; what is outside the subset (kinds, promotion, inner foralls, …) becomes ``TyOther``."""
    match node.type:
        case "parens":
            return read_type(part(node, "type"))
        case "function":
            return hs.TyCon("->", (read_type(part(node, "parameter")), read_type(part(node, "result"))))
        case "list" if len(parts(node)) == 1:
            return hs.TyCon("[]", (read_type(parts(node)[0]),))
        case "tuple":
            items = parts(node)
            return hs.TyCon("(" + "," * (len(items) - 1) + ")", tuple(read_type(item) for item in items))
        case "unit":
            return hs.TyCon("()")
        case "prefix_list":
            return hs.TyCon("[]")
        case "prefix_tuple":
            return hs.TyCon("".join(tokens(node)))
        case "prefix_id" if name_of(node) == "->":
            return hs.TyCon("->")
        case "variable":
            return hs.TyVar(text(node))
        case "name" | "qualified":
            return _expand(hs.TyCon(name_of(node)))
        case "apply":
            head, args = _type_spine(node)
            top = read_type(head)
            rest = tuple(read_type(arg) for arg in args)
            if isinstance(top, hs.TyCon):
                return hs.TyCon(top.name, top.args + rest)
            return hs.TyApp(top, rest)
        case _:
            return hs.TyOther(tokens(node))


def _expand(type_: hs.TyCon) -> hs.Type:
    return hs.TyCon("[]", (hs.TyCon("Char"),)) if type_.name == "String" else type_


# ---------------------------------------------------------------- constructors


def read_constructors(node: TSNode) -> list[hs.Constructor]:
    """Return the plain constructors of a data or newtype declaration; empty where any is not plain."""
    holders = [child for child in parts(node) if child.type in {"data_constructors", "newtype_constructor"}]
    if len(holders) != 1:
        return []
    holder = holders[0]
    try:
        if holder.type == "newtype_constructor":
            return [_newtype(holder)]
        return [_constructor(parts(each)[0]) for each in parts(holder) if _is_plain(each)]
    except Unreadable:
        return []


def _is_plain(node: TSNode) -> bool:
    if node.child_by_field_name("context") or node.child_by_field_name("forall"):
        raise Unreadable(node)
    return True


def _constructor(node: TSNode) -> hs.Constructor:
    match node.type:
        case "prefix":
            types = tuple(_field_type(child) for child in fielded(node, "field"))
            return hs.Constructor(name_of(part(node, "name")), types, ())
        case "record":
            return _record(name_of(part(node, "name")), part(node, "fields"))
        case "infix":
            sides = (_field_type(part(node, "left_operand")), _field_type(part(node, "right_operand")))
            return hs.Constructor(name_of(part(node, "operator")), sides, ())
        case _:
            raise Unreadable(node)


def _newtype(node: TSNode) -> hs.Constructor:
    name, field = name_of(part(node, "name")), part(node, "field")
    if field.type == "record":
        return _record(name, field)
    return hs.Constructor(name, (_field_type(parts(field)[0] if field.type == "field" else field),), ())


def _record(name: str, node: TSNode) -> hs.Constructor:
    types: list[hs.Type] = []
    labels: list[str] = []
    for field in fielded(node, "field"):
        for label in fielded(field, "name"):
            labels.append(name_of(label))
            types.append(_field_type(part(field, "type")))
    return hs.Constructor(name, tuple(types), tuple(labels))


def _field_type(node: TSNode) -> hs.Type:
    return read_type(parts(node)[0]) if node.type in {"strict_field", "lazy_field"} else read_type(node)
