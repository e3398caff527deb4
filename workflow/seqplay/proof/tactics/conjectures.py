"""Lemmas that a proof may need, guessed from the calls that the two programs make.

Each family is a schema of equalities over shapes; an equality is only kept if it is well typed and no small value
refutes it. What is kept is a conjecture: Liquid Haskell proves it, or it is not used.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, permutations, product
from math import inf

from seqplay.haskell.syntax import TyCon, Type
from seqplay.proof.language.core import App, Con, Expr, Var, apply, free
from seqplay.proof.language.substitution import substitute
from seqplay.proof.language.terms import call, integer, outer_subterms, spine
from seqplay.proof.tactics.goal import Equality, World
from seqplay.proof.tactics.induction import Induction
from seqplay.proof.tactics.laws import applicable
from seqplay.proof.tactics.marks import strip
from seqplay.proof.tactics.refutation import Refuter
from seqplay.proof.tactics.shapes import HOLE, Context, Shape, contexts_of, shapes_of
from seqplay.proof.tactics.symbolic import Machine, OutOfFuel
from seqplay.proof.tactics.typing import IllTyped, Typing, known

MOST = 12
"""Conjectures of a family that are stated; each costs checks, and most are false or of no use."""
FEW = 6
"""The same of the families that help seldom."""


@dataclass
class Conjectures:
    """Guesses lemmas for a goal.

    ``contexts`` has a key for the call of each of ``shapes``. Both grow while accumulators are generalised.
    """

    world: World
    typing: Typing
    goal: Equality
    explored: Induction
    """An induction on the goal that was run: the calls that it met are what lemmas may be about."""
    refuter: Refuter
    deadline: float = inf
    """When to stop, by the monotonic clock: nothing is new any more."""
    shapes: list[Shape] = field(init=False)
    """The calls that were met, and the two sides themselves, each once."""
    contexts: dict[Expr, list[Context]] = field(init=False)
    """What the function of a shape does around its own recursive calls."""
    _seen: set[frozenset[Expr]] = field(default_factory=set)
    """Pairs of evaluated sides that were looked at, whichever of the two is the left one."""
    _recalled: set[str] = field(default_factory=set)
    """Laws that an earlier stage has given."""
    _needed: set[Expr] = field(default_factory=set)
    """Calls that a conjecture's right side makes: contexts move through these even if they are not flat."""

    def __post_init__(self) -> None:
        self.shapes = shapes_of(self.world, self.typing, self.explored.met, self.explored.kinds)
        for side in (self.goal.left, self.goal.right):
            self.shapes.extend(
                s
                for s in shapes_of(self.world, self.typing, [side], self.explored.kinds)
                if s.call not in {each.call for each in self.shapes}
            )
        self.contexts = {s.call: contexts_of(self.world, self.typing, s) for s in self.shapes}

    def stages(self) -> Iterator[list[Equality]]:
        """Yield the conjectures in groups, those that are likely to be needed first; names are of the family."""
        self._is_new(self.goal.left, self.goal.right)  # the goal is no lemma for itself
        helpers = self._named("helper", self.equal_helpers(), MOST)
        yield [*self._laws(helpers), *helpers]
        accumulators = self._named("accumulator", self.generalised_accumulators(), MOST)
        moved = self._named("moved", self.moved_contexts(), MOST)
        units = self._named("unit", self.units(), FEW)
        yield [*self._laws(accumulators), *accumulators, *moved, *units]
        yield self._named("distribution", self.distributions(), FEW)

    def _named(self, name: str, family: Iterator[Equality], most: int) -> list[Equality]:
        return [replace(each, name=f"{name}{i}") for i, each in enumerate(islice(family, most), 1)]

    def _laws(self, conjectures: Sequence[Equality]) -> list[Equality]:
        terms = [*self.explored.met, *(side for each in conjectures for side in (each.left, each.right))]
        found = applicable(self.world, self.typing, frozenset[str]().union(*(free(term) for term in terms)))
        new = [each for each in found if each.name not in self._recalled]
        self._recalled.update(each.name for each in new)
        return new

    # ------------------------------------------------------------ families

    def equal_helpers(self) -> Iterator[Equality]:
        """Two shapes are equal, up to the order of their arguments; or one is a variable of its own."""
        for one, two in product(self.shapes, self.shapes):
            if one.call == two.call or one.type != two.type or not _before(one, two):
                continue
            for renamed in _arrangements(one, two):
                yield from self._kept(one, one.call, renamed, (one.call, renamed))

    def generalised_accumulators(self) -> Iterator[Equality]:
        """``go acc xs = acc ⊕ reference xs``, for each way to combine and each reference."""
        # The list grows under this loop: what a conjecture brings in may have accumulators of its own.
        for shape in self.shapes:
            accumulators = {c.of for c in self.contexts[shape.call] if c.of}
            for names in _choices(accumulators, shape):
                for reference in self._references(shape, names):
                    kinds = dict(shape.variables)
                    for combined in _combinations(names, [kinds[n] for n in names], reference, shape.type):
                        for kept in self._kept(shape, shape.call, combined, (shape.call,)):
                            yield kept
                            self._add_shapes(kept)

    def moved_contexts(self) -> Iterator[Equality]:
        """``go (C acc) xs = C (go acc xs)``, for each context of the programs."""
        contexts = {(c.term, c.type): c for each in self.contexts.values() for c in each}
        shapes = [shape for shape in self.shapes if shape.is_flat or shape.call in self._needed]
        pairs = product(shapes, contexts.values())
        # A function's own contexts come first, then those of the others.
        for shape, context in sorted(pairs, key=lambda pair: pair[1] not in self.contexts[pair[0].call]):
            for name, kind in shape.variables:
                if kind == context.type == shape.type:
                    for values in _shared(context.variables, shape.variables, name):
                        inner = substitute(context.around(Var(name)), values)
                        left = substitute(shape.call, {name: inner})
                        right = substitute(context.term, {**values, HOLE: shape.call})
                        yield from self._kept(shape, left, right, (left, right), context.variables)

    def units(self) -> Iterator[Equality]:
        """A shape at a constant is one of its variables, or the constant."""
        for shape in filter(lambda each: each.is_flat, self.shapes):
            for name, kind in shape.variables:
                for constant in _constants(self.world, kind):
                    left = substitute(shape.call, {name: constant})
                    others = [Var(n) for n, k in shape.variables if n != name and k == shape.type]
                    for right in [*others, constant] if kind == shape.type else others:
                        yield from self._kept(shape, left, right, (left,))

    def distributions(self) -> Iterator[Equality]:
        """``f (xs ++ ys) = f xs ⊕ f ys``."""
        if not any(_calls(call_, "L.append") for call_ in self.explored.met):
            return
        for shape in filter(lambda each: each.is_flat, self.shapes):
            for name, kind in shape.variables:
                if isinstance(kind, TyCon) and kind.name == "[]" and shape.head != "L.append":
                    left = substitute(shape.call, {name: call("L.append", Var(name), Var("ys"))})
                    second = substitute(shape.call, {name: Var("ys")})
                    for operator in _operators(shape.type):
                        yield from self._kept(shape, left, operator(shape.call, second), (left,), (("ys", kind),))

    # ------------------------------------------------------------ parts

    def _add_shapes(self, equality: Equality) -> None:
        """Take in the calls of a conjecture's right side: moving a context through them is the next question."""
        known = {shape.call for shape in self.shapes}
        for shape in shapes_of(self.world, self.typing, [equality.right], dict(equality.variables)):
            self._needed.add(shape.call)
            if shape.call not in known and shape.head in self.world.functions:
                self.shapes.append(shape)
                self.contexts[shape.call] = contexts_of(self.world, self.typing, shape)

    def _references(self, shape: Shape, accumulators: Sequence[str]) -> Iterator[Expr]:
        """Yield what a call may be but for its accumulators: a side of the goal, another shape, or the same function at
        the accumulators that the programs begin with.
        """
        free = [(n, k) for n, k in shape.variables if n not in accumulators]
        goal = self.goal
        for side in (goal.left, goal.right):
            yield from _placed(side, goal.variables, free)
        for other in self.shapes:
            if other.call != shape.call:
                yield from _placed(other.call, other.variables, free)
        for met in self.explored.met:
            head, arguments = spine(met)
            if head == spine(shape.call)[0] and isinstance(shape.call, App):
                initial = dict(zip((str(a) for a in shape.call.arguments), arguments, strict=False))
                start = {n: initial[str(Var(n))] for n in accumulators if str(Var(n)) in initial}
                if len(start) == len(accumulators) and all(_is_closed(v, self.typing) for v in start.values()):
                    yield substitute(shape.call, start)

    def _kept(
        self,
        shape: Shape,
        left: Expr,
        right: Expr,
        triggers: tuple[Expr, ...],
        more: Sequence[tuple[str, Type]] = (),
    ) -> Iterator[Equality]:
        """Yield the equality, if it says anything new, has a type, and no small value refutes it.

        ``more`` are variables besides the shape's.
        """
        if not self._is_new(left, right):
            return
        variables = [*shape.variables, *more]
        used = {v.name for side in (left, right) for v in outer_subterms(side) if isinstance(v, Var)}
        names = [n for n, _ in variables if n in used]
        fixed = {n: known(k) for n, k in variables if n in used}
        try:
            types, context, _ = self.typing.equality(left, right, names, fixed)
        except IllTyped:
            return
        # Only at the sight of a term with all variables is it known what each stands for.
        kept = tuple(t for t in triggers if all(n in {str_(v) for v in outer_subterms(t)} for n in names))
        equality = Equality("", tuple((n, types[n]) for n in names), left, right, kept, context)
        if self.refuter.survives(equality):
            yield equality

    def _is_new(self, left: Expr, right: Expr) -> bool:
        """Whether two sides differ after evaluation and were not tried before."""
        machine = Machine(self.world.unfolding, self.world.groups)
        try:
            sides = frozenset({strip(machine.normal(left)), strip(machine.normal(right))})
        except (OutOfFuel, RecursionError):
            return False
        if len(sides) == 1 or sides in self._seen or time.monotonic() > self.deadline:
            return False
        self._seen.add(sides)
        return True


