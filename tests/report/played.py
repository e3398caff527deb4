"""Experiments' folders made of records, with the fate of every program chosen: for tests of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqplay.config import Config, GuardsConfig
from seqplay.files import canonical_json, content_id, read_records, write_records, write_text
from seqplay.game.curriculum import PlayedIteration, difficulty
from seqplay.game.evaluate import Beside, evaluate
from seqplay.game.intervals import Bootstrap, beta_interval
from seqplay.game.outcomes import outcomes, proposal_outcomes
from seqplay.game.played_evaluation import PlayedEvaluation
from seqplay.game.summary import Heading, Settled, summarise
from seqplay.records import (
    ADAPTER_ACCOUNT,
    Alarm,
    Answer,
    Coverage,
    Evaluation,
    Evidence,
    Example,
    Goal,
    GuardReport,
    Judgement,
    Kept,
    Measured,
    Pair,
    Program,
    ProofAttempt,
    Proposal,
    Role,
    SampledProgram,
    Timing,
    Verdict,
    Vote,
)
from tests.game import builders

REFUSED = ("unparsed", "type_error", "timeout", "worker_lost")
ACCEPTED = ("hard", "easy_sample", "easy_not_sampled", "seen_before", "no_votes")
FATES = (*REFUSED, "unproved", *ACCEPTED)
COVERAGE = Coverage(p=4, p_reached=4, q=5, q_reached=4, unreached=["Q line 2: is True"])
VERDICTS = {"timeout": Verdict.TIMEOUT, "worker_lost": Verdict.INFRA_ERROR}


class Fate(NamedTuple):
    """What a program meets, and what its texts are."""

    fate: str
    goal: Goal = Goal.SEQ
    proposer: str = "model"
    q: str = "f :: Int -> Int\nf x = x\n"
    input: str = "1"
    proof: str = "proof x1 = ()"
    p: str = ""
    proved: bool = False


class Told(NamedTuple):
    """The records of one program's way."""

    sampled: SampledProgram
    proposal: Proposal
    judgement: Judgement
    attempts: list[ProofAttempt]
    example: Example | None
    votes: list[Vote]


def tell(fate: Fate, iteration: int, place: int, votes: int = 4) -> Told:
    """Return the records of a program that meets a fate."""
    code = fate.p or f"f :: Int -> Int\nf x = x + {iteration} * {place}\n"
    program = Program(
        id=content_id(code, str(iteration), str(place)), code=code, entry="f", type="Int -> Int", name="p"
    )
    sampled = SampledProgram(program=program, goal=fate.goal, proposer=fate.proposer, target_difficulty=8.0)
    read = fate.fate != "unparsed"
    proposal = Proposal.make(
        program_id=program.id, goal=fate.goal, proposer=fate.proposer, attempt=0, code=fate.q if read else None
    )
    refused = fate.fate in REFUSED
    verdict = VERDICTS.get(fate.fate, Verdict.REJECTED) if refused else Verdict.ACCEPTED
    sinq = fate.goal is Goal.SINQ
    judgement = Judgement(
        proposal_id=proposal.id,
        program_id=program.id,
        goal=fate.goal,
        verdict=verdict,
        reason=fate.fate if refused else "diverges" if sinq else "no_difference",
        message=f"because of {fate.q}" if refused else "",
        evidence=None if refused else Evidence.WITNESS if sinq else Evidence.BOUNDED,
        diverging_input=[fate.input] if sinq and not refused else None,
        p_output=fate.input if sinq else None,
        q_output="2" if sinq else None,
        evaluations=100,
        coverage=None if sinq or refused else COVERAGE,
        jail="bubblewrap",
        tools="GHC 9.0.2",
    )
    attempts = [] if refused or sinq else _attempts(fate, proposal)
    example = _example(fate, iteration, sampled, proposal, judgement, votes) if fate.fate in ACCEPTED else None
    return Told(sampled, proposal, judgement, attempts, example, _votes(example) if example else [])


