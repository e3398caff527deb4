"""What stands against a proof is what the programs do; what only the translation does is the translation's fault."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seqplay.config import HaskellConfig
from seqplay.haskell import Executor
from seqplay.haskell.results import Reason
from seqplay.proof.second_opinion.opinion import Objection, pair_of, second_opinion
from seqplay.proof.theorem import module
from seqplay.proof.theorem.problem import pose
from seqplay.records import Verdict

pytestmark = pytest.mark.ghc

P = "f :: Int -> Int -> Maybe Int\nf a b = if b == 0 then Nothing else Just (a `div` b)\n"
Q = "f :: Int -> Int -> Maybe Int\nf a b\n  | b == 0 = Nothing\n  | otherwise = Just (div a b)\n"
PROOF = "proof a b = ()\n"


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with Executor.open(HaskellConfig(workers=1, evaluations=300)) as opened:
        yield opened


def against(executor: Executor, p: str, q: str, proof: str = PROOF, *, excluded: bool = False) -> Objection | None:
    pair = pair_of(p, q, "f")
    return second_opinion(executor, pose(pair.p, pair.q, "f", "f"), pair, proof, 0, excluded=excluded).objection


def test_nothing_stands_against_equal_programs_where_integers_end(executor: Executor) -> None:
    assert against(executor, P, Q) is None


def test_a_theorem_that_says_of_q_what_q_does_not_do_is_a_gap(
    executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ENDS", {})
    found = against(executor, P, Q)
    assert found is not None
    assert (found.verdict, found.reason) == (Verdict.INFRA_ERROR, Reason.TRANSLATION_GAP)
    assert "-9223372036854775808" in found.message or "minBound" in found.message


def test_programs_that_differ_there_contradict_the_proof(executor: Executor) -> None:
    wrong = "f :: Int -> Int -> Maybe Int\nf a b = if b == 0 then Nothing else Just (div (negate a) (negate b))\n"
    found = against(executor, P, wrong)
    assert found is not None
    assert (found.verdict, found.reason) == (Verdict.REJECTED, Reason.CONTRADICTED)


SUM = "f :: [Int] -> Int\nf [] = 0\nf (x : xs) = x + f xs\n"
SUM_SWAPPED = "f :: [Int] -> Int\nf [] = 0\nf (x : xs) = f xs + x\n"
EXPONENTIAL = "proof x1 = case x1 of { [] -> (); y : ys -> proof ys &&& proof ys }\n"


def test_a_proof_that_is_too_slow_to_evaluate_everywhere_is_evaluated_where_it_ends(executor: Executor) -> None:
    assert against(executor, SUM, SUM_SWAPPED, EXPONENTIAL) is None
    throws = EXPONENTIAL.replace("[] -> ()", "[0] -> Prelude.undefined; [] -> ()")
    assert against(executor, SUM, SUM_SWAPPED, throws) is not None


def test_what_a_slow_proof_leaves_untried_is_tried_without_it(
    executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    compare = executor.compare

    def noted(p: str, q: str, *rest: object, **options: object) -> object:
        asked.append(q)
        return compare(p, q, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(executor, "compare", noted)
    assert against(executor, SUM, SUM_SWAPPED, EXPONENTIAL) is None
    assert "proof x1" in asked[-2]
    assert "module SeqplayRun" in asked[-1]
    assert "proof" not in asked[-1]
    asked.clear()
    assert against(executor, SUM, SUM_SWAPPED, "proof x1 = ()\n") is None
    assert "proof x1" in asked[-1]


def test_programs_that_differ_at_an_end_are_found_where_overflow_is_said_to_be_excluded(executor: Executor) -> None:
    wrong = "f :: Int -> Int -> Maybe Int\nf a b = if b == 0 then Nothing else Just (div (negate a) (negate b))\n"
    assert against(executor, P, wrong, excluded=True) is not None


@pytest.mark.slow
def test_a_proof_that_ends_on_few_inputs_in_its_first_time_gets_more(executor: Executor) -> None:
    p = "f :: Int -> Int\nf n = if n <= 0 then 0 else n + f (n - 1)\n"
    q = "f :: Int -> Int\nf n = if n > 0 then f (n - 1) + n else 0\n"
    again = "proof (n - 1)"
    slow = f"proof n = if n <= 0 then () else {again} &&& {again} &&& {again} &&& {again}\n"
    assert against(executor, p, q, slow, excluded=True) is None
