"""The prover accepts what is proved and not contradicted, and says why of everything else."""

from __future__ import annotations

import os

import pytest

from seqplay.config import HaskellConfig, ProofConfig
from seqplay.proof.liquid.locate import VARIABLE
from seqplay.proof.prover import Prover
from seqplay.records import Evidence, Verdict

pytestmark = [pytest.mark.liquid, pytest.mark.ghc]

P = "total :: [Int] -> Int\ntotal [] = 0\ntotal (x:xs) = x + total xs\n"
Q = "total :: [Int] -> Int\ntotal xs = sum xs\n"
INDUCTION = "proof [] = ()\nproof (x:xs) = proof xs\n"


@pytest.fixture(scope="module")
def prover():
    if not os.environ.get(VARIABLE):
        pytest.skip(f"{VARIABLE} is not set")
    with Prover.open(HaskellConfig(workers=1), ProofConfig(tactic_seconds=60, smt_seconds=20)) as opened:
        yield opened


def test_a_given_proof_is_accepted(prover):
    result = prover.check(P, Q, INDUCTION)
    assert (result.verdict, result.reason, result.evidence) == (Verdict.ACCEPTED, "proved", Evidence.PROOF)
    assert result.theorem == "{-@ proof :: x1:[Int] -> { total x1 == total' x1 } @-}"


def test_what_the_tactics_find_at_once_is_asked_once_warm_and_once_cold(prover, monkeypatch):
    checker, asked = prover._checker, []
    check = checker.check
    monkeypatch.setattr(checker, "check", lambda *rest, cold=False: asked.append(cold) or check(*rest, cold=cold))
    result = prover.prove(P, "total :: [Int] -> Int\ntotal xs = foldr (+) 0 xs\n")
    assert (result.verdict, result.evidence) == (Verdict.ACCEPTED, Evidence.PROOF)
    assert asked == [False, True]


def test_what_the_tactics_find_and_the_cold_check_refuses_is_not_accepted(prover, monkeypatch):
    checker = prover._checker
    check = checker.check

    def refusing(*rest, cold=False):
        verdict = check(*rest, cold=cold)
        refused = {"verdict": Verdict.REJECTED, "reason": "unsafe", "message": "no"}
        return verdict.model_copy(update=refused) if cold else verdict

    monkeypatch.setattr(checker, "check", refusing)
    result = prover.prove(P, "total :: [Int] -> Int\ntotal xs = foldr (+) 0 xs\n")
    assert (result.verdict, result.reason) == (Verdict.REJECTED, "cold_differs")


def test_definitions_at_fault_are_named_where_the_tactics_look_before_they_are_checked(prover):
    loop = "f :: Int -> Int\nf x = if x == 0 then 0 else f (x - 1)\n"
    result = prover.prove(loop, "f :: Int -> Int\nf x = if 0 == x then 0 else f (x - 1)\n")
    assert (result.verdict, result.provable) == (Verdict.REJECTED, False)
    partial = "f :: [Int] -> Int\nf xs = head xs + 0\n"
    assert prover.prove(partial, "f :: [Int] -> Int\nf xs = head xs\n").reason == "partial"


def test_a_metric_that_is_not_the_likeliest_is_found_by_the_tactics_too(prover):
    p = "f :: Int -> Int -> Int\nf lo hi = if lo >= hi then 0 else 1 + f (lo + 1) hi\n"
    q = "f :: Int -> Int -> Int\nf lo hi = if lo < hi then f (lo + 1) hi + 1 else 0\n"
    assert prover.prove(p, q).verdict is Verdict.ACCEPTED


def test_a_proof_that_does_not_hold_is_refused_with_its_line(prover):
    result = prover.check(P, Q, "\nproof xs = ()\n")
    assert (result.verdict, result.reason) == (Verdict.REJECTED, "unsafe")
    assert result.message.startswith("line 2: ")


def test_the_audit_comes_first(prover):
    result = prover.check(P, Q, "proof xs = undefined\n")
    assert (result.verdict, result.reason) == (Verdict.REJECTED, "refused")
    assert "undefined" in result.message


def test_what_testing_contradicts_is_no_proof(prover):
    p = "f :: Int -> Bool\nf x = x + 1 > x\n"
    result = prover.check(p, "f :: Int -> Bool\nf _ = True\n", "proof x = ()\n")
    assert (result.verdict, result.reason) == (Verdict.REJECTED, "contradicted")
    assert "9223372036854775807" in result.message


def test_laws_that_floating_point_breaks_are_not_provable(prover):
    p = "f :: Double -> Double -> Double -> Double\nf x y z = (x + y) + z\n"
    q = "f :: Double -> Double -> Double -> Double\nf x y z = x + (y + z)\n"
    assert prover.check(p, q, "proof x y z = ()\n").verdict is Verdict.REJECTED


