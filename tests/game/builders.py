"""Small records for tests of the game."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seqplay import prompts
from seqplay.files import content_id
from seqplay.game.curriculum import Memory, PlayedIteration
from seqplay.records import (
    Answer,
    Ballot,
    Completion,
    Decoding,
    Evidence,
    Example,
    Goal,
    GuardReport,
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


def completion(of: str, text: str, sample: int = 0) -> Completion:
    return Completion(
        request_id=of, sample=sample, text=text, finish_reason="stop", prompt_tokens=9, completion_tokens=5, seed=sample
    )


def said(item: SampledProgram, text: str, attempt: int = 0, sample: int = 0) -> Proposal:
    """Return a proposal of the model's, read out of what it said."""
    read = prompts.parse_proposal(text, item.goal)
    messages = prompts.propose(item.goal, item.program.code, item.program.entry, item.program.type, 8.0, False)
    return Proposal.make(
        program_id=item.program.id,
        goal=item.goal,
        proposer="model",
        attempt=attempt,
        sample=sample,
        code=None if isinstance(read, prompts.Unparsed) else read.code,
        diverging_input=None if isinstance(read, prompts.Unparsed) else read.diverging_input,
        unparsed=read.reason if isinstance(read, prompts.Unparsed) else None,
        system_prompt=messages[0].content,
        user_prompt=messages[-1].content,
        completion=completion(item.program.id, text, sample),
    )


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


def ballots(of: Pair, texts: Sequence[str]) -> list[Ballot]:
    """Return Bob's answers on a pair, read out of what he said."""
    found = []
    for sample, text in enumerate(texts):
        read = prompts.parse_judgement(text)
        unparsed = read.reason if isinstance(read, prompts.Unparsed) else None
        answer = Answer.UNPARSED if isinstance(read, prompts.Unparsed) else read
        cast = completion(of.id, text, sample)
        found.append(Ballot(pair_id=of.id, sample=sample, answer=answer, unparsed=unparsed, completion=cast))
    return found


def scored(of: Pair, cast: Sequence[Ballot]) -> list[Vote]:
    right = Answer.EQUIVALENT if of.goal is Goal.SEQ else Answer.INEQUIVALENT
    return [
        Vote(
            pair_id=of.id,
            sample=one.sample,
            answer=one.answer,
            unparsed=one.unparsed,
            correct=one.answer is right,
            tokens=5,
        )
        for one in cast
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


def prediction(of: Pair, difficulty: float | None, sample: int = 0, text: str | None = None) -> Prediction:
    said_ = text if text is not None else f"Difficulty: {difficulty}"
    return Prediction(
        pair_id=of.id,
        sample=sample,
        difficulty=difficulty,
        system_prompt="s",
        user_prompt="how hard?",
        completion=completion(of.id, said_, sample),
    )


def quiet(iteration: int = 1) -> GuardReport:
    """Return a report without alarms."""
    return GuardReport(iteration=iteration, measures={}, alarms=[], action="stop")


def played(
    pairs: Sequence[Pair],
    votes: Sequence[Vote],
    *,
    sampled: Sequence[SampledProgram] = (),
    proposals: Sequence[Proposal] = (),
    judgements: Sequence[Judgement] = (),
    attempts: Sequence[ProofAttempt] = (),
    asked: Sequence[Pair] | None = None,
    predictions: Sequence[Prediction] = (),
    ballots: Sequence[Ballot] = (),
    guard: GuardReport | None = None,
) -> PlayedIteration:
    return PlayedIteration(
        sampled=sampled,
        proposals=proposals,
        judgements=judgements,
        attempts=attempts,
        pairs=pairs,
        asked=pairs if asked is None else asked,
        predictions=predictions,
        ballots=ballots,
        votes=votes,
        guard=guard or quiet(),
    )


def memory(earlier: Sequence[Example] = (), near: Callable[[str], bool] = lambda _: False) -> Memory:
    return Memory(earlier, near)


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
