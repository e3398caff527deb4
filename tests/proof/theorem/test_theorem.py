"""The theorem is the pipeline's: its statement, its names, and what it makes of a proof's own claims."""

from __future__ import annotations

from dataclasses import replace

from seqplay.haskell.analysis.source import parse
from seqplay.proof.theorem.metrics import metrics, recursive_groups
from seqplay.proof.theorem.module import assemble, names_in_scope, runnable, statement
from seqplay.proof.theorem.problem import pose
from seqplay.proof.theorem.submission import refusals, submission
from tests.proof.problems import posed

P = "total :: [Int] -> Int\ntotal [] = 0\ntotal (x:xs) = x + total xs\n"
Q = "total :: [Int] -> Int\ntotal xs = sum xs\n"


def problem():
    return pose(parse(P), parse(Q), "total", "total")


def test_the_statement_is_that_both_give_the_same():
    assert statement(problem()) == "{-@ proof :: x1:[Int] -> { total x1 == total' x1 } @-}"


def test_the_statement_keeps_classes_and_functions():
    code = "keep :: Ord a => (a -> Bool) -> a -> [a] -> [a]\nkeep p y xs = [x | x <- xs, p x, x <= y]\n"
    expected = "{-@ proof :: (Ord a) => x1:(a -> Bool) -> x2:a -> x3:[a] -> { keep x1 x2 x3 == keep' x1 x2 x3 } @-}"
    assert statement(posed(code)) == expected


def test_the_names_in_scope_are_told_with_their_types():
    shown = names_in_scope(problem())
    assert {"total :: [Int] -> Int", "total' :: [Int] -> Int", "sum :: Num a => [a] -> a"} <= set(shown)


def test_comments_of_the_programs_are_no_part_of_the_theorem():
    sly = P + "{-@ assume total :: xs:[Int] -> {v:Int | false} @-}\n"
    text = assemble(pose(parse(sly), parse(Q), "total", "total"), "proof xs = ()").module.text
    assert "assume" not in text


def test_integers_are_conversions_in_definitions_alone_and_only_where_an_int_holds_them():
    code = f"far :: Integer -> Bool\nfar n = n > {2**63} || n > {2**63 - 1} || n < -1\n"
    converted = replace(posed(code), converts=True)
    text = assemble(converted, "proof x1 = if x1 > 5 then () else ()").module.text
    assert f"n > {2**63} || n > (Prelude.fromIntegral ({2**63 - 1} :: Prelude.Int))" in text
    assert "n < (Prelude.fromIntegral (-1 :: Prelude.Int))" in text
    assert "x1 > 5" in text
    assert "fromIntegral" not in statement(converted) + runnable(converted, "far")
    assert "fromIntegral" not in assemble(posed(code), "proof x1 = ()").module.text


def test_a_claim_about_proof_is_dropped_and_its_metric_kept():
    given = "{-@ proof :: xs:[Int] -> { 1 == 1 } / [len xs] @-}\nproof :: [Int] -> Proof\nproof xs = ()\n"
    kept = submission(problem(), given)
    assert "1 == 1" not in kept.text
    assert "::" not in kept.text
    assert kept.text.count("\n") == given.count("\n")
    assert kept.metric == "[len x1]"
    text = assemble(problem(), kept.text, metric=kept.metric).module.text
    assert text.count("{-@ proof ::") == 1
    assert "{ total x1 == total' x1 } / [len x1]" in text


def test_a_proof_may_not_redefine_what_the_theorem_is_about():
    assert refusals(problem(), "total xs = 0\nproof xs = ()\n")
    assert refusals(problem(), "{-@ assume lem :: { 1 == 2 } @-}\nlem = ()\nproof xs = lem\n")
    assert not refusals(problem(), "proof [] = ()\nproof (x:xs) = proof xs\n")


def test_the_program_to_run_evaluates_the_proof():
    text = runnable(problem(), "total'", "proof xs = ()")
    assert "seqplay_entry x1 = proof x1 `Prelude.seq` total' x1" in text
    assert "LiquidHaskell" not in text


def metric_of(code: str) -> str | None:
    found = posed(code)
    name = found.p_entry
    return metrics(next(f for f in found.functions if f.name == name), recursive_groups(found.functions)[name])[0]


def test_a_metric_is_guessed_where_structure_does_not_tell():
    assert metric_of(P) is None
    assert metric_of("f :: Int -> Int\nf n = if n <= 0 then 0 else f (n - 1)\n") == "[if x1 < 0 then 0 else x1]"
    halves = "f :: [a] -> [a] -> [a]\nf [] ys = ys\nf (x:xs) ys = x : f ys xs\n"
    assert metric_of(halves) == "[len x1 + len x2]"
    up = "f :: Int -> Int -> Int\nf i n = if i > n then 0 else i + f (i + 1) n\n"
    assert metric_of(up) == "[if x2 - x1 + 1 < 0 then 0 else x2 - x1 + 1]"
