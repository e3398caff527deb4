"""List functions by comprehensions, folds and each other.

The laws hold for lists, lazily and on infinite ones; rules whose Prelude function works on any ``Foldable`` ask for
a type that is known to be a list.
"""

from __future__ import annotations

from collections.abc import Iterator

from seqplay.haskell.analysis.unification import Ap, Atom
from seqplay.haskell.syntax import (
    Alt,
    App,
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
    LetStmt,
    ListLit,
    Lit,
    Node,
    Pat,
    PCon,
    PTuple,
    PVar,
    PWild,
    Range,
    RightSection,
    Stmt,
    Test,
    Var,
    apply,
    unconditional,
)
from seqplay.haskell.syntax.scope import pattern_names
from seqplay.mutate.laws.branches import applied
from seqplay.mutate.subject import Rule, Subject, call, integer, op

EMPTY = Con("[]")


def is_list(subject: Subject, expr: Expr) -> bool:
    """Whether an expression is known to be a list."""
    type_ = subject.types.of(expr)
    return isinstance(type_, Ap) and type_.head == Atom("[]")


def use(function: Expr, *args: Var) -> Expr:
    """Return a function applied to variables, with lambdas and sections reduced, as a person would write it."""
    result = function
    for arg in args:
        if isinstance(result, RightSection):
            result = Infix(result.op, arg, result.operand)
        elif isinstance(result, LeftSection):
            result = Infix(result.op, result.operand, arg)
        elif isinstance(result, Lam) and isinstance(result.pats[0], PVar):
            rest = result.pats[1:]
            # A later parameter of the argument's name would capture it, were the lambda reduced.
            if rest and (arg.name in {n for pat in rest for n in pattern_names(pat)}):
                result = App(result, arg)
            else:
                inner = applied(Lam(result.pats[:1], result.body), arg)
                result = Lam(rest, inner) if rest else inner
        elif isinstance(result, App) and isinstance(result.function, Var) and not result.function.name[0].isalpha():
            result = Infix(result.function, result.argument, arg)
        else:
            result = App(result, arg)
    return result


def to_comprehension(subject: Subject, node: Node) -> Iterator[Node]:
    """``map`` and ``filter`` as comprehensions, by the report's translation."""
    (name,) = subject.fresh("x")
    args = subject.call(node, "map", 2)
    if args:
        inner = subject.call(args[1], "filter", 2)
        if inner:
            yield Comp(use(args[0], Var(name)), (Gen(PVar(name), inner[1]), Test(use(inner[0], Var(name)))))
        yield Comp(use(args[0], Var(name)), (Gen(PVar(name), args[1]),))
    args = subject.call(node, "filter", 2)
    if args:
        yield Comp(Var(name), (Gen(PVar(name), args[1]), Test(use(args[0], Var(name)))))
    args = subject.call(node, "concatMap", 2)
    if args and is_list(subject, args[1]):  # a generator takes lists, ``concatMap`` whatever can be folded
        (other,) = subject.fresh("y")
        yield Comp(Var(other), (Gen(PVar(name), args[1]), Gen(PVar(other), use(args[0], Var(name)))))


def from_comprehension(subject: Subject, node: Node) -> Iterator[Node]:
    """A comprehension over one list as ``map`` and ``filter``."""
    if not isinstance(node, Comp) or not isinstance(node.quals[0], Gen):
        return
    first, rest = node.quals[0], node.quals[1:]
    # A generator passes over what its pattern does not fit, and a lambda throws.
    if not all(isinstance(qual, Test) for qual in rest) or not _irrefutable(first.pat):
        return
    items = first.expr
    for qual in rest:
        if isinstance(qual, Test):
            items = call("filter", Lam((first.pat,), qual.expr), items)
    if isinstance(first.pat, PVar) and node.body == Var(first.pat.name):
        yield items
    else:
        yield call("map", Lam((first.pat,), node.body), items)


