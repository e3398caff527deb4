"""``if``, guards, ``case`` and equations: the forms of a decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seqplay.haskell.analysis.unification import INT, INTEGER
from seqplay.haskell.syntax import (
    Alt,
    Branch,
    Case,
    Clause,
    Con,
    Expr,
    Fun,
    If,
    Infix,
    Lam,
    Let,
    Lit,
    LitKind,
    Neg,
    Node,
    PAs,
    Pat,
    PCon,
    PLit,
    PVar,
    PWild,
    Rhs,
    Test,
    Var,
    apply,
    spine,
    unconditional,
)
from seqplay.haskell.syntax.scope import free_names, pattern_names, substitute
from seqplay.mutate.laws.booleans import negated
from seqplay.mutate.subject import Rule, Subject, call, op

OTHERWISE = Test(Var("otherwise"))


def if_to_guards(subject: Subject, node: Node) -> Iterator[Node]:
    """An equation that is one ``if`` as guards; a guard falls through to the next exactly as ``else`` does."""
    if isinstance(node, Rhs) and len(node.branches) == 1 and not node.branches[0].guards:
        body = node.branches[0].body
        found: list[Branch] = []
        while isinstance(body, If):
            found.append(Branch((Test(body.condition),), body.then))
            body = body.other
        if found and subject.available("otherwise"):
            yield replace(node, branches=(*found, Branch((OTHERWISE,), body)))


def guard_chain(subject: Subject, rhs: Rhs) -> Expr | None:
    """Return guards that end in ``otherwise`` as an ``if`` chain, the where group apart; None for any other."""
    if len(rhs.branches) < 2:
        return None
    conditions: list[Expr] = []
    for branch in rhs.branches:
        if len(branch.guards) != 1 or not isinstance(branch.guards[0], Test):
            return None
        conditions.append(branch.guards[0].expr)
    last = conditions[-1]
    if not (subject.prelude(last) == "otherwise" or last == Con("True")):
        return None
    body = rhs.branches[-1].body
    for condition, branch in zip(reversed(conditions[:-1]), reversed(rhs.branches[:-1]), strict=True):
        body = If(condition, branch.body, body)
    return body


def guards_to_if(subject: Subject, node: Node) -> Iterator[Node]:
    """Guards that end in ``otherwise`` as ``if``."""
    if isinstance(node, Rhs):
        body = guard_chain(subject, node)
        if body is not None:
            yield replace(unconditional(body), wheres=node.wheres)


def if_to_case(subject: Subject, node: Node) -> Iterator[Node]:
    """``if`` as a ``case`` on the truth value."""
    if isinstance(node, If):
        yield Case(
            node.condition,
            (Alt(PCon("True", ()), unconditional(node.then)), Alt(PCon("False", ()), unconditional(node.other))),
        )


def case_to_if(subject: Subject, node: Node) -> Iterator[Node]:
    """A ``case`` on a truth value as ``if``."""
    if isinstance(node, Case) and len(node.alts) == 2:
        first, second = node.alts
        a, b = _plain(first.rhs), _plain(second.rhs)
        if a is None or b is None:
            return
        if first.pat == PCon("True", ()) and second.pat in (PCon("False", ()), PWild()):
            yield If(node.scrutinee, a, b)
        elif first.pat == PCon("False", ()) and second.pat in (PCon("True", ()), PWild()):
            yield If(node.scrutinee, b, a)


def _plain(rhs: Rhs) -> Expr | None:
    if len(rhs.branches) == 1 and not rhs.branches[0].guards and not rhs.wheres:
        return rhs.branches[0].body
    return None


def flip(subject: Subject, node: Node) -> Iterator[Node]:
    """The condition negated and the branches exchanged."""
    if isinstance(node, If) and subject.available("not"):
        yield If(negated(subject, node.condition), node.other, node.then)
    if isinstance(node, Rhs) and len(node.branches) == 2 and guard_chain(subject, node) is not None:
        first, last = node.branches
        guard = first.guards[0]
        if isinstance(guard, Test) and subject.available("not"):
            yield replace(
                node,
                branches=(Branch((Test(negated(subject, guard.expr)),), last.body), Branch((OTHERWISE,), first.body)),
            )


def named_otherwise(subject: Subject, node: Node) -> Iterator[Node]:
    """``otherwise`` after one total comparison spelt out as its complement."""
    if isinstance(node, Rhs) and len(node.branches) == 2 and guard_chain(subject, node) is not None:
        first, last = node.branches
        guard = first.guards[0]
        if isinstance(guard, Test) and isinstance(guard.expr, Infix) and subject.safe(guard.expr):
            opposite = negated(subject, guard.expr)
            if isinstance(opposite, Infix):
                yield replace(node, branches=(first, Branch((Test(opposite),), last.body)))


_DISJOINT = {
    frozenset(pair)
    for pair in (("<", ">="), ("<", ">"), ("<", "=="), ("==", ">"), (">", "<="), ("==", "/="))
}  # fmt: skip


def exclusive_guards(subject: Subject, node: Node) -> Iterator[Node]:
    """Two guards exchanged that never hold together: comparisons of one pair of ``Int``s that exclude each other."""
    if not isinstance(node, Rhs):
        return
    for i in range(len(node.branches) - 1):
        a, b = node.branches[i], node.branches[i + 1]
        if _excluded(subject, a, b):
            yield replace(node, branches=(*node.branches[:i], b, a, *node.branches[i + 2 :]))


def _excluded(subject: Subject, a: Branch, b: Branch) -> bool:
    if len(a.guards) != 1 or len(b.guards) != 1:
        return False
    first, second = a.guards[0], b.guards[0]
    if not (isinstance(first, Test) and isinstance(second, Test)):
        return False
    x, y = first.expr, second.expr
    if not (isinstance(x, Infix) and isinstance(y, Infix) and subject.safe(x) and subject.safe(y)):
        return False
    if not subject.total_order(x.left) or x.left != y.left:
        return False
    if x.right == y.right:
        return frozenset((x.op.name, y.op.name)) in _DISJOINT
    low, high = _value(x.right), _value(y.right)
    if low is None or high is None:
        return False
    if x.op.name == y.op.name == "==":
        return low != high
    return (x.op.name in {"<", "<=", "=="} and y.op.name in {">", ">=", "=="} and low < high) or (
        x.op.name in {">", ">=", "=="} and y.op.name in {"<", "<=", "=="} and low > high
    )


def _value(expr: Expr) -> int | None:
    if isinstance(expr, Neg):
        inner = _value(expr.operand)
        return None if inner is None else -inner
    return int(expr.text) if isinstance(expr, Lit) and expr.kind is LitKind.INTEGER and expr.text.isdigit() else None


def conjunction(subject: Subject, node: Node) -> Iterator[Node]:
    """``if a && b`` as nested ``if``, for a small ``else``."""
    if isinstance(node, If) and isinstance(node.condition, Infix) and isinstance(node.other, Var | Lit | Con):
        if subject.operation(node.condition, "&&"):
            yield If(node.condition.left, If(node.condition.right, node.then, node.other), node.other)
    if isinstance(node, If) and isinstance(node.condition, Infix) and isinstance(node.then, Var | Lit | Con):
        if subject.operation(node.condition, "||"):
            yield If(node.condition.left, node.then, If(node.condition.right, node.then, node.other))


def equations_to_case(subject: Subject, node: Node) -> Iterator[Node]:
    """Equations that look at one argument as one equation with a ``case``; guards fall through alike in both."""
    if not isinstance(node, Fun) or len(node.clauses) < 2 or any(not clause.pats for clause in node.clauses):
        return
    columns = list(zip(*(clause.pats for clause in node.clauses), strict=True))
    looked = [i for i, column in enumerate(columns) if not all(isinstance(pat, PVar | PWild) for pat in column)]
    if len(looked) != 1:
        return
    at = looked[0]
    bases = [_column_name(column) for column in columns]
    names = subject.fresh(*bases)
    alts: list[Alt] = []
    for clause in node.clauses:
        values: dict[str, Expr] = {
            pat.name: Var(names[i]) for i, pat in enumerate(clause.pats) if i != at and isinstance(pat, PVar)
        }
        alts.append(Alt(clause.pats[at], substitute(clause.rhs, values)))
    pats = tuple(PVar(name) for name in names)
    yield replace(node, clauses=(Clause(pats, unconditional(Case(Var(names[at]), tuple(alts)))),))


def _column_name(column: tuple[Pat, ...]) -> str:
    for pat in column:
        if isinstance(pat, PVar | PAs):
            return pat.name
    return "list" if any(isinstance(p, PCon) and p.name in {"[]", ":"} for p in column) else "value"


def case_to_equations(subject: Subject, node: Node) -> Iterator[Node]:
    """One equation that is a ``case`` on a parameter as several equations."""
    if not isinstance(node, Fun) or len(node.clauses) != 1:
        return
    clause = node.clauses[0]
    body = _plain(clause.rhs)
    if not isinstance(body, Case) or not isinstance(body.scrutinee, Var):
        return
    name = body.scrutinee.name
    at = next((i for i, pat in enumerate(clause.pats) if pat == PVar(name)), None)
    if at is None or not all(isinstance(pat, PVar) for pat in clause.pats):
        return
    clauses: list[Clause] = []
    for alt in body.alts:
        others = {n for i, pat in enumerate(clause.pats) if i != at for n in pattern_names(pat)}
        if others & set(pattern_names(alt.pat)) or name in pattern_names(alt.pat):
            return
        pat = alt.pat
        if name in free_names(alt.rhs):
            pat = PVar(name) if isinstance(pat, PWild) else PAs(name, pat)
        clauses.append(Clause((*clause.pats[:at], pat, *clause.pats[at + 1 :]), alt.rhs))
    yield replace(node, clauses=tuple(clauses))


def literal_to_guard(subject: Subject, node: Node) -> Iterator[Node]:
    """A base case on a whole number as a guard: the pattern matches by ``==`` too."""
    if not isinstance(node, Fun) or len(node.clauses) != 2:
        return
    first, second = node.clauses
    body = _plain(first.rhs)
    literals = [i for i, pat in enumerate(first.pats) if isinstance(pat, PLit) and pat.kind is LitKind.INTEGER]
    if body is None or len(literals) != 1 or not all(isinstance(pat, PVar) for pat in second.pats):
        return
    at = literals[0]
    literal, variable = first.pats[at], second.pats[at]
    others = [i for i in range(len(first.pats)) if i != at]
    if any(not isinstance(first.pats[i], PVar | PWild) for i in others) or second.rhs.wheres:
        return
    if (
        not subject.types.known(variable, INT, INTEGER)
        or not isinstance(literal, PLit)
        or not isinstance(variable, PVar)
    ):
        return
    renamed: dict[str, Expr] = {}
    for i in others:
        old, new = first.pats[i], second.pats[i]
        if isinstance(old, PVar) and isinstance(new, PVar):
            renamed[old.name] = Var(new.name)
    number: Expr = Lit(literal.kind, literal.text)
    test = Test(op("==", Var(variable.name), Neg(number) if literal.negative else number))
    rest = second.rhs.branches
    if not rest[0].guards:
        rest = (Branch((OTHERWISE,), rest[0].body),)
    yield replace(node, clauses=(replace(second, rhs=Rhs((Branch((test,), substitute(body, renamed)), *rest))),))


def guard_to_literal(subject: Subject, node: Node) -> Iterator[Node]:
    """A first guard ``n == literal`` as an equation of its own."""
    if not isinstance(node, Fun) or len(node.clauses) != 1:
        return
    clause = node.clauses[0]
    rhs = clause.rhs
    if rhs.wheres or len(rhs.branches) < 2 or len(rhs.branches[0].guards) != 1:
        return
    guard = rhs.branches[0].guards[0]
    if not (isinstance(guard, Test) and isinstance(guard.expr, Infix) and subject.operation(guard.expr, "==")):
        return
    left, right = guard.expr.left, guard.expr.right
    if not (
        isinstance(left, Var)
        and isinstance(right, Lit)
        and right.kind is LitKind.INTEGER
        and subject.types.is_int(left)
    ):
        return
    at = next((i for i, pat in enumerate(clause.pats) if pat == PVar(left.name)), None)
    if at is None or not all(isinstance(pat, PVar) for pat in clause.pats):
        return
    base = substitute(rhs.branches[0].body, {left.name: right})
    rest = rhs.branches[1:]
    if len(rest) == 1 and rest[0].guards == (OTHERWISE,):
        rest = (Branch((), rest[0].body),)
    literal = Clause((*clause.pats[:at], PLit(right.kind, right.text), *clause.pats[at + 1 :]), unconditional(base))
    yield replace(node, clauses=(literal, replace(clause, rhs=Rhs(rest))))


def eliminator(subject: Subject, node: Node) -> Iterator[Node]:
    """A ``case`` on a ``Maybe`` or ``Either`` as ``maybe`` or ``either``."""
    if not isinstance(node, Case) or len(node.alts) != 2:
        return
    arms: dict[str, Expr] = {}
    for alt in node.alts:
        body = _plain(alt.rhs)
        if body is None or not isinstance(alt.pat, PCon) or any(not isinstance(p, PVar | PWild) for p in alt.pat.args):
            return
        arms[alt.pat.name] = Lam(alt.pat.args, body) if alt.pat.args else body
    if set(arms) == {"Nothing", "Just"}:
        yield call("maybe", arms["Nothing"], arms["Just"], node.scrutinee)
    elif set(arms) == {"Left", "Right"}:
        yield call("either", arms["Left"], arms["Right"], node.scrutinee)


def analysis(subject: Subject, node: Node) -> Iterator[Node]:
    """``maybe`` or ``either`` as a ``case``."""
    if not isinstance(node, Expr):
        return
    head, args = spine(node)
    name = subject.prelude(head)
    if name not in {"maybe", "either"} or len(args) != 3:
        return
    (bound,) = subject.fresh("item")
    first, second, scrutinee = args
    arms = [("Nothing", None, first), ("Just", bound, second)] if name == "maybe" else [
        ("Left", bound, first), ("Right", bound, second)]  # fmt: skip
    alts: list[Alt] = []
    for constructor, variable, function in arms:
        if variable is None:
            alts.append(Alt(PCon(constructor, ()), unconditional(function)))
        else:
            alts.append(Alt(PCon(constructor, (PVar(variable),)), unconditional(applied(function, Var(variable)))))
    yield Case(scrutinee, tuple(alts))


def applied(function: Expr, argument: Var) -> Expr:
    """Return a function applied to a variable, with a lambda of one variable already reduced."""
    if isinstance(function, Lam) and len(function.pats) == 1 and isinstance(function.pats[0], PVar):
        return substitute(function.body, {function.pats[0].name: argument})
    return apply(function, argument)


def case_to_let(subject: Subject, node: Node) -> Iterator[Node]:
    """``case e of x -> …`` binds lazily, as ``let`` does."""
    if isinstance(node, Case) and len(node.alts) == 1 and isinstance(node.alts[0].pat, PVar):
        body = _plain(node.alts[0].rhs)
        name = node.alts[0].pat.name
        if body is not None and name not in free_names(node.scrutinee):
            yield Let((Fun(name, (Clause((), unconditional(node.scrutinee)),)),), body)


RULES: dict[str, Rule] = {
    "if_to_guards": if_to_guards,
    "guards_to_if": guards_to_if,
    "if_to_case": if_to_case,
    "case_to_if": case_to_if,
    "flip": flip,
    "named_otherwise": named_otherwise,
    "exclusive_guards": exclusive_guards,
    "conjunction": conjunction,
    "equations_to_case": equations_to_case,
    "case_to_equations": case_to_equations,
    "literal_to_guard": literal_to_guard,
    "guard_to_literal": guard_to_literal,
    "eliminator": eliminator,
    "analysis": analysis,
    "case_to_let": case_to_let,
}
