"""List functions by comprehensions, folds and each other.

The laws hold for lists, lazily and on infinite ones; rules whose Prelude function works on any ``Foldable`` ask for
a type that is known to be a list.
"""

from __future__ import annotations

from collections.abc import Iterator

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.unification import Ap, Atom
from seqplay.haskell.syntax.scope import pattern_names
from seqplay.mutate.laws.branches import applied
from seqplay.mutate.subject import Rule, Subject, call, integer, op

EMPTY = hs.Con("[]")


def is_list(subject: Subject, expr: hs.Expr) -> bool:
    """Whether an expression is known to be a list."""
    type_ = subject.types.of(expr)
    return isinstance(type_, Ap) and type_.head == Atom("[]")


def use(function: hs.Expr, *args: hs.Var) -> hs.Expr:
    """Return a function applied to variables, with lambdas and sections reduced, as a person would write it."""
    result = function
    for arg in args:
        if isinstance(result, hs.RightSection):
            result = hs.Infix(result.op, arg, result.operand)
        elif isinstance(result, hs.LeftSection):
            result = hs.Infix(result.op, result.operand, arg)
        elif isinstance(result, hs.Lam) and isinstance(result.pats[0], hs.PVar):
            rest = result.pats[1:]
            # A later parameter of the argument's name would capture it, were the lambda reduced.
            if rest and (arg.name in {n for pat in rest for n in pattern_names(pat)}):
                result = hs.App(result, arg)
            else:
                inner = applied(hs.Lam(result.pats[:1], result.body), arg)
                result = hs.Lam(rest, inner) if rest else inner
        elif (
            isinstance(result, hs.App) and isinstance(result.function, hs.Var) and not result.function.name[0].isalpha()
        ):
            result = hs.Infix(result.function, result.argument, arg)
        else:
            result = hs.App(result, arg)
    return result