def _irrefutable(pat: Pat) -> bool:
    """Whether a pattern fits every element that has a value; only one without tells a tuple's from a variable."""
    return isinstance(pat, PVar | PWild) or (isinstance(pat, PTuple) and all(_irrefutable(item) for item in pat.items))


def comprehension_by_concat(subject: Subject, node: Node) -> Iterator[Node]:
    """A comprehension by the report's translation into ``concatMap`` (section 3.11)."""
    if isinstance(node, Comp) and isinstance(node.quals[0], Gen):
        first, rest = node.quals[0], node.quals[1:]
        inner = _body(node.body, rest)
        if isinstance(first.pat, PVar) or _irrefutable(first.pat):
            yield call("concatMap", Lam((first.pat,), inner), first.expr)
        else:
            (name,) = subject.fresh("item")
            alts = (Alt(first.pat, unconditional(inner)), Alt(PWild(), unconditional(EMPTY)))
            yield call("concatMap", Lam((PVar(name),), Case(Var(name), alts)), first.expr)


def _body(body: Expr, quals: tuple[Stmt, ...]) -> Expr:
    if not quals:
        return ListLit((body,))
    if all(isinstance(qual, Test) for qual in quals):
        first = quals[0]
        if isinstance(first, Test):
            return If(first.expr, _body(body, quals[1:]), EMPTY)
    if isinstance(quals[0], LetStmt):
        return Let(quals[0].decls, _body(body, quals[1:]))
    return Comp(body, quals)


def fusion(subject: Subject, node: Node) -> Iterator[Node]:
    """``map f (map g xs)`` as one ``map``, two ``filter``s as one; ``map`` of a composition as two."""
    args = subject.call(node, "map", 2)
    if args:
        inner = subject.call(args[1], "map", 2)
        if inner:
            yield call("map", op(".", args[0], inner[0]), inner[1])
        if isinstance(args[0], Infix) and subject.operation(args[0], "."):
            yield call("map", args[0].left, call("map", args[0].right, args[1]))
    args = subject.call(node, "filter", 2)
    if args:
        inner = subject.call(args[1], "filter", 2)
        (name,) = subject.fresh("x")
        if inner:
            # The inner test stays the first: the outer one may throw on what that keeps away.
            both = op("&&", use(inner[0], Var(name)), use(args[0], Var(name)))
            yield call("filter", Lam((PVar(name),), both), inner[1])


def concatenation(subject: Subject, node: Node) -> Iterator[Node]:
    """``concatMap f`` and ``concat . map f``; ``xs ++ ys`` as a fold; ``[x] ++ xs`` as ``x : xs``."""
    args = subject.call(node, "concatMap", 2)
    if args and is_list(subject, args[1]):
        yield call("concat", call("map", *args))
    args = subject.call(node, "concat", 1)
    if args:
        inner = subject.call(args[0], "map", 2)
        if inner:
            yield call("concatMap", *inner)
    if isinstance(node, Infix) and subject.operation(node, "++"):
        if isinstance(node.left, ListLit) and len(node.left.items) == 1:
            yield op(":", node.left.items[0], node.right)
        yield call("foldr", Con(":"), node.right, node.left)
        if isinstance(node.left, Infix) and subject.operation(node.left, "++"):
            yield op("++", node.left.left, op("++", node.left.right, node.right))
    if isinstance(node, Infix) and node.op == Con(":") and node.right != EMPTY:
        yield op("++", ListLit((node.left,)), node.right)