def _attempts(fate: Fate, proposal: Proposal) -> list[ProofAttempt]:
    if fate.fate != "unproved" and not fate.proved:
        return []
    held = fate.fate != "unproved"
    return [
        ProofAttempt(
            proposal_id=proposal.id,
            round=0,
            finder="tactic:induction",
            theorem="{-@ proof :: x1:Int -> { f x1 == f' x1 } @-}",
            names=["f"],
            proof=fate.proof,
            verdict=Verdict.ACCEPTED if held else Verdict.REJECTED,
            reason="proved" if held else "not_proved",
            message="",
        )
    ]


def _example(
    fate: Fate, iteration: int, sampled: SampledProgram, proposal: Proposal, judgement: Judgement, votes: int
) -> Example:
    cast = 0 if fate.fate == "no_votes" else votes
    correct = 0 if fate.fate == "hard" else cast
    low, high = beta_interval(correct, cast)
    pair = Pair(
        id=content_id(proposal.id),
        program_id=sampled.program.id,
        proposal_id=proposal.id,
        goal=fate.goal,
        proposer=fate.proposer,
        p=sampled.program.code,
        q=fate.q,
        entry="f",
        q_entry="f",
        type="Int -> Int",
        evidence=Evidence.WITNESS if fate.goal is Goal.SINQ else Evidence.PROOF if fate.proved else Evidence.BOUNDED,
        diverging_input=judgement.diverging_input,
        coverage=judgement.coverage,
        normal_id=content_id(sampled.program.code, fate.q),
    )
    return Example(
        iteration=iteration,
        pair=pair,
        votes=cast,
        correct=correct,
        unparsed=0,
        difficulty=difficulty(correct, cast) if cast else None,
        difficulty_low=round(10 * (1 - high), 6),
        difficulty_high=round(10 * (1 - low), 6),
        kept=Kept(fate.fate),
    )


def _votes(example: Example) -> list[Vote]:
    right = Answer.EQUIVALENT if example.pair.goal is Goal.SEQ else Answer.INEQUIVALENT
    return [
        Vote(
            pair_id=example.pair.id,
            sample=number,
            answer=right if number < example.correct else Answer.UNPARSED,
            correct=number < example.correct,
            tokens=5,
        )
        for number in range(example.votes)
    ]


def write_iteration(experiment: Path, number: int, fates: Sequence[Fate], trained: bool = False) -> list[Told]:
    """Write the files of a finished iteration, its counts by the stages' own functions."""
    folder = experiment / f"iter_{number}"
    told = [tell(fate, number, place) for place, fate in enumerate(fates)]
    sampled, proposals = [one.sampled for one in told], [one.proposal for one in told]
    judgements = [one.judgement for one in told]
    attempts = [attempt for one in told for attempt in one.attempts]
    examples = [one.example for one in told if one.example]
    votes = [vote for one in told for vote in one.votes]
    by_proposal = proposal_outcomes(sampled, proposals, judgements, attempts, examples)
    ended = outcomes(sampled, proposals, by_proposal)
    guard = GuardReport(iteration=number, measures={}, alarms=[], action="stop")
    pairs = [example.pair for example in examples]
    for name, records in (
        ("programs", sampled),
        ("proposals/attempt_0", proposals),
        ("verdicts/attempt_0", judgements),
        ("proofs/round_0", attempts),
        ("iteration_data", examples),
        ("votes", votes),
        ("outcomes", ended),
        ("proposal_outcomes", by_proposal),
        ("timing", [Timing(iteration=number, stage="validate/attempt_0.shard_0", seconds=3.5)]),
    ):
        write_records(folder / f"{name}.jsonl", records)
    for agent in Role:
        _write_training(folder / f"{agent}_adapters", agent, number, trained)
    game = PlayedIteration(sampled, proposals, judgements, attempts, pairs, pairs, [], [], votes, guard)
    summarise(
        game, [], Settled(examples, ended, by_proposal, {"alice": [], "bob": []}, {}), folder / "seq_summary.jsonl",
        Heading(experiment.name, number, "replay", "tiny", []),
    )  # fmt: skip
    return told


