"""Reading and printing are inverse: what is printed reads back as the same syntax."""

from __future__ import annotations

import pytest

from seqplay.haskell.analysis.source import parse
from seqplay.haskell.syntax import Fun, Infix, Neg, Opaque
from seqplay.haskell.syntax.printing import printer
from tests.haskell.corpus import samples


def printed(code: str) -> str:
    program = parse(code).program
    return "\n\n".join(printer(program).declaration(decl) for decl in program.decls) + "\n"


FORMS = [
    "f x = -x * y + z `div` 2 - 1 == -1 && a : b : c == d || e\n",
    "f = (subtract 1) . (+ 1) $ (2 *) (`mod` 3) (x -)\n",
    "f x = if a then \\y -> y else case x of { Just z | z > 0, let w = z -> w; _ -> 0 }\n",
    "f x = let { a = 1; g y | y = a | otherwise = b; (c, d) = e } in do { z <- h; let {k = 1}; return (z, k) }\n",
    "f x@(a : ~b : !c) (Just (-1)) [p, q] R { l = m, n } = [(a, b) | a <- [1, 3 ..], Just b <- [c .. d], a < b]\n",
    "infixr 5 <+>\ninfixl 6 `plus`\n(a <+> b) c = a `plus` b <+> c `plus` a\n",
    "f = \\case { 1 -> 2; n | n > 3 -> 4 }\ng = if | a -> 1 | otherwise -> (,) 1 (, b)\n",
    "f = (x :: Int, read @Int y, r { a = 1 }, M.lookup k M.empty M.! 2)\n",
    "f :: forall a b. (Ord a, Show (m a)) => (a -> b) -> [m a] -> (a, String) -> Maybe [b]\nf = g\n",
    "f x = (case x of { _ -> 1 }) + (if a then b else c) `seq` (let y = 1 in y)\n",
    "f x = y where { y = z where { z = x } }\n",
    "f = (a . b) (\\x -> x) (- 3) (f (- x)) (a - (b - c)) ((a - b) - c) (a ++ (b ++ c)) ((a ++ b) ++ c)\n",
]


@pytest.mark.parametrize("code", FORMS)
def test_each_form_reads_back_as_it_was(code: str) -> None:
    first = parse(code)
    assert first.errors == ()
    assert not any(isinstance(decl, Opaque) for decl in first.program.decls)
    assert parse(printed(code)).program == first.program


def test_every_shipped_program_reads_back_as_it_was() -> None:
    wrong = [sample.name for sample in samples() if parse(printed(sample.code)).program != parse(sample.code).program]
    assert wrong == []


def test_operators_are_resolved_by_fixity_and_not_by_position() -> None:
    decl = parse("f = a - b - c * d\n").program.decls[0]
    assert isinstance(decl, Fun)
    body = decl.clauses[0].rhs.branches[0].body
    assert isinstance(body, Infix)
    assert isinstance(body.left, Infix), "minus associates to the left"
    assert isinstance(body.right, Infix)
    assert (body.op.name, body.left.op.name, body.right.op.name) == ("-", "-", "*")


def test_minus_in_front_binds_like_a_sum() -> None:
    assert parse("f = - a * b\n").program == parse("f = - (a * b)\n").program
    decl = parse("f = - a + b\n").program.decls[0]
    assert isinstance(decl, Fun)
    body = decl.clauses[0].rhs.branches[0].body
    assert isinstance(body, Infix)
    assert isinstance(body.left, Neg)


def test_a_programs_own_fixities_hold_wherever_they_are_declared() -> None:
    assert (
        parse("f = a <+> b * c\ninfixl 9 <+>\n").program.decls[0]
        == parse("f = (a <+> b) * c\ninfixl 9 <+>\n").program.decls[0]
    )
