"""``if``, guards, ``case`` and equations: the forms of a decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.unification import INT, INTEGER
from seqplay.haskell.syntax.scope import free_names, pattern_names, substitute
from seqplay.mutate.laws.booleans import negated
from seqplay.mutate.subject import Rule, Subject, call, op

OTHERWISE = hs.Test(hs.Var("otherwise"))


def if_to_guards(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """An equation that is one ``if`` as guards; a guard falls through to the next exactly as ``else`` does."""
    if isinstance(node, hs.Rhs) and len(node.branches) == 1 and not node.branches[0].guards:
        body = node.branches[0].body
        found: list[hs.Branch] = []
        while isinstance(body, hs.If):
            found.append(hs.Branch((hs.Test(body.condition),), body.then))
            body = body.other
        if found and subject.available("otherwise"):
            yield replace(node, branches=(*found, hs.Branch((OTHERWISE,), body)))


def guard_chain(subject: Subject, rhs: hs.Rhs) -> hs.Expr | None:
    """Return guards that end in ``otherwise`` as an ``if`` chain, the where group apart; None for any other."""
    if len(rhs.branches) < 2:
        return None
    conditions: list[hs.Expr] = []
    for branch in rhs.branches:
        if len(branch.guards) != 1 or not isinstance(branch.guards[0], hs.Test):
            return None
        conditions.append(branch.guards[0].expr)
    last = conditions[-1]
    if not (subject.prelude(last) == "otherwise" or last == hs.Con("True")):
        return None
    body = rhs.branches[-1].body
    for condition, branch in zip(reversed(conditions[:-1]), reversed(rhs.branches[:-1]), strict=True):
        body = hs.If(condition, branch.body, body)
    return body


def guards_to_if(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """Guards that end in ``otherwise`` as ``if``."""
    if isinstance(node, hs.Rhs):
        body = guard_chain(subject, node)
        if body is not None:
            yield replace(hs.unconditional(body), wheres=node.wheres)


def if_to_case(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``if`` as a ``case`` on the truth value."""
    if isinstance(node, hs.If):
        yield hs.Case(
            node.condition,
            (
                hs.Alt(hs.PCon("True", ()), hs.unconditional(node.then)),
                hs.Alt(hs.PCon("False", ()), hs.unconditional(node.other)),
            ),
        )


