"""What the kernel can show: the whole reflected Prelude, the tactics' proofs, proofs as people write them."""

from __future__ import annotations

import pytest

from seqplay.proof.kernel.checking import Checking
from seqplay.proof.kernel.definitions import Definitions
from seqplay.proof.kernel.opinion import Stand, opinion
from seqplay.proof.kernel.reading import Reading
from seqplay.proof.kernel.solver import Solver
from seqplay.proof.kernel.trial import candidates_that_fail, definitions_refused
from seqplay.proof.theorem.reflected import reflected
from tests.proof.kernel.problems import judged, posed
from tests.proof.suites import read_suite

PAIRS = {pair["name"]: pair for pair in read_suite("pairs")}
PROOFS = read_suite("proofs")
TOTAL = "total :: [Int] -> Int\ntotal [] = 0\ntotal (x:xs) = x + total xs\n"
GROW = "total :: [Int] -> Int\ntotal xs = grow 0 xs\n"
GROW += "grow :: Int -> [Int] -> Int\ngrow a [] = a\ngrow a (x:xs) = grow (a + x) xs\n"
LEMMA = "{-@ lemma :: acc:Int -> xs:[Int] -> { grow acc xs == acc + total xs } @-}\nlemma :: Int -> [Int] -> Proof\n"


def test_every_function_of_the_reflected_prelude_is_total_ends_and_keeps_its_refinement():
    definitions = Definitions(posed(TOTAL, GROW), Reading({}, {}, frozenset(), {}, {}))
    for name in reflected().functions:
        Checking(definitions, Solver(definitions.data)).show(name)


@pytest.mark.parametrize("part", [range(0, 233, 5), pytest.param(range(233), marks=pytest.mark.slow)], ids=str)
def test_the_tactics_proofs_are_agreed_with_at_little_cost(part):
    opinions = {PROOFS[at]["name"]: judged(PAIRS[PROOFS[at]["name"]], PROOFS[at]["proof"]) for at in part}
    assert {name: found.message for name, found in opinions.items() if found.stand is not Stand.AGREES} == {}
    assert max(found.spent for found in opinions.values()) < 30_000_000


@pytest.mark.parametrize(
    "proof",
    [
        LEMMA + "lemma acc [] = ()\nlemma acc (x:xs) = lemma (acc + x) xs\nproof xs = lemma 0 xs\n",
        LEMMA + "lemma acc xs = case xs of\n  [] -> ()\n  (y:ys) -> lemma (acc + y) ys\n\nproof xs = lemma 0 xs\n",
        LEMMA
        + "lemma acc [] = grow acc [] === acc + total [] *** QED\n"
        + "lemma acc (x:xs) = grow acc (x:xs) === grow (acc + x) xs ? lemma (acc + x) xs\n"
        + "  === acc + x + total xs === acc + total (x:xs) *** QED\n\n"
        + "proof xs = total xs === 0 + total xs ? lemma 0 xs === grow 0 xs *** QED\n",
        "{-@ lemma :: acc:Int -> xs:[Int] -> { grow acc xs == acc + total xs } / [len xs] @-}\n"
        "lemma :: Int -> [Int] -> Proof\nlemma acc [] | acc < 0 = () | otherwise = ()\n"
        "lemma acc (x:xs) = let rest = lemma (acc + x) xs in rest\nproof xs = lemma 0 xs &&& trivial\n",
        "{-@ lemma :: acc:Nat -> xs:[Int] -> { grow (0 - acc) xs == total xs - acc } @-}\n"
        "lemma :: Int -> [Int] -> Proof\nlemma acc xs = other (0 - acc) xs\n"
        + LEMMA.replace("lemma", "other")
        + "other acc [] = ()\nother acc (x:xs) = other (acc + x) xs\nproof xs = lemma 0 xs\n",
    ],
)
def test_proofs_as_people_write_them_are_agreed_with(proof):
    problem = posed(TOTAL, GROW.replace("total ::", "total' ::").replace("total xs", "total' xs"))
    found = opinion(problem, proof)
    assert found.stand is Stand.AGREES, found


def test_a_proof_that_lacks_a_step_is_undecided_and_says_where():
    found = judged({"p": TOTAL, "q": GROW}, "proof xs = ()\n")
    assert (found.stand, found.reason) == (Stand.UNDECIDED, "claim")
    assert found.message.startswith("proof: claim: ")


def test_what_the_kernel_does_not_know_leaves_it_undecided():
    halved = {"p": "f :: Double -> Double\nf x = x / 2\n", "q": "f :: Double -> Double\nf x = x * 0.5\n"}
    found = judged(halved)
    assert found.stand is Stand.UNDECIDED


def test_a_spent_budget_is_no_disagreement():
    found = opinion(
        posed(TOTAL, GROW),
        LEMMA + "lemma acc [] = ()\nlemma acc (x:xs) = lemma (acc + x) xs\nproof xs = lemma 0 xs\n",
        0,
    )
    assert found.stand is not Stand.REFUTES


def test_the_same_proof_costs_the_same_each_time():
    costs = {judged(PAIRS[each["name"]], each["proof"]).spent for each in PROOFS[7:8] for _ in range(3)}
    assert len(costs) == 1


def test_definitions_are_judged_by_rule():
    assert definitions_refused(posed(TOTAL, GROW)) is None
    loop = "f :: Int -> Int\nf x = f (x + 1)\n"
    assert definitions_refused(posed(loop, loop.replace("f", "g")))[0] == "termination"
    partial = "f :: [Int] -> Int\nf (x:xs) = x\n"
    assert definitions_refused(posed(partial, partial.replace("f", "g")))[0] == "totality"


def test_candidates_are_judged_one_by_one_as_if_the_others_held():
    problem = posed(TOTAL, GROW)
    text = (
        "{-@ one :: xs:[Int] -> { total xs == 1 } @-}\none :: [Int] -> ()\none xs = ()\n"
        "{-@ two :: xs:[Int] -> { total xs == 1 } @-}\ntwo :: [Int] -> ()\ntwo xs = one xs\n"
    )
    assert candidates_that_fail(problem, text) == [3]
    assert candidates_that_fail(problem, "data T = T\n") is None
