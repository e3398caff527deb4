"""From the concrete tree to abstract syntax: patterns.

A view pattern holds an expression, so the reader of expressions (``reading``) builds on this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from seqplay.haskell.parsing import cst
from seqplay.haskell.parsing.cst import TSNode, Unreadable, fielded, name_of, part, parts, text
from seqplay.haskell.syntax import (
    Expr,
    FieldPat,
    LitKind,
    PAs,
    Pat,
    PBang,
    PCon,
    PLazy,
    PList,
    PLit,
    PRec,
    PTuple,
    PTyped,
    PVar,
    PView,
    PWild,
    fixity,
)
from seqplay.haskell.syntax.fixity import Fix, Token

LITERALS = {"integer": LitKind.INTEGER, "float": LitKind.FLOAT, "char": LitKind.CHAR, "string": LitKind.STRING}
UNITS = {"unit", "prefix_tuple", "prefix_list", "empty_list"}


@dataclass(frozen=True)
class PatternReader:
    """Reads the patterns of one module under its own fixities."""

    fixities: Mapping[str, Fix]

    def expression(self, node: TSNode) -> Expr:
        """Return an expression; raises ``Unreadable`` where there is no reader for them."""
        raise Unreadable(node)

    def pattern(self, node: TSNode) -> Pat:
        """Return a pattern; raises ``Unreadable``."""
        if node.has_error:
            raise Unreadable(node)
        return replace(self._pattern(node), span=cst.span(node))

    def _pattern(self, node: TSNode) -> Pat:
        match node.type:
            case "variable":
                return PVar(text(node))
            case "wildcard":
                return PWild()
            case "parens":
                return self.pattern(part(node, "pattern"))
            case "literal":
                inner = parts(node)[0]
                return PLit(LITERALS[inner.type], text(inner))
            case "negation":
                number = part(node, "number")
                return PLit(LITERALS[number.type], text(number), True)
            case "constructor" | "qualified" | "prefix_id":
                return PCon(name_of(node), ())
            case kind if kind in UNITS:
                return PCon("".join(cst.tokens(node)), ())
            case "apply":
                function = self.pattern(part(node, "function"))
                if not isinstance(function, PCon):
                    raise Unreadable(node)
                return PCon(function.name, (*function.args, self.pattern(part(node, "argument"))))
            case "infix":
                return self._infix_pattern(node)
            case "tuple":
                return PTuple(tuple(self.pattern(child) for child in parts(node)))
            case "list":
                items = tuple(self.pattern(child) for child in parts(node))
                return PList(items) if items else PCon("[]", ())
            case _:
                return self._marked_pattern(node)

    def _marked_pattern(self, node: TSNode) -> Pat:
        match node.type:
            case "as":
                return PAs(name_of(part(node, "bind")), self.pattern(part(node, "pattern")))
            case "irrefutable":
                return PLazy(self.pattern(part(node, "pattern")))
            case "strict":
                return PBang(self.pattern(part(node, "pattern")))
            case "signature":
                return PTyped(self.pattern(part(node, "pattern")), cst.read_signature(part(node, "type"), (), node))
            case "view_pattern":
                return PView(self.expression(part(node, "expression")), self.pattern(part(node, "pattern")))
            case "record":
                return self._record_pattern(node)
            case _:
                raise Unreadable(node)

    def _infix_pattern(self, node: TSNode) -> Pat:
        flat: list[Token[Pat]] = []
        while node.type == "infix":
            flat.append(Token(self.pattern(part(node, "left_operand"))))
            flat.append(Token(None, name_of(part(node, "operator"))))
            node = part(node, "right_operand")
        flat.append(Token(self.pattern(node)))

        def build(at: int, left: Pat, right: Pat) -> Pat:
            return PCon(flat[at].name, (left, right), span=(left.span[0], right.span[1]))

        def negate(at: int, operand: Pat) -> Pat:
            raise ValueError("a minus inside a pattern")

        return fixity.resolve(flat, self.fixities, fixity.Builder(build, negate))

    def _record_pattern(self, node: TSNode) -> Pat:
        binds: list[FieldPat] = []
        wildcard = False
        for child in fielded(node, "field"):
            found = parts(child)
            if found[0].type == "wildcard":
                wildcard = True
                continue
            inner = child.child_by_field_name("pattern")
            binds.append(FieldPat(name_of(found[0]), self.pattern(inner) if inner else None))
        return PRec(name_of(part(node, "constructor")), tuple(binds), wildcard)
