"""Laws of the reflected Prelude that proofs of list programs use again and again.

They are conjectures like those that the search guesses: a proof that recalls one carries the law's own proof with it.
"""

from __future__ import annotations

from functools import cache

from seqplay.haskell import syntax as hs
from seqplay.haskell.analysis.imports import Resolver
from seqplay.haskell.analysis.source import parse
from seqplay.proof.language.core import LIBRARY, App, Expr, free
from seqplay.proof.language.names import Fresh
from seqplay.proof.tactics.goal import Equality, World
from seqplay.proof.tactics.marks import strip
from seqplay.proof.tactics.symbolic import Machine
from seqplay.proof.tactics.typing import IllTyped, Typing
from seqplay.proof.theorem.reflected import reflected
from seqplay.proof.translation.expressions import Expressions
from seqplay.proof.translation.patterns import Shapes
from seqplay.proof.translation.scope import Context, Scope

LAWS = """
lawAppendNil xs = append xs [] == xs
lawAppendAssoc xs ys zs = append (append xs ys) zs == append xs (append ys zs)
lawReverseOnto acc xs = reverseOnto acc xs == append (reverseOnto [] xs) acc
lawReverseTwice acc xs = reverseOnto [] (reverseOnto acc xs) == reverseOnto xs acc
lawReverseAppend acc xs ys = reverseOnto acc (append xs ys) == reverseOnto (reverseOnto acc xs) ys
lawMapAppend f xs ys = map f (append xs ys) == append (map f xs) (map f ys)
lawMapReverse f acc xs = map f (reverseOnto acc xs) == reverseOnto (map f acc) (map f xs)
lawMapMap f g xs = map f (map g xs) == map (compose f g) xs
lawFilterAppend p xs ys = filter p (append xs ys) == append (filter p xs) (filter p ys)
lawFilterReverse p acc xs = filter p (reverseOnto acc xs) == reverseOnto (filter p acc) (filter p xs)
lawLengthAppend xs ys = length (append xs ys) == length xs + length ys
lawLengthReverse acc xs = length (reverseOnto acc xs) == length acc + length xs
lawLengthMap f xs = length (map f xs) == length xs
lawSumAppend xs ys = sum (append xs ys) == sum xs + sum ys
lawSumReverse acc xs = sum (reverseOnto acc xs) == sum acc + sum xs
lawProductAppend xs ys = product (append xs ys) == product xs * product ys
lawAllAppend p xs ys = all p (append xs ys) == conjunction (all p xs) (all p ys)
lawAnyAppend p xs ys = any p (append xs ys) == disjunction (any p xs) (any p ys)
lawElemAppend y xs ys = elem y (append xs ys) == disjunction (elem y xs) (elem y ys)
lawConcatAppend xs ys = concat (append xs ys) == append (concat xs) (concat ys)
lawConcatMapAppend f xs ys = concatMap f (append xs ys) == append (concatMap f xs) (concatMap f ys)
lawFoldrAppend f z xs ys = foldr f z (append xs ys) == foldr f (foldr f z ys) xs
lawFoldlAppend f z xs ys = foldl f z (append xs ys) == foldl f (foldl f z xs) ys
lawFoldrCons xs ys = foldr cons ys xs == append xs ys
lawFoldlPlus z xs = foldl plus z xs == z + sum xs
lawFoldlTimes z xs = foldl times z xs == z * product xs
lawFoldrPlus z xs = foldr plus z xs == z + sum xs
lawFoldrTimes z xs = foldr times z xs == z * product xs
lawFoldlAnd b xs = foldl conjunction b xs == conjunction b (conjoin xs)
lawFoldlOr b xs = foldl disjunction b xs == disjunction b (disjoin xs)
"""


@cache
def laws() -> tuple[tuple[str, tuple[str, ...], Expr, Expr], ...]:
    """Return the laws: name, variables, sides."""
    source = parse(LAWS)
    library = reflected()
    context = Context(
        own={},
        arities={},
        shapes=Shapes({}, {}, {}),
        resolver=Resolver(source),
        synonyms=lambda kind: kind,
        fresh=Fresh(frozenset()),
        library=library.arities.arities,
        partial=frozenset(),
    )
    bindings = Expressions(context).bindings
    found: list[tuple[str, tuple[str, ...], Expr, Expr]] = []
    for decl in source.program.decls:
        assert isinstance(decl, hs.Fun)
        names = tuple(each.name for each in decl.clauses[0].pats if isinstance(each, hs.PVar))
        (equation,) = bindings.clauses(decl, len(names), Scope(decl.name))
        body = equation.rhs.branches[0].body
        assert isinstance(body, App)
        left, right = body.arguments
        found.append((decl.name, names, left, right))
    return tuple(found)


def applicable(world: World, typing: Typing, used: frozenset[str]) -> list[Equality]:
    """Return the laws whose left side is made of functions that are used, as equalities in the world."""
    found = []
    machine = Machine(world.unfolding, world.groups)
    for name, names, left, right in laws():
        needed = {n for n in free(left) if n.startswith(LIBRARY)}
        if needed <= used:
            try:
                types, context, _ = typing.equality(left, right, names, {}, general=True)
            except IllTyped:
                continue
            trigger = strip(machine.normal(left))
            found.append(Equality(name, tuple((n, types[n]) for n in names), left, right, (trigger,), context))
    return found