def _shared(
    others: Sequence[tuple[str, Type]], own: Sequence[tuple[str, Type]], place: str
) -> Iterator[dict[str, Expr]]:
    """Yield what a context's variables may stand for: something new, or a variable of the shape."""
    yield {}
    if len(others) == 1:
        ((name, kind),) = others
        for candidate, other in own:
            if other == kind and candidate != place:
                yield {name: Var(candidate)}


def str_(expr: Expr) -> str:
    """Return a variable's name, and nothing for other terms."""
    return expr.name if isinstance(expr, Var) else ""


def _before(one: Shape, two: Shape) -> bool:
    """Whether a pair of shapes is to be looked at in this order: of two orders, one is enough."""
    return repr(one.call) < repr(two.call)


def _arrangements(one: Shape, two: Shape) -> Iterator[Expr]:
    """Yield the second shape over the first one's variables, in each way that the types allow."""
    names = [n for n, _ in one.variables]
    wanted = [k for _, k in two.variables]
    if len(wanted) > len(names) or len(names) > 5:
        return
    kinds = dict(one.variables)
    for chosen in permutations(names, len(wanted)):
        if [kinds[n] for n in chosen] == wanted:
            apart = {n: Var(f"{n}_") for n, _ in two.variables}
            renamed = substitute(two.call, apart)
            yield substitute(renamed, {f"{n}_": Var(c) for (n, _), c in zip(two.variables, chosen, strict=True)})


