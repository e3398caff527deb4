"""Who is asked for a proof, and what becomes of a pair that nobody proves."""

from __future__ import annotations

import pytest

from seqplay.game.outcomes import proposal_outcomes
from seqplay.game.proof_rounds import _attempt, unproved
from seqplay.proof.results import ProofReason, ProofResult
from seqplay.records import ProofAttempt, Verdict
from tests.game.builders import judgement, proposal, sampled


def attempt(of: str, verdict: Verdict, reason: str, *, provable: bool = True) -> ProofAttempt:
    return ProofAttempt(
        proposal_id=of,
        round=0,
        finder="",
        theorem="theorem",
        names=[],
        proof=None,
        verdict=verdict,
        reason=reason,
        message=reason,
        provable=provable,
    )


@pytest.mark.parametrize(
    ("verdict", "reason", "provable", "asked"),
    [
        (Verdict.REJECTED, "not_proved", True, True),
        (Verdict.REJECTED, "unsafe", True, True),
        (Verdict.INFRA_ERROR, "worker_lost", True, True),
        (Verdict.ACCEPTED, "proved", True, False),
        (Verdict.REJECTED, "contradicted", True, False),
        (Verdict.REJECTED, "unmodelled", False, False),
    ],
)
def test_alice_is_asked_only_where_a_proof_could_still_be_accepted(
    verdict: Verdict, reason: str, provable: bool, asked: bool
) -> None:
    item = sampled(1)
    candidate = proposal(item)
    tried = [attempt(candidate.id, verdict, reason, provable=provable)]
    assert bool(unproved([item], [candidate], [judgement(candidate)], tried)) is asked


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [(Verdict.REJECTED, "unmodelled"), (Verdict.TIMEOUT, "timeout"), (Verdict.INFRA_ERROR, "worker_lost")],
)
def test_the_outcome_of_an_unproved_pair_says_why_and_an_infra_error_stays_one(verdict: Verdict, reason: str) -> None:
    item = sampled(1)
    candidate = proposal(item)
    told = proposal_outcomes([item], [candidate], [judgement(candidate)], [attempt(candidate.id, verdict, reason)], [])
    assert [outcome.outcome for outcome in told] == [f"{verdict}:{reason}"]


class _Clocked:
    """A prover whose clock ends its first search."""

    tools = ""

    def __init__(self) -> None:
        self.asked = 0

    def prove(self, *_: object, **__: object) -> ProofResult:
        self.asked += 1
        if self.asked == 1:
            return ProofResult(verdict=Verdict.TIMEOUT, reason=ProofReason.TIMEOUT, message="no end")
        return ProofResult(verdict=Verdict.ACCEPTED, reason=ProofReason.PROVED, message="", proof="proof x1 = ()")


def test_a_search_that_the_clock_ended_is_tried_once_more_and_is_no_answer_by_itself() -> None:
    item = sampled(1)
    prover = _Clocked()
    made = _attempt(prover, item.program, proposal(item), None, 0, 0)  # type: ignore[arg-type]
    assert (prover.asked, made.verdict) == (2, Verdict.ACCEPTED)
