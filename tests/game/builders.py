"""Small records for tests of the game."""

from __future__ import annotations

from seqplay.files import content_id
from seqplay.records import (
    Answer,
    Completion,
    Decoding,
    Evidence,
    Goal,
    Judgement,
    Pair,
    Prediction,
    Program,
    ProofAttempt,
    Proposal,
    SampledProgram,
    Verdict,
    Vote,
)


def program(index: int) -> Program:
    code = f"f :: Int -> Int\nf x = x + {index}\n"
    return Program(id=content_id("program", code, "f"), code=code, entry="f", type="Int -> Int", name=f"p{index}")


def sampled(index: int, goal: Goal = Goal.SEQ, proposer: str = "model") -> SampledProgram:
    return SampledProgram(program=program(index), goal=goal, proposer=proposer, target_difficulty=8.0)


def proposal(item: SampledProgram, attempt: int = 0, code: str | None = "f x = x\n") -> Proposal:
    return Proposal.make(program_id=item.program.id, goal=item.goal, proposer=item.proposer, attempt=attempt, code=code)


def judgement(of: Proposal, verdict: Verdict = Verdict.ACCEPTED, reason: str = "no_difference") -> Judgement:
    evidence = (Evidence.BOUNDED if of.goal is Goal.SEQ else Evidence.WITNESS) if verdict is Verdict.ACCEPTED else None
    return Judgement(
        proposal_id=of.id,
        program_id=of.program_id,
        goal=of.goal,
        verdict=verdict,
        reason=reason,
        message=reason,
        evidence=evidence,
        q_entry="f",
    )


def pair(index: int, goal: Goal = Goal.SEQ, normal: str | None = None) -> Pair:
    item = sampled(index, goal)
    return Pair(
        id=f"pair{index}{goal.value}",
        program_id=item.program.id,
        proposal_id=proposal(item).id,
        goal=goal,
        proposer="model",
        p=item.program.code,
        q="f x = x\n",
        entry="f",
        q_entry="f",
        type="Int -> Int",
        evidence=Evidence.BOUNDED if goal is Goal.SEQ else Evidence.WITNESS,
        diverging_input=["1"] if goal is Goal.SINQ else None,
        normal_id=normal or f"normal{index}{goal.value}",
    )


def votes(of: Pair, correct: int, total: int) -> list[Vote]:
    right = Answer.EQUIVALENT if of.goal is Goal.SEQ else Answer.INEQUIVALENT
    wrong = Answer.INEQUIVALENT if of.goal is Goal.SEQ else Answer.EQUIVALENT
    return [
        Vote(pair_id=of.id, sample=n, answer=right if n < correct else wrong, correct=n < correct, tokens=3)
        for n in range(total)
    ]


def greedy_proposal(item: SampledProgram, code: str | None = "f x = x\n") -> Proposal:
    """The one proposal of an evaluation that was drawn without chance."""
    return Proposal.make(
        program_id=item.program.id,
        goal=item.goal,
        proposer=item.proposer,
        attempt=0,
        decoding=Decoding.GREEDY,
        code=code,
    )


def greedy(vote: Vote) -> Vote:
    """The same vote, drawn without chance."""
    return vote.model_copy(update={"decoding": Decoding.GREEDY})


def prediction(of: Pair, sample: int, difficulty: float | None) -> Prediction:
    completion = Completion(
        request_id=of.id,
        sample=sample,
        text="",
        finish_reason="stop",
        prompt_tokens=1,
        completion_tokens=1,
        seed=sample,
    )
    return Prediction(
        pair_id=of.id,
        sample=sample,
        difficulty=difficulty,
        unparsed=None if difficulty is not None else "no line",
        system_prompt="",
        user_prompt="",
        completion=completion,
    )


def attempt(of: str, verdict: Verdict = Verdict.ACCEPTED, reason: str = "proved") -> ProofAttempt:
    """An attempt on the theorem about a proposal."""
    return ProofAttempt(
        proposal_id=of,
        round=0,
        finder="tactic:direct",
        theorem="theorem",
        names=["f"],
        proof="proof x = ()",
        verdict=verdict,
        reason=reason,
        message=reason,
    )