def case_to_if(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A ``case`` on a truth value as ``if``."""
    if isinstance(node, hs.Case) and len(node.alts) == 2:
        first, second = node.alts
        a, b = _plain(first.rhs), _plain(second.rhs)
        if a is None or b is None:
            return
        if first.pat == hs.PCon("True", ()) and second.pat in (hs.PCon("False", ()), hs.PWild()):
            yield hs.If(node.scrutinee, a, b)
        elif first.pat == hs.PCon("False", ()) and second.pat in (hs.PCon("True", ()), hs.PWild()):
            yield hs.If(node.scrutinee, b, a)


def _plain(rhs: hs.Rhs) -> hs.Expr | None:
    if len(rhs.branches) == 1 and not rhs.branches[0].guards and not rhs.wheres:
        return rhs.branches[0].body
    return None


def flip(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """The condition negated and the branches exchanged."""
    if isinstance(node, hs.If) and subject.available("not"):
        yield hs.If(negated(subject, node.condition), node.other, node.then)
    if isinstance(node, hs.Rhs) and len(node.branches) == 2 and guard_chain(subject, node) is not None:
        first, last = node.branches
        guard = first.guards[0]
        if isinstance(guard, hs.Test) and subject.available("not"):
            yield replace(
                node,
                branches=(
                    hs.Branch((hs.Test(negated(subject, guard.expr)),), last.body),
                    hs.Branch((OTHERWISE,), first.body),
                ),
            )


def named_otherwise(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``otherwise`` after one total comparison spelt out as its complement."""
    if isinstance(node, hs.Rhs) and len(node.branches) == 2 and guard_chain(subject, node) is not None:
        first, last = node.branches
        guard = first.guards[0]
        if isinstance(guard, hs.Test) and isinstance(guard.expr, hs.Infix) and subject.safe(guard.expr):
            opposite = negated(subject, guard.expr)
            if isinstance(opposite, hs.Infix):
                yield replace(node, branches=(first, hs.Branch((hs.Test(opposite),), last.body)))


_DISJOINT = {
    frozenset(pair)
    for pair in (("<", ">="), ("<", ">"), ("<", "=="), ("==", ">"), (">", "<="), ("==", "/="))
}  # fmt: skip


def exclusive_guards(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """Two guards exchanged that never hold together: comparisons of one pair of ``Int``s that exclude each other."""
    if not isinstance(node, hs.Rhs):
        return
    for i in range(len(node.branches) - 1):
        a, b = node.branches[i], node.branches[i + 1]
        if _excluded(subject, a, b):
            yield replace(node, branches=(*node.branches[:i], b, a, *node.branches[i + 2 :]))


def _excluded(subject: Subject, a: hs.Branch, b: hs.Branch) -> bool:
    if len(a.guards) != 1 or len(b.guards) != 1:
        return False
    first, second = a.guards[0], b.guards[0]
    if not (isinstance(first, hs.Test) and isinstance(second, hs.Test)):
        return False
    x, y = first.expr, second.expr
    if not (isinstance(x, hs.Infix) and isinstance(y, hs.Infix) and subject.safe(x) and subject.safe(y)):
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


def _value(expr: hs.Expr) -> int | None:
    if isinstance(expr, hs.Neg):
        inner = _value(expr.operand)
        return None if inner is None else -inner
    return (
        int(expr.text) if isinstance(expr, hs.Lit) and expr.kind is hs.LitKind.INTEGER and expr.text.isdigit() else None
    )


def conjunction(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``if a && b`` as nested ``if``, for a small ``else``."""
    if (
        isinstance(node, hs.If)
        and isinstance(node.condition, hs.Infix)
        and isinstance(node.other, hs.Var | hs.Lit | hs.Con)
    ):
        if subject.operation(node.condition, "&&"):
            yield hs.If(node.condition.left, hs.If(node.condition.right, node.then, node.other), node.other)
    if (
        isinstance(node, hs.If)
        and isinstance(node.condition, hs.Infix)
        and isinstance(node.then, hs.Var | hs.Lit | hs.Con)
    ):
        if subject.operation(node.condition, "||"):
            yield hs.If(node.condition.left, node.then, hs.If(node.condition.right, node.then, node.other))


def equations_to_case(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """Equations that look at one argument as one equation with a ``case``; guards fall through alike in both."""
    if not isinstance(node, hs.Fun) or len(node.clauses) < 2 or any(not clause.pats for clause in node.clauses):
        return
    columns = list(zip(*(clause.pats for clause in node.clauses), strict=True))
    looked = [i for i, column in enumerate(columns) if not all(isinstance(pat, hs.PVar | hs.PWild) for pat in column)]
    if len(looked) != 1:
        return
    at = looked[0]
    bases = [_column_name(column) for column in columns]
    names = subject.fresh(*bases)
    alts: list[hs.Alt] = []
    for clause in node.clauses:
        values: dict[str, hs.Expr] = {
            pat.name: hs.Var(names[i]) for i, pat in enumerate(clause.pats) if i != at and isinstance(pat, hs.PVar)
        }
        alts.append(hs.Alt(clause.pats[at], substitute(clause.rhs, values)))
    pats = tuple(hs.PVar(name) for name in names)
    yield replace(node, clauses=(hs.Clause(pats, hs.unconditional(hs.Case(hs.Var(names[at]), tuple(alts)))),))


def _column_name(column: tuple[hs.Pat, ...]) -> str:
    for pat in column:
        if isinstance(pat, hs.PVar | hs.PAs):
            return pat.name
    return "list" if any(isinstance(p, hs.PCon) and p.name in {"[]", ":"} for p in column) else "value"


def case_to_equations(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """One equation that is a ``case`` on a parameter as several equations."""
    if not isinstance(node, hs.Fun) or len(node.clauses) != 1:
        return
    clause = node.clauses[0]
    body = _plain(clause.rhs)
    if not isinstance(body, hs.Case) or not isinstance(body.scrutinee, hs.Var):
        return
    name = body.scrutinee.name
    at = next((i for i, pat in enumerate(clause.pats) if pat == hs.PVar(name)), None)
    if at is None or not all(isinstance(pat, hs.PVar) for pat in clause.pats):
        return
    clauses: list[hs.Clause] = []
    for alt in body.alts:
        others = {n for i, pat in enumerate(clause.pats) if i != at for n in pattern_names(pat)}
        if others & set(pattern_names(alt.pat)) or name in pattern_names(alt.pat):
            return
        pat = alt.pat
        if name in free_names(alt.rhs):
            pat = hs.PVar(name) if isinstance(pat, hs.PWild) else hs.PAs(name, pat)
        clauses.append(hs.Clause((*clause.pats[:at], pat, *clause.pats[at + 1 :]), alt.rhs))
    yield replace(node, clauses=tuple(clauses))


def literal_to_guard(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A base case on a whole number as a guard: the pattern matches by ``==`` too."""
    if not isinstance(node, hs.Fun) or len(node.clauses) != 2:
        return
    first, second = node.clauses
    body = _plain(first.rhs)
    literals = [i for i, pat in enumerate(first.pats) if isinstance(pat, hs.PLit) and pat.kind is hs.LitKind.INTEGER]
    if body is None or len(literals) != 1 or not all(isinstance(pat, hs.PVar) for pat in second.pats):
        return
    at = literals[0]
    literal, variable = first.pats[at], second.pats[at]
    others = [i for i in range(len(first.pats)) if i != at]
    if any(not isinstance(first.pats[i], hs.PVar | hs.PWild) for i in others) or second.rhs.wheres:
        return
    if (
        not subject.types.known(variable, INT, INTEGER)
        or not isinstance(literal, hs.PLit)
        or not isinstance(variable, hs.PVar)
    ):
        return
    renamed: dict[str, hs.Expr] = {}
    for i in others:
        old, new = first.pats[i], second.pats[i]
        if isinstance(old, hs.PVar) and isinstance(new, hs.PVar):
            renamed[old.name] = hs.Var(new.name)
    number: hs.Expr = hs.Lit(literal.kind, literal.text)
    test = hs.Test(op("==", hs.Var(variable.name), hs.Neg(number) if literal.negative else number))
    rest = second.rhs.branches
    if not rest[0].guards:
        rest = (hs.Branch((OTHERWISE,), rest[0].body),)
    yield replace(node, clauses=(replace(second, rhs=hs.Rhs((hs.Branch((test,), substitute(body, renamed)), *rest))),))


def guard_to_literal(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A first guard ``n == literal`` as an equation of its own."""
    if not isinstance(node, hs.Fun) or len(node.clauses) != 1:
        return
    clause = node.clauses[0]
    rhs = clause.rhs
    if rhs.wheres or len(rhs.branches) < 2 or len(rhs.branches[0].guards) != 1:
        return
    guard = rhs.branches[0].guards[0]
    if not (isinstance(guard, hs.Test) and isinstance(guard.expr, hs.Infix) and subject.operation(guard.expr, "==")):
        return
    left, right = guard.expr.left, guard.expr.right
    if not (
        isinstance(left, hs.Var)
        and isinstance(right, hs.Lit)
        and right.kind is hs.LitKind.INTEGER
        and subject.types.is_int(left)
    ):
        return
    at = next((i for i, pat in enumerate(clause.pats) if pat == hs.PVar(left.name)), None)
    if at is None or not all(isinstance(pat, hs.PVar) for pat in clause.pats):
        return
    base = substitute(rhs.branches[0].body, {left.name: right})
    rest = rhs.branches[1:]
    if len(rest) == 1 and rest[0].guards == (OTHERWISE,):
        rest = (hs.Branch((), rest[0].body),)
    literal = hs.Clause(
        (*clause.pats[:at], hs.PLit(right.kind, right.text), *clause.pats[at + 1 :]), hs.unconditional(base)
    )
    yield replace(node, clauses=(literal, replace(clause, rhs=hs.Rhs(rest))))


def eliminator(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A ``case`` on a ``Maybe`` or ``Either`` as ``maybe`` or ``either``."""
    if not isinstance(node, hs.Case) or len(node.alts) != 2:
        return
    arms: dict[str, hs.Expr] = {}
    for alt in node.alts:
        body = _plain(alt.rhs)
        if (
            body is None
            or not isinstance(alt.pat, hs.PCon)
            or any(not isinstance(p, hs.PVar | hs.PWild) for p in alt.pat.args)
        ):
            return
        arms[alt.pat.name] = hs.Lam(alt.pat.args, body) if alt.pat.args else body
    if set(arms) == {"Nothing", "Just"}:
        yield call("maybe", arms["Nothing"], arms["Just"], node.scrutinee)
    elif set(arms) == {"Left", "Right"}:
        yield call("either", arms["Left"], arms["Right"], node.scrutinee)


def analysis(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``maybe`` or ``either`` as a ``case``."""
    if not isinstance(node, hs.Expr):
        return
    head, args = hs.spine(node)
    name = subject.prelude(head)
    if name not in {"maybe", "either"} or len(args) != 3:
        return
    (bound,) = subject.fresh("item")
    first, second, scrutinee = args
    arms = [("Nothing", None, first), ("Just", bound, second)] if name == "maybe" else [
        ("Left", bound, first), ("Right", bound, second)]  # fmt: skip
    alts: list[hs.Alt] = []
    for constructor, variable, function in arms:
        if variable is None:
            alts.append(hs.Alt(hs.PCon(constructor, ()), hs.unconditional(function)))
        else:
            alts.append(
                hs.Alt(
                    hs.PCon(constructor, (hs.PVar(variable),)), hs.unconditional(applied(function, hs.Var(variable)))
                )
            )
    yield hs.Case(scrutinee, tuple(alts))


def applied(function: hs.Expr, argument: hs.Var) -> hs.Expr:
    """Return a function applied to a variable, with a lambda of one variable already reduced."""
    if isinstance(function, hs.Lam) and len(function.pats) == 1 and isinstance(function.pats[0], hs.PVar):
        return substitute(function.body, {function.pats[0].name: argument})
    return hs.apply(function, argument)


def case_to_let(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``case e of x -> …`` binds lazily, as ``let`` does."""
    if isinstance(node, hs.Case) and len(node.alts) == 1 and isinstance(node.alts[0].pat, hs.PVar):
        body = _plain(node.alts[0].rhs)
        name = node.alts[0].pat.name
        if body is not None and name not in free_names(node.scrutinee):
            yield hs.Let((hs.Fun(name, (hs.Clause((), hs.unconditional(node.scrutinee)),)),), body)


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