def quantifier(subject: Subject, node: Node) -> Iterator[Node]:
    """``any``, ``all``, ``elem``, ``and``, ``or`` by each other: all stop at the same element."""
    for name, whole, dual in (("any", "or", "all"), ("all", "and", "any")):
        args = subject.call(node, name, 2)
        if args and is_list(subject, args[1]):
            yield call(whole, call("map", *args))
            yield call("not", call(dual, op(".", Var("not"), args[0]), args[1]))
    for name, connective, unit in (("and", "&&", "True"), ("or", "||", "False")):
        args = subject.call(node, name, 1)
        if args and is_list(subject, args[0]):
            yield call("foldr", Var(connective), Con(unit), args[0])
    args = subject.call(node, "elem", 2)
    # ``elem x`` compares ``x == y``, and the section ``y == x``: only a lawful equality is the same both ways.
    if args and is_list(subject, args[1]) and subject.total_order(args[0]):
        yield call("any", RightSection(Var("=="), args[0]), args[1])
        yield call("not", call("notElem", *args))
    args = subject.call(node, "notElem", 2)
    if args and is_list(subject, args[1]):
        yield call("not", call("elem", *args))


def aggregate(subject: Subject, node: Node) -> Iterator[Node]:
    """``sum``, ``product`` and ``length`` as folds, over whole numbers (whose ``+`` and ``*`` associate exactly)."""
    for name, connective, unit in (("sum", "+", 0), ("product", "*", 1)):
        args = subject.call(node, name, 1)
        if args and isinstance(node, Expr) and is_list(subject, args[0]) and subject.types.is_int(node):
            yield call("foldl", Var(connective), integer(unit), args[0])
            yield call("foldr", Var(connective), integer(unit), args[0])
            mapped = subject.call(args[0], "map", 2)
            if mapped:
                x, acc = subject.fresh("x", "acc")
                step = Lam((PVar(acc), PVar(x)), op(connective, Var(acc), use(mapped[0], Var(x))))
                yield call("foldl", step, integer(unit), mapped[1])
    args = subject.call(node, "length", 1)
    if args and is_list(subject, args[0]):
        yield call("sum", call("map", call("const", integer(1)), args[0]))
        (acc,) = subject.fresh("acc")
        yield call("foldr", Lam((PWild(), PVar(acc)), op("+", integer(1), Var(acc))), integer(0), args[0])
    for name, connective, unit in (("foldr", "+", 0), ("foldl", "+", 0), ("foldr", "*", 1), ("foldl", "*", 1)):
        args = subject.call(node, name, 3)
        if args and args[0] == Var(connective) and args[1] == integer(unit) and subject.available(connective):
            if isinstance(node, Expr) and is_list(subject, args[2]) and subject.types.is_int(node):
                yield call("sum" if connective == "+" else "product", args[2])


def fold_to_recursion(subject: Subject, node: Node) -> Iterator[Node]:
    """``foldr`` and ``foldl`` over a list as the local recursion that defines them."""
    go, x, xs, acc = subject.fresh("go", "x", "rest", "acc")
    args = subject.call(node, "foldr", 3)
    pattern = PCon(":", (PVar(x), PVar(xs)))
    if args and is_list(subject, args[2]):
        step, start, items = args
        body = _step(step, Var(x), App(Var(go), Var(xs)))
        clauses = (
            Clause((PCon("[]", ()),), unconditional(start)),
            Clause((pattern,), unconditional(body)),
        )
        yield Let((Fun(go, clauses),), App(Var(go), items))
    args = subject.call(node, "foldl", 3)
    if args and is_list(subject, args[2]):
        step, start, items = args
        # As in ``foldl``, nothing evaluates the accumulator on the way.
        again = apply(Var(go), use(step, Var(acc), Var(x)), Var(xs))
        clauses = (
            Clause((PVar(acc), PCon("[]", ())), unconditional(Var(acc))),
            Clause((PVar(acc), pattern), unconditional(again)),
        )
        yield Let((Fun(go, clauses),), apply(Var(go), start, items))


def _step(step: Expr, item: Var, again: Expr) -> Expr:
    """Return the fold's function applied to an item and to the recursive call, which is no variable to reduce with."""
    if isinstance(step, Var | Con) and not (step.name[0].isalpha() or step.name[0] == "_"):
        return Infix(step, item, again)
    return App(use(step, item), again)