def _write_training(folder: Path, agent: Role, number: int, trained: bool) -> None:
    account: dict[str, Any] = {"status": "none", "agent": agent, "iteration": number, "base": {"fingerprint": "abc"}}
    if trained:
        metrics = {"steps": 2, "tokens": 70, "loss_first": 2.5, "loss_last": 2.0}
        metrics |= {"heldout_loss_before": 2.6, "heldout_loss": 2.1}
        account |= {"status": "trained", "metrics": metrics, "data": {"trained": 6}, "versions": {"torch": "2.13.0"}}
        write_text(folder / "loss_curve.jsonl", '{"loss":2.5,"step":1}\n{"loss":2.0,"step":2}\n')
    write_text(folder / ADAPTER_ACCOUNT, canonical_json(account) + "\n")


def write_evaluations(experiment: Path, right: Mapping[int, int], *, alarms: Mapping[int, Alarm] | None = None) -> None:
    """Write what the evaluations say: of ten pairs and ten programs of each goal so many are right."""
    folders = [experiment / f"eval_{number}" for number in right]
    for place, (number, count) in enumerate(right.items()):
        earlier = [folders[0], folders[place - 1]] if place else []
        base, previous = [read_records(one / "measures.jsonl", Measured) for one in earlier] or ([], [])
        evaluate(
            held_out(count),
            folders[place] / "evaluation.jsonl",
            folders[place] / "measures.jsonl",
            experiment=experiment.name,
            iteration=number,
            beside=Beside(base, previous),
            guards=GuardsConfig(),
            bootstrap=Bootstrap(200, 0),
        )
        if alarms and number in alarms:
            (line,) = read_records(folders[place] / "evaluation.jsonl", Evaluation)
            write_records(folders[place] / "evaluation.jsonl", [line.model_copy(update={"alarms": [alarms[number]]})])


def held_out(right: int) -> PlayedEvaluation:
    """Return an evaluation in which so many of ten pairs and programs of each goal are right, sampled and greedy."""
    pairs = [builders.pair(number, goal) for goal in Goal for number in range(10)]
    cast = [vote for place, one in enumerate(pairs) for vote in builders.votes(one, int(place % 10 < right), 1)]
    items = [builders.sampled(number, Goal.SEQ if number < 10 else Goal.SINQ) for number in range(20)]
    proposals = [builders.proposal(item) for item in items]
    return PlayedEvaluation(
        sampled=items,
        proposals=proposals,
        judgements=[
            builders.judgement(one, Verdict.ACCEPTED if place % 10 < right else Verdict.REJECTED, "same_program")
            for place, one in enumerate(proposals)
        ],
        pairs=pairs,
        votes=[*cast, *map(builders.greedy, cast)],
        predictions=[builders.prediction(one, 0, place % 10) for place, one in enumerate(pairs)],
        proving=[builders.attempt("theorem")],
    )


def config(experiment: Path, **keys: Any) -> Config:
    """Return the configuration of an experiment in a folder."""
    return Config(experiment=experiment.name, results=str(experiment.parent), **keys)


USUAL = (
    *(Fate("hard", proved=True) for _ in range(4)),
    *(Fate("hard", Goal.SINQ, "mutate") for _ in range(4)),
    Fate("easy_sample"),
    Fate("easy_not_sampled", Goal.SINQ),
    Fate("seen_before"),
    Fate("unproved"),
    *(Fate(fate, goal) for fate in REFUSED for goal in Goal),
)
"""An iteration in which everything happens."""


def write_usual(experiment: Path) -> Config:
    """Write an experiment of two iterations in which everything happens, and return its configuration."""
    for number in (1, 2):
        write_iteration(experiment, number, USUAL, trained=True)
    write_evaluations(experiment, {0: 4, 1: 6, 2: 7})
    return config(experiment, iterations=2)
