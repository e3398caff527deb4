"""From the concrete tree to abstract syntax: expressions and declarations, with fixities resolved.

A declaration that cannot be read becomes ``Opaque``; ``read_program`` never raises. Whether the text parsed at all
is in ``Source.errors``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from seqplay.haskell import syntax as hs
from seqplay.haskell.parsing import cst
from seqplay.haskell.parsing.cst import TSNode, Unreadable, fielded, name_of, part, parts, text
from seqplay.haskell.parsing.patterns import LITERALS, UNITS, PatternReader
from seqplay.haskell.syntax.fixity import Fix, Token


def read_program(root: TSNode) -> hs.Program:
    """Return the program of a concrete tree's root."""
    nodes = [node for child in parts(root) if child.type == "declarations" for node in parts(child)]
    reader = _Reader(_fixities(nodes))
    return hs.Program(_group([reader.top(node) for node in nodes]), span=cst.span(root))


def _fixities(nodes: Sequence[TSNode]) -> dict[str, Fix]:
    table: dict[str, Fix] = {}
    for node in nodes:
        for inner in [
            node,
            *(deeper for child in parts(node) if child.type.endswith("_declarations") for deeper in parts(child)),
        ]:
            if inner.type == "fixity":
                declared = _fixity(inner)
                fix = Fix(declared.precedence, declared.associativity.removeprefix("infix") or "n")
                table.update(dict.fromkeys(declared.ops, fix))
    return table


def _fixity(node: TSNode) -> hs.Fixity:
    level = node.child_by_field_name("precedence")
    ops = tuple(name_of(op) for op in fielded(node, "operator"))
    return hs.Fixity(text(part(node, "associativity")), int(text(level)) if level else 9, ops, span=cst.span(node))


def _group(decls: Sequence[hs.Decl]) -> tuple[hs.Decl, ...]:
    """Join the adjacent equations of one name."""
    result: list[hs.Decl] = []
    for decl in decls:
        last = result[-1] if result else None
        if isinstance(decl, hs.Fun) and isinstance(last, hs.Fun) and last.name == decl.name and decl.clauses[0].pats:
            clauses = last.clauses + decl.clauses
            result[-1] = replace(last, clauses=clauses, span=(last.span[0], decl.span[1]))
        else:
            result.append(decl)
    return tuple(result)