def list_by_fold(subject: Subject, node: Node) -> Iterator[Node]:
    """``map`` and ``filter`` as folds."""
    x, acc = subject.fresh("x", "acc")
    args = subject.call(node, "map", 2)
    if args:
        step = Lam((PVar(x), PVar(acc)), op(":", use(args[0], Var(x)), Var(acc)))
        yield call("foldr", step, EMPTY, args[1])
    args = subject.call(node, "filter", 2)
    if args:
        body = If(use(args[0], Var(x)), op(":", Var(x), Var(acc)), Var(acc))
        yield call("foldr", Lam((PVar(x), PVar(acc)), body), EMPTY, args[1])
    args = subject.call(node, "reverse", 1)
    if args:
        yield call("foldl", call("flip", Con(":")), EMPTY, args[0])


def split(subject: Subject, node: Node) -> Iterator[Node]:
    """``take``/``drop`` by ``splitAt``, ``takeWhile``/``dropWhile`` by ``span``, ``replicate`` by ``repeat``."""
    for name, side, whole in (
        ("take", "fst", "splitAt"),
        ("drop", "snd", "splitAt"),
        ("takeWhile", "fst", "span"),
        ("dropWhile", "snd", "span"),
    ):
        args = subject.call(node, name, 2)
        if args:
            yield call(side, call(whole, *args))
    args = subject.call(node, "replicate", 2)
    if args:
        yield call("take", args[0], call("repeat", args[1]))


def zipping(subject: Subject, node: Node) -> Iterator[Node]:
    """``zipWith`` as a comprehension over ``zip``, and ``zip`` as ``zipWith``."""
    args = subject.call(node, "zipWith", 3)
    if args:
        x, y = subject.fresh("x", "y")
        body = _operated(args[0], Var(x), Var(y))
        yield Comp(body, (Gen(PTuple((PVar(x), PVar(y))), call("zip", args[1], args[2])),))
        yield call("map", call("uncurry", args[0]), call("zip", args[1], args[2]))
    args = subject.call(node, "zip", 2)
    if args:
        yield call("zipWith", Con("(,)"), *args)


def _operated(function: Expr, a: Var, b: Var) -> Expr:
    if isinstance(function, Var | Con) and not (function.name[0].isalpha() or function.name[0] in "_("):
        return Infix(function, a, b)
    return use(function, a, b)


def ranges(subject: Subject, node: Node) -> Iterator[Node]:
    """``[a .. b]`` as ``enumFromTo a b``, and back."""
    if isinstance(node, Range) and node.step is None and node.last is not None:
        yield call("enumFromTo", node.first, node.last)
    args = subject.call(node, "enumFromTo", 2)
    if args:
        yield Range(args[0], None, args[1])


def functor(subject: Subject, node: Node) -> Iterator[Node]:
    """``fmap`` and ``<$>``; on lists ``map``."""
    args = subject.call(node, "fmap", 2) or subject.call(node, "<$>", 2)
    if args:
        if is_list(subject, args[1]):
            yield call("map", *args)
        elif isinstance(node, Infix):
            yield call("fmap", *args)
        else:
            yield op("<$>", *args)
    args = subject.call(node, "map", 2)
    if args and not isinstance(args[0], Lit):
        yield call("fmap", *args)


RULES: dict[str, Rule] = {
    "to_comprehension": to_comprehension,
    "from_comprehension": from_comprehension,
    "comprehension_by_concat": comprehension_by_concat,
    "fusion": fusion,
    "concatenation": concatenation,
    "quantifier": quantifier,
    "aggregate": aggregate,
    "fold_to_recursion": fold_to_recursion,
    "list_by_fold": list_by_fold,
    "split": split,
    "zipping": zipping,
    "ranges": ranges,
    "functor": functor,
}
