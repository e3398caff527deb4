"""Rewrites that usually change what a program computes: one small, typical mistake each.

Not every candidate is a mistake on every program (a swapped guard may not overlap): the diverging input found by
running both programs decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seqplay.engines.mutate.inference import BOOL, INT, INTEGER, Ap, Atom, Meta, Ty
from seqplay.engines.mutate.subject import Rule, Subject, call, integer, op, rebuilt
from seqplay.haskell.scope import free_names, pattern_names, scoped
from seqplay.haskell.syntax import (
    Alt,
    App,
    Branch,
    Case,
    Clause,
    Comp,
    Con,
    Expr,
    Fun,
    Gen,
    If,
    Infix,
    Lam,
    LeftSection,
    Let,
    ListLit,
    Lit,
    LitKind,
    Node,
    Pat,
    PLit,
    PTuple,
    PVar,
    Range,
    Rhs,
    RightSection,
    Test,
    Tuple,
    Var,
    children,
    descendants,
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
    """Another variable of the same type in one place, from the parameters and patterns in scope."""
    if isinstance(node, Fun):
        for clause_index, clause in enumerate(node.clauses):
            for new in _exchanged(subject, clause, {}):
                if isinstance(new, Clause):
                    yield replace(node, clauses=(*node.clauses[:clause_index], new, *node.clauses[clause_index + 1 :]))


def _exchanged(subject: Subject, node: Node, scope: dict[str, Ty]) -> Iterator[Node]:
    """Yield the node with one variable replaced by another of its type; inner functions are left to their own turn."""
    if isinstance(node, Var):
        own = scope.get(node.name)
        for other, type_ in scope.items():
            if other != node.name and own is not None and own == type_:
                yield Var(other)
        return
    patterns = [below for child in children(node) if isinstance(child, Pat | Gen) for below in descendants(child)]
    typed = {below.name: subject.types.of(below) for below in patterns if isinstance(below, PVar)}
    for index, (child, bound) in enumerate(scoped(node)):
        if isinstance(child, Fun | Pat):
            continue
        inner = {name: type_ for name, type_ in scope.items() if name not in bound}
        inner |= {name: t for name, t in typed.items() if name in bound and t is not None and not isinstance(t, Meta)}
        for new in _exchanged(subject, child, inner):
            yield rebuilt(node, (index,), new)


def constructor(subject: Subject, node: Node) -> Iterator[Node]:
    """Another constant constructor of the same type; a list with an element less."""
    if isinstance(node, Con):
        for group in (("LT", "EQ", "GT"), *subject.constants):
            if node.name in group:
                yield from (Con(other) for other in group if other != node.name)
    if isinstance(node, Con | Var) and node.name in subject.twins:
        yield from (replace(node, name=other) for other in subject.twins[node.name])
    if isinstance(node, ListLit) and len(node.items) > 1:
        yield ListLit(node.items[:-1])
        yield ListLit((node.items[1], node.items[0], *node.items[2:]))


def equations(subject: Subject, node: Node) -> Iterator[Node]:
    """The right-hand sides of two neighbouring equations or alternatives exchanged, where their names allow it."""
    pairs: tuple[Clause, ...] | tuple[Alt, ...] = ()
    if isinstance(node, Fun):
        pairs = node.clauses
    elif isinstance(node, Case):
        pairs = node.alts
    for i in range(len(pairs) - 1):
        a, b = pairs[i], pairs[i + 1]
        if a.rhs == b.rhs or (_pattern_names(a) | _pattern_names(b)) & (free_names(a.rhs) ^ free_names(b.rhs)):
            if not _fits(a, b) or not _fits(b, a) or a.rhs == b.rhs:
                continue
        swapped = (*pairs[:i], replace(a, rhs=b.rhs), replace(b, rhs=a.rhs), *pairs[i + 2 :])
        if isinstance(node, Fun):
            yield replace(node, clauses=swapped)
        elif isinstance(node, Case):
            yield replace(node, alts=swapped)


def _pattern_names(part: Clause | Alt) -> frozenset[str]:
    pats = part.pats if isinstance(part, Clause) else (part.pat,)
    return frozenset(name for pat in pats for name in pattern_names(pat))


def _fits(target: Clause | Alt, source: Clause | Alt) -> bool:
    """Whether the names that a right-hand side takes from its patterns are the other patterns' too."""
    return free_names(source.rhs) & _pattern_names(source) <= _pattern_names(target)


def layer(subject: Subject, node: Node) -> Iterator[Node]:
    """A call left out whose result has the type of one of its arguments."""
    if not isinstance(node, App | Infix):
        return
    own = subject.types.of(node)
    arguments = spine(node)[1] if isinstance(node, App) else (node.left, node.right)
    for argument in arguments:
        if _same_type(own, subject.types.of(argument)):
            yield argument