@dataclass(frozen=True)
class _Reader(PatternReader):
    """Reads nodes of one module under its own fixities."""

    # ------------------------------------------------------------ declarations

    def top(self, node: TSNode) -> hs.Decl:
        try:
            return self.declaration(node)
        except (Unreadable, ValueError, IndexError, StopIteration, RecursionError):
            return hs.Opaque(cst.tokens(node), span=cst.span(node))

    def declaration(self, node: TSNode) -> hs.Decl:
        if node.has_error:
            raise Unreadable(node)
        match node.type:
            case "signature":
                names = node.child_by_field_name("names")
                found = fielded(names, "name") if names else fielded(node, "name")
                return cst.read_signature(node.child_by_field_name("type"), tuple(name_of(n) for n in found), node)
            case "function":
                return self.function(node)
            case "bind":
                return self.bind(node)
            case "fixity":
                return _fixity(node)
            case "data_type" | "newtype" | "type_synonym":
                return self.data(node)
            case "class" | "instance":
                return self.body(node)
            case _:
                raise Unreadable(node)

    def declarations(self, node: TSNode | None) -> tuple[hs.Decl, ...]:
        if node is None:
            return ()
        return _group([self.declaration(child) for child in parts(node)])

    def function(self, node: TSNode) -> hs.Fun:
        head: list[hs.Pat] = []
        name = node.child_by_field_name("name")
        outer = node
        while name is None:
            inner = next(child for child in parts(outer) if child.type in {"infix", "function_head_parens"})
            patterns = outer.child_by_field_name("patterns")
            head = ([self.pattern(p) for p in parts(patterns)] if patterns else []) + head
            if inner.type == "infix":
                head = [self.pattern(part(inner, "left_operand")), self.pattern(part(inner, "right_operand")), *head]
                name = part(inner, "operator")
                break
            outer, name = inner, inner.child_by_field_name("name")
        else:
            patterns = outer.child_by_field_name("patterns")
            head = ([self.pattern(p) for p in parts(patterns)] if patterns else []) + head
        clause = hs.Clause(tuple(head), self.rhs(node), span=cst.span(node))
        return hs.Fun(name_of(name), (clause,), span=cst.span(node))

    def bind(self, node: TSNode) -> hs.Decl:
        name = node.child_by_field_name("name")
        if name is not None:
            return hs.Fun(name_of(name), (hs.Clause((), self.rhs(node), span=cst.span(node)),), span=cst.span(node))
        return hs.PatBind(self.pattern(part(node, "pattern")), self.rhs(node), span=cst.span(node))

    def rhs(self, node: TSNode) -> hs.Rhs:
        branches = tuple(self.branch(match) for match in fielded(node, "match"))
        if not branches:
            raise Unreadable(node)
        return hs.Rhs(branches, self.declarations(node.child_by_field_name("binds")), span=cst.span(node))

    def branch(self, node: TSNode) -> hs.Branch:
        guards = node.child_by_field_name("guards")
        stmts = tuple(self.statement(child) for child in parts(guards)) if guards else ()
        return hs.Branch(stmts, self.expression(part(node, "expression")), span=cst.span(node))

    def data(self, node: TSNode) -> hs.DataDecl:
        names = [name_of(leaf) for leaf in _made(node)]
        kept: list[str] = []
        for child in node.children:
            if child.type != "deriving":
                kept += cst.tokens(child)
        params = node.child_by_field_name("patterns")
        variables = tuple(cst.tokens(child)[-1] for child in parts(params)) if params else ()
        made = tuple(cst.read_constructors(node))
        return hs.DataDecl(name_of(part(node, "name")), tuple(names), tuple(kept), variables, made, span=cst.span(node))

    def body(self, node: TSNode) -> hs.Body:
        inner = node.child_by_field_name("declarations")
        head = tuple(
            token for child in node.children if child != inner and child.type != "where" for token in cst.tokens(child)
        )
        return hs.Body(node.type, name_of(part(node, "name")), head, self.declarations(inner), span=cst.span(node))

    # ------------------------------------------------------------ statements

    def statement(self, node: TSNode) -> hs.Stmt:
        at = cst.span(node)
        match node.type:
            case "boolean" | "exp":
                return hs.Test(self.expression(parts(node)[0]), span=at)
            case "pattern_guard" | "generator" | "bind":
                return hs.Gen(self.pattern(part(node, "pattern")), self.expression(part(node, "expression")), span=at)
            case "let":
                return hs.LetStmt(self.declarations(part(node, "binds")), span=at)
            case _:
                raise Unreadable(node)

    # ------------------------------------------------------------ expressions

    def expression(self, node: TSNode) -> hs.Expr:
        read = _EXPRESSIONS.get(node.type)
        if read is None or node.has_error:
            raise Unreadable(node)
        return replace(read(self, node), span=cst.span(node))

    def operator(self, node: TSNode) -> hs.Var | hs.Con:
        name = name_of(node)
        at = cst.span(node)
        last = hs.fixity.base_name(name)
        return hs.Con(name, span=at) if last[:1] == ":" or last[:1].isupper() else hs.Var(name, span=at)

    def infix(self, node: TSNode) -> hs.Expr:
        ops: dict[int, hs.Var | hs.Con] = {}
        flat: list[Token[hs.Expr]] = []
        self.flatten(node, flat, ops)

        def build(at: int, left: hs.Expr, right: hs.Expr) -> hs.Expr:
            return hs.Infix(ops[at], left, right, span=(left.span[0], right.span[1]))

        def negate(at: int, operand: hs.Expr) -> hs.Expr:
            return hs.Neg(operand, span=(operand.span[0] - 1, operand.span[1]))

        return hs.fixity.resolve(flat, self.fixities, hs.fixity.Builder(build, negate))

    def flatten(self, node: TSNode, flat: list[Token[hs.Expr]], ops: dict[int, hs.Var | hs.Con]) -> None:
        if node.type == "infix":
            self.flatten(part(node, "left_operand"), flat, ops)
            operator = self.operator(part(node, "operator"))
            ops[len(flat)] = operator
            flat.append(Token(None, operator.name))
            self.flatten(part(node, "right_operand"), flat, ops)
        elif node.type == "negation":
            flat.append(Token(None, "-", True))
            self.flatten(part(node, "expression"), flat, ops)
        else:
            flat.append(Token(self.expression(node)))

    def apply(self, node: TSNode) -> hs.Expr:
        function = self.expression(part(node, "function"))
        argument = part(node, "argument")
        if argument.type == "type_application":
            return hs.TypeApp(function, cst.read_type(part(argument, "type")))
        return hs.App(function, self.expression(argument))

    def section(self, node: TSNode) -> hs.Expr:
        operators = [c for c in parts(node) if c.type in {"operator", "constructor_operator", "infix_id", "qualified"}]
        if node.type == "left_section":
            return hs.LeftSection(self.operator(operators[-1]), self.expression(part(node, "left_operand")))
        return hs.RightSection(self.operator(operators[0]), self.expression(part(node, "right_operand")))

    def tuple_(self, node: TSNode) -> hs.Expr:
        items: list[hs.Expr | None] = [None]
        for child in node.children:
            if child.type == ",":
                items.append(None)
            elif child.is_named and child.type not in {"comment", "haddock"}:
                items[-1] = self.expression(child)
        whole = tuple(item for item in items if item is not None)
        return hs.Tuple(whole) if len(whole) == len(items) else hs.TupleSection(tuple(items))

    def list_(self, node: TSNode) -> hs.Expr:
        items = tuple(self.expression(child) for child in parts(node))
        return hs.ListLit(items) if items else hs.Con("[]")

    def range(self, node: TSNode) -> hs.Expr:
        step, last = node.child_by_field_name("step"), node.child_by_field_name("to")
        first = self.expression(part(node, "from"))
        return hs.Range(first, self.expression(step) if step else None, self.expression(last) if last else None)

    def comprehension(self, node: TSNode) -> hs.Expr:
        qualifiers = fielded(node, "qualifiers")
        if len(qualifiers) != 1:
            raise Unreadable(node)
        quals = tuple(self.statement(child) for child in parts(qualifiers[0]))
        return hs.Comp(self.expression(part(node, "expression")), quals)

    def lambda_(self, node: TSNode) -> hs.Expr:
        pats = tuple(self.pattern(p) for p in parts(part(node, "patterns")))
        return hs.Lam(pats, self.expression(part(node, "expression")))

    def let(self, node: TSNode) -> hs.Expr:
        return hs.Let(self.declarations(part(node, "binds")), self.expression(part(node, "expression")))

    def conditional(self, node: TSNode) -> hs.Expr:
        return hs.If(*(self.expression(part(node, name)) for name in ("if", "then", "else")))

    def case(self, node: TSNode) -> hs.Expr:
        return hs.Case(self.expression(parts(node)[0]), self.alternatives(part(node, "alternatives")))

    def lambda_case(self, node: TSNode) -> hs.Expr:
        return hs.LamCase(self.alternatives(part(node, "alternatives")))

    def alternatives(self, node: TSNode) -> tuple[hs.Alt, ...]:
        return tuple(hs.Alt(self.pattern(part(n, "pattern")), self.rhs(n), span=cst.span(n)) for n in parts(node))

    def multi_if(self, node: TSNode) -> hs.Expr:
        return hs.MultiIf(tuple(self.branch(match) for match in fielded(node, "match")))

    def do(self, node: TSNode) -> hs.Expr:
        return hs.Do(tuple(self.statement(child) for child in fielded(node, "statement")))

    def typed(self, node: TSNode) -> hs.Expr:
        return hs.Typed(self.expression(part(node, "expression")), cst.read_signature(part(node, "type"), (), node))

    def record(self, node: TSNode) -> hs.Expr:
        binds: list[hs.FieldBind] = []
        wildcard = False
        for child in fielded(node, "field"):
            found = parts(child)
            if found[0].type == "wildcard":
                wildcard = True
                continue
            value = child.child_by_field_name("expression")
            binds.append(hs.FieldBind(name_of(found[0]), self.expression(value) if value else None))
        return hs.Record(self.expression(part(node, "expression")), tuple(binds), wildcard)

    def literal(self, node: TSNode) -> hs.Expr:
        inner = parts(node)[0]
        return hs.Lit(LITERALS[inner.type], text(inner))

    def name(self, node: TSNode) -> hs.Expr:
        if node.type in UNITS:
            return hs.Con("".join(cst.tokens(node)))
        return self.operator(node)