def test_division_by_a_negative_number_means_what_haskell_says(prover):
    p = "f :: Int -> Int\nf x = x `div` (-2)\n"
    wrong = "f :: Int -> Int\nf x = negate (x `div` 2)\n"
    right = "f :: Int -> Int\nf x = negate x `div` 2\n"
    assert prover.check(p, wrong, "proof x = ()\n").verdict is Verdict.REJECTED
    assert prover.check(p, right, "proof x = ()\n").reason in {"proved", "contradicted"}


def test_a_partial_program_has_no_theorem(prover):
    p = "f :: [Int] -> Int\nf xs = head xs - head xs\n"
    result = prover.check(p, "f :: [Int] -> Int\nf _ = 0\n", "proof xs = ()\n")
    assert (result.verdict, result.reason) == (Verdict.REJECTED, "partial")


TURN = "data C = R | G | B\n\nturn :: C -> C\nturn R = G\nturn G = B\nturn B = R\n\nf :: Int -> C -> C\n"


def test_a_proof_that_is_slower_than_the_programs_counts_where_it_ends(prover):
    p = f"{TURN}f n c = if n <= 0 then c else f (n - 1) (turn c)\n"
    q = f"{TURN}f n c = if n > 0 then f (n - 1) (turn c) else c\n"
    again = "proof (n - 1) (turn c)"
    result = prover.check(p, q, f"proof n c = if n <= 0 then () else {again} &&& {again} &&& {again}\n", "f")
    assert (result.verdict, result.reason) == (Verdict.ACCEPTED, "proved"), result.message


def test_a_program_that_does_not_end_has_no_theorem(prover):
    p = "f :: Int -> Int\nf x = f (x + 1)\n"
    result = prover.check(p, "f :: Int -> Int\nf x = f (x + 2)\n", "proof x = ()\n")
    assert (result.verdict, result.reason) == (Verdict.REJECTED, "termination")


def test_types_that_differ_are_said(prover):
    result = prover.check(P, "total :: [Integer] -> Integer\ntotal xs = sum xs\n", INDUCTION)
    assert (result.verdict, result.reason) == (Verdict.REJECTED, "type_mismatch")


def test_the_tactics_find_an_induction(prover):
    result = prover.prove(P, Q)
    assert (result.verdict, result.reason) == (Verdict.ACCEPTED, "proved")
    assert result.finder.startswith("tactic:")
    assert result.proof


def test_a_refusal_keeps_the_theorem(prover):
    result = prover.refuse(P, Q, None, reason="unparsed", message="no answer")
    assert (result.verdict, result.reason) == (Verdict.REJECTED, "unparsed")
    assert result.theorem


def test_a_helper_that_both_have_goes_by_both_names(prover):
    helper = "step :: Int -> Int\nstep x = x + 1\n\n"
    p = helper + "f :: Int -> Int\nf x = step (step x)\n"
    q = helper + "f :: Int -> Int\nf x = step x + 1\n"
    shown = prover.theorem(p, q, "f")
    assert {"step :: Int -> Int", "step' :: Int -> Int"} <= set(shown.names)
    lemma = "{-@ same :: x:Int -> { step' x == step x && step' x == x + 1 } @-}\nsame :: Int -> Proof\nsame x = ()\n\n"
    result = prover.check(p, q, lemma + "proof x = same (step' x)\n", "f")
    assert (result.verdict, result.reason) == (Verdict.ACCEPTED, "proved"), result.message


def test_a_helper_of_q_under_another_name_keeps_it_too(prover):
    p = "f :: Int -> Int\nf x = step x\n\nstep :: Int -> Int\nstep x = x + 1\n"
    q = "f :: Int -> Int\nf x = 0 + up x\n\nup :: Int -> Int\nup y = y + 1\n"
    result = prover.check(p, q, "proof x = f x === step x === up x === f' x *** QED\n", "f")
    assert (result.verdict, result.reason) == (Verdict.ACCEPTED, "proved"), result.message


def test_a_proof_may_bind_the_name_of_an_alias_itself(prover):
    helper = "step :: Int -> Int\nstep x = x + 1\n\n"
    p, q = helper + "f :: Int -> Int\nf x = step x\n", helper + "f :: Int -> Int\nf x = 0 + step x\n"
    proof = "{-@ step' :: x:Int -> { step x == x + 1 } @-}\nstep' :: Int -> Proof\nstep' x = ()\n\nproof x = step' x\n"
    result = prover.check(p, q, proof, "f")
    assert (result.verdict, result.reason) == (Verdict.ACCEPTED, "proved"), result.message
