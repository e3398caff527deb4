"""From the concrete tree to abstract syntax: patterns.

A view pattern holds an expression, so the reader of expressions (``reading``) builds on this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from seqplay.haskell import syntax as hs
from seqplay.haskell.parsing import cst
from seqplay.haskell.parsing.cst import TSNode, Unreadable, fielded, name_of, part, parts, text
from seqplay.haskell.syntax.fixity import Fix, Token

LITERALS = {
    "integer": hs.LitKind.INTEGER,
    "float": hs.LitKind.FLOAT,
    "char": hs.LitKind.CHAR,
    "string": hs.LitKind.STRING,
}
UNITS = {"unit", "prefix_tuple", "prefix_list", "empty_list"}


@dataclass(frozen=True)
class PatternReader:
    """Reads the patterns of one module under its own fixities."""

    fixities: Mapping[str, Fix]

    def expression(self, node: TSNode) -> hs.Expr:
        """Return an expression; raises ``Unreadable`` where there is no reader for them."""
        raise Unreadable(node)

    def pattern(self, node: TSNode) -> hs.Pat:
        """Return a pattern; raises ``Unreadable``."""
        if node.has_error:
            raise Unreadable(node)
        return replace(self._pattern(node), span=cst.span(node))

    def _pattern(self, node: TSNode) -> hs.Pat:
        match node.type:
            case "variable":
                return hs.PVar(text(node))
            case "wildcard":
                return hs.PWild()
            case "parens":
                return self.pattern(part(node, "pattern"))
            case "literal":
                inner = parts(node)[0]
                return hs.PLit(LITERALS[inner.type], text(inner))
            case "negation":
                number = part(node, "number")
                return hs.PLit(LITERALS[number.type], text(number), True)
            case "constructor" | "qualified" | "prefix_id":
                return hs.PCon(name_of(node), ())
            case kind if kind in UNITS:
                return hs.PCon("".join(cst.tokens(node)), ())
            case "apply":
                function = self.pattern(part(node, "function"))
                if not isinstance(function, hs.PCon):
                    raise Unreadable(node)
                return hs.PCon(function.name, (*function.args, self.pattern(part(node, "argument"))))
            case "infix":
                return self._infix_pattern(node)
            case "tuple":
                return hs.PTuple(tuple(self.pattern(child) for child in parts(node)))
            case "list":
                items = tuple(self.pattern(child) for child in parts(node))
                return hs.PList(items) if items else hs.PCon("[]", ())
            case _:
                return self._marked_pattern(node)

    def _marked_pattern(self, node: TSNode) -> hs.Pat:
        match node.type:
            case "as":
                return hs.PAs(name_of(part(node, "bind")), self.pattern(part(node, "pattern")))
            case "irrefutable":
                return hs.PLazy(self.pattern(part(node, "pattern")))
            case "strict":
                return hs.PBang(self.pattern(part(node, "pattern")))
            case "signature":
                return hs.PTyped(self.pattern(part(node, "pattern")), cst.read_signature(part(node, "type"), (), node))
            case "view_pattern":
                return hs.PView(self.expression(part(node, "expression")), self.pattern(part(node, "pattern")))
            case "record":
                return self._record_pattern(node)
            case _:
                raise Unreadable(node)

    def _infix_pattern(self, node: TSNode) -> hs.Pat:
        flat: list[Token[hs.Pat]] = []
        while node.type == "infix":
            flat.append(Token(self.pattern(part(node, "left_operand"))))
            flat.append(Token(None, name_of(part(node, "operator"))))
            node = part(node, "right_operand")
        flat.append(Token(self.pattern(node)))

        def build(at: int, left: hs.Pat, right: hs.Pat) -> hs.Pat:
            return hs.PCon(flat[at].name, (left, right), span=(left.span[0], right.span[1]))

        def negate(at: int, operand: hs.Pat) -> hs.Pat:
            raise ValueError("a minus inside a pattern")

        return hs.fixity.resolve(flat, self.fixities, hs.fixity.Builder(build, negate))

    def _record_pattern(self, node: TSNode) -> hs.Pat:
        binds: list[hs.FieldPat] = []
        wildcard = False
        for child in fielded(node, "field"):
            found = parts(child)
            if found[0].type == "wildcard":
                wildcard = True
                continue
            inner = child.child_by_field_name("pattern")
            binds.append(hs.FieldPat(name_of(found[0]), self.pattern(inner) if inner else None))
        return hs.PRec(name_of(part(node, "constructor")), tuple(binds), wildcard)