def result(subject: Subject, node: Node) -> Iterator[Node]:
    """One branch's result slightly off: a number by one, a list without its head, the other truth value."""
    if not isinstance(node, Branch) or isinstance(node.body, Lit | If | Case | Let):
        return
    body = node.body
    type_ = subject.types.of(body)
    if type_ in (INT, INTEGER, Atom("Double"), Atom("Float")):
        yield replace(node, body=op("+", body, integer(1)))
    elif type_ == BOOL:
        yield replace(node, body=call("not", body))
    elif isinstance(type_, Ap) and type_.head == Atom("[]") and body != Con("[]"):
        yield replace(node, body=call("drop", integer(1), body))
        yield replace(node, body=call("reverse", body))
    elif isinstance(type_, Ap) and type_.head == Atom("Maybe") and body != Con("Nothing"):
        yield replace(node, body=Con("Nothing"))
    elif isinstance(type_, Ap) and isinstance(type_.head, Ap) and type_.head.head == Atom("(,)"):
        yield from _other_pair(node, type_, type_.head.arg, type_.arg)


def _other_pair(node: Branch, type_: Ap, first: Ty, second: Ty) -> Iterator[Node]:
    if first == second and not isinstance(first, Meta):
        swap = Lam((PTuple((PVar("a"), PVar("b"))),), Tuple((Var("b"), Var("a"))))
        yield replace(node, body=App(swap, node.body))
    elif first in (INT, INTEGER):
        bump = Lam((PTuple((PVar("a"), PVar("b"))),), Tuple((op("+", Var("a"), integer(1)), Var("b"))))
        yield replace(node, body=App(bump, node.body))


def composed(subject: Subject, node: Node) -> Iterator[Node]:
    """A function without parameters whose argument or result is slightly off, as in ``given`` and ``result``."""
    if not isinstance(node, Fun) or len(node.clauses) != 1 or node.clauses[0].pats or node.clauses[0].rhs.wheres:
        return
    branch = node.clauses[0].rhs.branches[0]
    type_ = subject.types.of(branch.body)
    if branch.guards or not (isinstance(type_, Ap) and isinstance(type_.head, Ap) and type_.head.head == Atom("->")):
        return
    for change in _changes(type_.arg):
        yield _with_body(node, op(".", change, branch.body))
    for change in _changes(type_.head.arg):
        yield _with_body(node, op(".", branch.body, change))


def _changes(type_: Ty) -> list[Expr]:
    """Small changes of a value of a type, as functions."""
    if type_ in (INT, INTEGER, Atom("Double"), Atom("Float")):
        return [RightSection(Var("+"), integer(1))]
    if type_ == BOOL:
        return [Var("not")]
    if isinstance(type_, Ap) and type_.head == Atom("[]"):
        return [call("drop", integer(1)), Var("reverse")]
    return []


def _with_body(node: Fun, body: Expr) -> Fun:
    clause = node.clauses[0]
    branch = replace(clause.rhs.branches[0], body=body)
    return replace(node, clauses=(replace(clause, rhs=replace(clause.rhs, branches=(branch,))),))


def given(subject: Subject, node: Node) -> Iterator[Node]:
    """A variable that is given on slightly off: a list without its head or reversed, a number by one."""
    match node:
        case App(function, Var() as argument):
            yield from (App(function, new) for new in _off(subject, argument))
        case Gen(pat, Var() as expr):
            yield from (Gen(pat, new) for new in _off(subject, expr))
        case Case(Var() as scrutinee, alts):
            yield from (Case(new, alts) for new in _off(subject, scrutinee))
        case Tuple((Var() as first, second)):
            yield from (Tuple((new, second)) for new in _off(subject, first))
        case _:
            pass


def _off(subject: Subject, value: Var) -> list[Expr]:
    type_ = subject.types.of(value)
    if type_ in (INT, INTEGER):
        return [op("+", value, integer(1)), op("-", value, integer(1))]
    if isinstance(type_, Ap) and type_.head == Atom("[]"):
        return [call("drop", integer(1), value), call("reverse", value)]
    return []


def dropped_guard(subject: Subject, node: Node) -> Iterator[Node]:
    """A condition of a comprehension, or the first of several guards, forgotten."""
    if isinstance(node, Comp):
        for i, qual in enumerate(node.quals):
            if isinstance(qual, Test) and len(node.quals) > 1:
                yield replace(node, quals=(*node.quals[:i], *node.quals[i + 1 :]))
    if isinstance(node, Rhs) and len(node.branches) > 2:
        for i in range(len(node.branches) - 1):
            yield replace(node, branches=(*node.branches[:i], *node.branches[i + 1 :]))
    if isinstance(node, Fun) and len(node.clauses) > 1:
        for i in range(len(node.clauses) - 1):
            a, b = node.clauses[i], node.clauses[i + 1]
            yield replace(node, clauses=(*node.clauses[:i], b, a, *node.clauses[i + 2 :]))


def wrapper(subject: Subject, node: Node) -> Iterator[Node]:
    """``Nothing`` for ``Just``."""
    if isinstance(node, App) and isinstance(node.function, Con) and node.function.name == "Just":
        yield Con("Nothing")


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
    "constructor": constructor,
    "equations": equations,
    "layer": layer,
    "result": result,
    "composed": composed,
    "given": given,
    "dropped_guard": dropped_guard,
}
