"""A session that is lost says nothing about a theorem: the answer is an infra error, and the next one starts anew."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from seqplay.config import ProofConfig
from seqplay.proof.kernel.opinion import Opinion, Stand
from seqplay.proof.liquid.verdict import LiquidReason, LiquidVerdict
from seqplay.proof.prover import Prover
from seqplay.records import Verdict

P = "total :: [Int] -> Int\ntotal [] = 0\ntotal (x:xs) = x + total xs\n"
Q = "total :: [Int] -> Int\ntotal xs = sum xs\n"


class Losing:
    """A checker that loses its session from a question on, and counts what it is asked."""

    tools = SimpleNamespace(converts=False)

    def __init__(self, good: int) -> None:
        self.good, self.asked = good, 0

    def check(self, modules: object, theorem: str) -> LiquidVerdict:
        self.asked += 1
        if self.asked > self.good:
            return LiquidVerdict(
                verdict=Verdict.INFRA_ERROR, reason=LiquidReason.INFRA, message="lost twice", constraints=0
            )
        return LiquidVerdict(verdict=Verdict.REJECTED, reason=LiquidReason.NOT_CHECKED, message="", constraints=0)

    def confirm(self, modules: object, theorem: str, *, tried: bool = False) -> LiquidVerdict:
        return self.check(modules, theorem)


def prover(checker: Losing) -> Prover:
    refutes = Opinion(stand=Stand.REFUTES, reason="value", message="")
    kernel = SimpleNamespace(opinion=lambda problem, proof: refutes)
    return Prover(cast(Any, None), cast(Any, checker), cast(Any, kernel), ProofConfig())


def test_definitions_that_could_not_be_looked_at_are_not_called_unprovable() -> None:
    checker = Losing(good=0)
    lost = prover(checker)
    for answer in (lost.theorem(P, Q), lost.check(P, Q, "proof xs = ()\n"), lost.prove(P, Q)):
        assert (answer.verdict, answer.reason, answer.provable) == (Verdict.INFRA_ERROR, "infra", True)
    assert checker.asked == 3, "an answer that was lost is not kept"


def test_a_search_that_lost_its_session_has_not_found_that_there_is_no_proof() -> None:
    answer = prover(Losing(good=0)).prove(P, Q)
    assert (answer.verdict, answer.message) == (Verdict.INFRA_ERROR, "lost twice")


def test_a_session_lost_over_what_the_search_found_is_no_verdict_whatever_the_kernel_says() -> None:
    answer = prover(Losing(good=1)).prove(P, Q)
    assert (answer.verdict, answer.message) == (Verdict.INFRA_ERROR, "lost twice")