def _placed(side: Expr, variables: Sequence[tuple[str, Type]], free: Sequence[tuple[str, Type]]) -> Iterator[Expr]:
    """Yield a term over other variables of the same types."""
    if len(variables) > len(free) or len(free) > 5:
        return
    kinds = dict(free)
    for chosen in permutations([n for n, _ in free], len(variables)):
        if [kinds[n] for n in chosen] == [k for _, k in variables]:
            apart = substitute(side, {n: Var(f"{n}_") for n, _ in variables})
            yield substitute(apart, {f"{n}_": Var(c) for (n, _), c in zip(variables, chosen, strict=True)})


def _choices(accumulators: set[str], shape: Shape) -> Iterator[tuple[str, ...]]:
    """Yield what may be generalised at once: one accumulator of the result's type, or all (a tuple's parts)."""
    ordered = [n for n, _ in shape.variables if n in accumulators]
    for name in ordered:
        if dict(shape.variables)[name] == shape.type:
            yield (name,)
    if len(ordered) > 1:
        yield tuple(ordered)


Operator = Callable[[Expr, Expr], Expr]


def _named(name: str) -> Operator:
    return lambda left, right: call(name, left, right)


def _swapped(operator: Operator) -> Operator:
    return lambda left, right: operator(right, left)


def _operators(kind: Type) -> list[Operator]:
    """Return the ways to combine two values of a type."""
    match kind:
        case TyCon("Int" | "Integer" | "Double"):
            return [_named(n) for n in ("+", "*", "-", "L.max", "L.min")]
        case TyCon("Bool"):
            return [_named("L.conjunction"), _named("L.disjunction"), _named("L.unequal"), _named("L.equal")]
        case TyCon("[]"):
            return [_named("L.append"), _swapped(_named("L.append"))]
    return []


def _combinations(names: Sequence[str], kinds: Sequence[Type], reference: Expr, result: Type) -> Iterator[Expr]:
    """Yield the ways to combine accumulators with the result of a reference."""
    if len(names) == 1 and kinds[0] == result:
        accumulator = Var(names[0])
        for operator in _operators(result):
            yield operator(accumulator, reference)
        match result:
            case TyCon("Int" | "Integer"):
                yield call("-", reference, accumulator)
            case TyCon("[]"):
                yield call("L.append", call("L.reverse", accumulator), reference)
                yield call("L.append", call("L.reverse", reference), accumulator)
        yield reference
    # Pairs alone: the library has no selectors for larger tuples.
    if isinstance(result, TyCon) and result.name == "(,)" and list(result.args) == list(kinds):
        parts = (call("L.fst", reference), call("L.snd", reference))
        for operators in product(*(_operators(kind) for kind in kinds)):
            yield apply(
                Con(result.name), *(op(Var(n), part) for op, n, part in zip(operators, names, parts, strict=True))
            )


def _constants(world: World, kind: Type) -> list[Expr]:
    match kind:
        case TyCon("Int" | "Integer"):
            return [integer(0), integer(1)]
        case TyCon("[]"):
            return [Con("[]")]
        case TyCon("Bool"):
            return [Con("True"), Con("False")]
        case TyCon(name) if name in world.types:
            return [Con(made) for made, fields in world.types[name].constructors if not fields]
    return []


def _calls(expr: Expr, name: str) -> bool:
    return any(each == Var(name) for part in outer_subterms(expr) for each in [spine(part)[0]])


def _is_closed(expr: Expr, typing: Typing) -> bool:
    return all(not isinstance(v, Var) or v.name in typing.schemes for v in outer_subterms(expr))