def _made(node: TSNode) -> list[TSNode]:
    """The names that a data declaration makes: constructors and fields."""
    found: list[TSNode] = []
    for child in parts(node):
        if child.type in {"constructor", "constructor_operator", "field_name"}:
            found.append(child)
        elif child.type not in {"deriving", "type_params"}:
            found += _made(child)
    return found


_EXPRESSIONS: dict[str, Callable[[_Reader, TSNode], hs.Expr]] = {
    "parens": lambda self, node: self.expression(part(node, "expression")),
    "infix": _Reader.infix,
    "negation": _Reader.infix,
    "apply": _Reader.apply,
    "left_section": _Reader.section,
    "right_section": _Reader.section,
    "tuple": _Reader.tuple_,
    "list": _Reader.list_,
    "arithmetic_sequence": _Reader.range,
    "list_comprehension": _Reader.comprehension,
    "lambda": _Reader.lambda_,
    "let_in": _Reader.let,
    "conditional": _Reader.conditional,
    "case": _Reader.case,
    "lambda_case": _Reader.lambda_case,
    "multi_way_if": _Reader.multi_if,
    "do": _Reader.do,
    "signature": _Reader.typed,
    "record": _Reader.record,
    "literal": _Reader.literal,
    "variable": _Reader.name,
    "constructor": _Reader.name,
    "qualified": _Reader.name,
    "prefix_id": _Reader.name,
    **dict.fromkeys(UNITS, _Reader.name),
}