def to_comprehension(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``map`` and ``filter`` as comprehensions, by the report's translation."""
    (name,) = subject.fresh("x")
    args = subject.call(node, "map", 2)
    if args:
        inner = subject.call(args[1], "filter", 2)
        if inner:
            yield hs.Comp(
                use(args[0], hs.Var(name)), (hs.Gen(hs.PVar(name), inner[1]), hs.Test(use(inner[0], hs.Var(name))))
            )
        yield hs.Comp(use(args[0], hs.Var(name)), (hs.Gen(hs.PVar(name), args[1]),))
    args = subject.call(node, "filter", 2)
    if args:
        yield hs.Comp(hs.Var(name), (hs.Gen(hs.PVar(name), args[1]), hs.Test(use(args[0], hs.Var(name)))))
    args = subject.call(node, "concatMap", 2)
    if args and is_list(subject, args[1]):  # a generator takes lists, ``concatMap`` whatever can be folded
        (other,) = subject.fresh("y")
        yield hs.Comp(
            hs.Var(other), (hs.Gen(hs.PVar(name), args[1]), hs.Gen(hs.PVar(other), use(args[0], hs.Var(name))))
        )


def from_comprehension(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A comprehension over one list as ``map`` and ``filter``."""
    if not isinstance(node, hs.Comp) or not isinstance(node.quals[0], hs.Gen):
        return
    first, rest = node.quals[0], node.quals[1:]
    # A generator passes over what its pattern does not fit, and a lambda throws.
    if not all(isinstance(qual, hs.Test) for qual in rest) or not _irrefutable(first.pat):
        return
    items = first.expr
    for qual in rest:
        if isinstance(qual, hs.Test):
            items = call("filter", hs.Lam((first.pat,), qual.expr), items)
    if isinstance(first.pat, hs.PVar) and node.body == hs.Var(first.pat.name):
        yield items
    else:
        yield call("map", hs.Lam((first.pat,), node.body), items)


def _irrefutable(pat: hs.Pat) -> bool:
    """Whether a pattern fits every element that has a value; only one without tells a tuple's from a variable."""
    return isinstance(pat, hs.PVar | hs.PWild) or (
        isinstance(pat, hs.PTuple) and all(_irrefutable(item) for item in pat.items)
    )


def comprehension_by_concat(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """A comprehension by the report's translation into ``concatMap`` (section 3.11)."""
    if isinstance(node, hs.Comp) and isinstance(node.quals[0], hs.Gen):
        first, rest = node.quals[0], node.quals[1:]
        inner = _body(node.body, rest)
        if isinstance(first.pat, hs.PVar) or _irrefutable(first.pat):
            yield call("concatMap", hs.Lam((first.pat,), inner), first.expr)
        else:
            (name,) = subject.fresh("item")
            alts = (hs.Alt(first.pat, hs.unconditional(inner)), hs.Alt(hs.PWild(), hs.unconditional(EMPTY)))
            yield call("concatMap", hs.Lam((hs.PVar(name),), hs.Case(hs.Var(name), alts)), first.expr)


def _body(body: hs.Expr, quals: tuple[hs.Stmt, ...]) -> hs.Expr:
    if not quals:
        return hs.ListLit((body,))
    if all(isinstance(qual, hs.Test) for qual in quals):
        first = quals[0]
        if isinstance(first, hs.Test):
            return hs.If(first.expr, _body(body, quals[1:]), EMPTY)
    if isinstance(quals[0], hs.LetStmt):
        return hs.Let(quals[0].decls, _body(body, quals[1:]))
    return hs.Comp(body, quals)


def fusion(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``map f (map g xs)`` as one ``map``, two ``filter``s as one; ``map`` of a composition as two."""
    args = subject.call(node, "map", 2)
    if args:
        inner = subject.call(args[1], "map", 2)
        if inner:
            yield call("map", op(".", args[0], inner[0]), inner[1])
        if isinstance(args[0], hs.Infix) and subject.operation(args[0], "."):
            yield call("map", args[0].left, call("map", args[0].right, args[1]))
    args = subject.call(node, "filter", 2)
    if args:
        inner = subject.call(args[1], "filter", 2)
        (name,) = subject.fresh("x")
        if inner:
            # The inner test stays the first: the outer one may throw on what that keeps away.
            both = op("&&", use(inner[0], hs.Var(name)), use(args[0], hs.Var(name)))
            yield call("filter", hs.Lam((hs.PVar(name),), both), inner[1])


def concatenation(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``concatMap f`` and ``concat . map f``; ``xs ++ ys`` as a fold; ``[x] ++ xs`` as ``x : xs``."""
    args = subject.call(node, "concatMap", 2)
    if args and is_list(subject, args[1]):
        yield call("concat", call("map", *args))
    args = subject.call(node, "concat", 1)
    if args:
        inner = subject.call(args[0], "map", 2)
        if inner:
            yield call("concatMap", *inner)
    if isinstance(node, hs.Infix) and subject.operation(node, "++"):
        if isinstance(node.left, hs.ListLit) and len(node.left.items) == 1:
            yield op(":", node.left.items[0], node.right)
        yield call("foldr", hs.Con(":"), node.right, node.left)
        if isinstance(node.left, hs.Infix) and subject.operation(node.left, "++"):
            yield op("++", node.left.left, op("++", node.left.right, node.right))
    if isinstance(node, hs.Infix) and node.op == hs.Con(":") and node.right != EMPTY:
        yield op("++", hs.ListLit((node.left,)), node.right)


def quantifier(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``any``, ``all``, ``elem``, ``and``, ``or`` by each other: all stop at the same element."""
    for name, whole, dual in (("any", "or", "all"), ("all", "and", "any")):
        args = subject.call(node, name, 2)
        if args and is_list(subject, args[1]):
            yield call(whole, call("map", *args))
            yield call("not", call(dual, op(".", hs.Var("not"), args[0]), args[1]))
    for name, connective, unit in (("and", "&&", "True"), ("or", "||", "False")):
        args = subject.call(node, name, 1)
        if args and is_list(subject, args[0]):
            yield call("foldr", hs.Var(connective), hs.Con(unit), args[0])
    args = subject.call(node, "elem", 2)
    # ``elem x`` compares ``x == y``, and the section ``y == x``: only a lawful equality is the same both ways.
    if args and is_list(subject, args[1]) and subject.total_order(args[0]):
        yield call("any", hs.RightSection(hs.Var("=="), args[0]), args[1])
        yield call("not", call("notElem", *args))
    args = subject.call(node, "notElem", 2)
    if args and is_list(subject, args[1]):
        yield call("not", call("elem", *args))


def aggregate(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``sum``, ``product`` and ``length`` as folds, over whole numbers (whose ``+`` and ``*`` associate exactly)."""
    for name, connective, unit in (("sum", "+", 0), ("product", "*", 1)):
        args = subject.call(node, name, 1)
        if args and isinstance(node, hs.Expr) and is_list(subject, args[0]) and subject.types.is_int(node):
            yield call("foldl", hs.Var(connective), integer(unit), args[0])
            yield call("foldr", hs.Var(connective), integer(unit), args[0])
            mapped = subject.call(args[0], "map", 2)
            if mapped:
                x, acc = subject.fresh("x", "acc")
                step = hs.Lam((hs.PVar(acc), hs.PVar(x)), op(connective, hs.Var(acc), use(mapped[0], hs.Var(x))))
                yield call("foldl", step, integer(unit), mapped[1])
    args = subject.call(node, "length", 1)
    if args and is_list(subject, args[0]):
        yield call("sum", call("map", call("const", integer(1)), args[0]))
        (acc,) = subject.fresh("acc")
        yield call("foldr", hs.Lam((hs.PWild(), hs.PVar(acc)), op("+", integer(1), hs.Var(acc))), integer(0), args[0])
    for name, connective, unit in (("foldr", "+", 0), ("foldl", "+", 0), ("foldr", "*", 1), ("foldl", "*", 1)):
        args = subject.call(node, name, 3)
        if args and args[0] == hs.Var(connective) and args[1] == integer(unit) and subject.available(connective):
            if isinstance(node, hs.Expr) and is_list(subject, args[2]) and subject.types.is_int(node):
                yield call("sum" if connective == "+" else "product", args[2])


def fold_to_recursion(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``foldr`` and ``foldl`` over a list as the local recursion that defines them."""
    go, x, xs, acc = subject.fresh("go", "x", "rest", "acc")
    args = subject.call(node, "foldr", 3)
    pattern = hs.PCon(":", (hs.PVar(x), hs.PVar(xs)))
    if args and is_list(subject, args[2]):
        step, start, items = args
        body = _step(step, hs.Var(x), hs.App(hs.Var(go), hs.Var(xs)))
        clauses = (
            hs.Clause((hs.PCon("[]", ()),), hs.unconditional(start)),
            hs.Clause((pattern,), hs.unconditional(body)),
        )
        yield hs.Let((hs.Fun(go, clauses),), hs.App(hs.Var(go), items))
    args = subject.call(node, "foldl", 3)
    if args and is_list(subject, args[2]):
        step, start, items = args
        # As in ``foldl``, nothing evaluates the accumulator on the way.
        again = hs.apply(hs.Var(go), use(step, hs.Var(acc), hs.Var(x)), hs.Var(xs))
        clauses = (
            hs.Clause((hs.PVar(acc), hs.PCon("[]", ())), hs.unconditional(hs.Var(acc))),
            hs.Clause((hs.PVar(acc), pattern), hs.unconditional(again)),
        )
        yield hs.Let((hs.Fun(go, clauses),), hs.apply(hs.Var(go), start, items))


def _step(step: hs.Expr, item: hs.Var, again: hs.Expr) -> hs.Expr:
    """Return the fold's function applied to an item and to the recursive call, which is no variable to reduce with."""
    if isinstance(step, hs.Var | hs.Con) and not (step.name[0].isalpha() or step.name[0] == "_"):
        return hs.Infix(step, item, again)
    return hs.App(use(step, item), again)


def list_by_fold(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``map`` and ``filter`` as folds."""
    x, acc = subject.fresh("x", "acc")
    args = subject.call(node, "map", 2)
    if args:
        step = hs.Lam((hs.PVar(x), hs.PVar(acc)), op(":", use(args[0], hs.Var(x)), hs.Var(acc)))
        yield call("foldr", step, EMPTY, args[1])
    args = subject.call(node, "filter", 2)
    if args:
        body = hs.If(use(args[0], hs.Var(x)), op(":", hs.Var(x), hs.Var(acc)), hs.Var(acc))
        yield call("foldr", hs.Lam((hs.PVar(x), hs.PVar(acc)), body), EMPTY, args[1])
    args = subject.call(node, "reverse", 1)
    if args:
        yield call("foldl", call("flip", hs.Con(":")), EMPTY, args[0])


def split(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
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


def zipping(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``zipWith`` as a comprehension over ``zip``, and ``zip`` as ``zipWith``."""
    args = subject.call(node, "zipWith", 3)
    if args:
        x, y = subject.fresh("x", "y")
        body = _operated(args[0], hs.Var(x), hs.Var(y))
        yield hs.Comp(body, (hs.Gen(hs.PTuple((hs.PVar(x), hs.PVar(y))), call("zip", args[1], args[2])),))
        yield call("map", call("uncurry", args[0]), call("zip", args[1], args[2]))
    args = subject.call(node, "zip", 2)
    if args:
        yield call("zipWith", hs.Con("(,)"), *args)


def _operated(function: hs.Expr, a: hs.Var, b: hs.Var) -> hs.Expr:
    if isinstance(function, hs.Var | hs.Con) and not (function.name[0].isalpha() or function.name[0] in "_("):
        return hs.Infix(function, a, b)
    return use(function, a, b)


def ranges(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``[a .. b]`` as ``enumFromTo a b``, and back."""
    if isinstance(node, hs.Range) and node.step is None and node.last is not None:
        yield call("enumFromTo", node.first, node.last)
    args = subject.call(node, "enumFromTo", 2)
    if args:
        yield hs.Range(args[0], None, args[1])


def functor(subject: Subject, node: hs.Node) -> Iterator[hs.Node]:
    """``fmap`` and ``<$>``; on lists ``map``."""
    args = subject.call(node, "fmap", 2) or subject.call(node, "<$>", 2)
    if args:
        if is_list(subject, args[1]):
            yield call("map", *args)
        elif isinstance(node, hs.Infix):
            yield call("fmap", *args)
        else:
            yield op("<$>", *args)
    args = subject.call(node, "map", 2)
    if args and not isinstance(args[0], hs.Lit):
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
