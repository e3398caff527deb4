"""Journeys: what became of each sampled program of an iteration, read from the iteration's raw records.

The report trusts no total that a summary states: it follows every program from its sample to its end, and the totals
must then agree with the summary's (``check_accounts``). Raw completions are read and let go: only what is shown stays.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from seqplay.errors import InputError
from seqplay.game.pairs import judged_proposals
from seqplay.records import (
    UNPARSED,
    Example,
    Judgement,
    Kept,
    Outcome,
    ProofAttempt,
    Proposal,
    SampledProgram,
    Summary,
    Verdict,
    Vote,
)
from seqplay.report.reading.record_index import RecordIndex, Source


class Station(StrEnum):
    """Where a program can come to on its way; the value is what the flow diagram writes there."""

    SAMPLED = "Sampled"
    SEQ = "SEQ"
    SINQ = "SINQ"
    VALIDATED = "Validated"
    UNREADABLE = "No readable answer"
    REJECTED = "Refused when run"
    TIMEOUT = "Timed out"
    INFRA = "Tool failed"
    PAIR = "Accepted pair"
    UNPROVED = "Not proved"
    HARD = "Kept: hard"
    EASY = "Kept: easy sample"
    LEARNABLE = "Kept: learnable"
    NOT_SAMPLED = "Dropped: easy"
    NOT_LEARNABLE = "Dropped: not learnable"
    SEEN = "Dropped: seen before"
    NEAR = "Dropped: near held-out"
    UNRELIABLE = "Dropped: unreadable votes"
    NOT_ASKED = "Dropped: not put to Bob"
    NO_VOTES = "Dropped: nobody voted"


COLUMNS: tuple[tuple[Station, ...], ...] = (
    (Station.SAMPLED,),
    (Station.SEQ, Station.SINQ),
    (Station.VALIDATED, Station.UNREADABLE, Station.REJECTED, Station.TIMEOUT, Station.INFRA),
    (Station.PAIR, Station.UNPROVED),
    (
        Station.HARD,
        Station.EASY,
        Station.LEARNABLE,
        Station.NOT_SAMPLED,
        Station.NOT_LEARNABLE,
        Station.SEEN,
        Station.NEAR,
        Station.UNRELIABLE,
        Station.NOT_ASKED,
        Station.NO_VOTES,
    ),
)
"""The stations in the order in which they are passed, from top to bottom within each step."""
_VERDICTS = {Verdict.REJECTED: Station.REJECTED, Verdict.TIMEOUT: Station.TIMEOUT, Verdict.INFRA_ERROR: Station.INFRA}
_KEPT = {
    Kept.HARD: Station.HARD,
    Kept.EASY_SAMPLE: Station.EASY,
    Kept.LEARNABLE: Station.LEARNABLE,
    Kept.EASY_NOT_SAMPLED: Station.NOT_SAMPLED,
    Kept.NOT_LEARNABLE: Station.NOT_LEARNABLE,
    Kept.SEEN_BEFORE: Station.SEEN,
    Kept.NEAR_HELDOUT: Station.NEAR,
    Kept.UNRELIABLE: Station.UNRELIABLE,
    Kept.NOT_ASKED: Station.NOT_ASKED,
    Kept.NO_VOTES: Station.NO_VOTES,
}


@dataclass(frozen=True)
class Journey:
    """One sampled program's way through an iteration, with the records that tell it."""

    iteration: int
    sampled: SampledProgram
    proposal: Proposal
    """The one that settles the program, without its prompts and completion."""
    judgement: Judgement
    attempts: tuple[ProofAttempt, ...]
    """On the settling proposal, in the order of the rounds."""
    example: Example | None
    """The accepted pair, with its difficulty; none where there is none."""
    votes: tuple[Vote, ...]
    """On that pair."""
    others: tuple[tuple[Example, tuple[Vote, ...]], ...]
    """The program's other accepted pairs, with their votes (``alice.samples``)."""
    outcome: Outcome
    sources: Mapping[str, Source]
    """Records by kind: ``program``, ``proposal``, ``verdict``, ``proof``, ``pair``, ``votes``."""

    @property
    def pairs(self) -> tuple[Example, ...]:
        """Every accepted pair of the program."""
        return (*((self.example,) if self.example else ()), *(example for example, _ in self.others))

    @property
    def all_votes(self) -> tuple[Vote, ...]:
        """The votes on all of them."""
        return (*self.votes, *(vote for _, votes in self.others for vote in votes))

    @property
    def stations(self) -> tuple[Station, ...]:
        """The stations that the program passed, the last being its end."""
        way = [Station.SAMPLED, Station(self.sampled.goal.upper())]
        if self.judgement.verdict is not Verdict.ACCEPTED:
            unread = self.judgement.reason == UNPARSED
            return (*way, Station.UNREADABLE if unread else _VERDICTS[self.judgement.verdict])
        if self.example is None:
            return (*way, Station.VALIDATED, Station.UNPROVED)
        return (*way, Station.VALIDATED, Station.PAIR, _KEPT[self.example.kept])

    @property
    def end(self) -> str:
        """The outcome that the journey's own records say, by the rule of ``records.Outcome``."""
        if self.example is not None:
            return f"{'kept' if self.example.kept.trained_on else 'dropped'}:{self.example.kept}"
        if self.judgement.verdict is not Verdict.ACCEPTED:
            return f"{self.judgement.verdict}:{self.judgement.reason}"
        refused = [attempt for attempt in self.attempts if attempt.verdict is not Verdict.ACCEPTED]
        return f"{refused[-1].verdict}:{refused[-1].reason}" if refused else f"{Verdict.REJECTED}:not_proved"


def read_journeys(experiment: Path, iteration: int) -> list[Journey]:
    """Read what became of each program of an iteration, in the order of the sample.

    Raises ``InputError`` where a file is no such file, or a program has no outcome.
    """
    index = RecordIndex(experiment, f"iter_{iteration}")
    proposals = [_light(item) for item in index.read("proposal", "proposals/attempt_*", Proposal, lambda one: one.id)]
    verdicts = index.read("verdict", "verdicts/attempt_*", Judgement, lambda one: one.proposal_id)
    attempts = _grouped(index.read("proof", "proofs/round_*", ProofAttempt, lambda one: one.proposal_id))
    examples = {
        example.pair.proposal_id: example
        for example in index.read("pair", "iteration_data", Example, lambda one: one.pair.proposal_id)
    }
    votes: dict[str, list[Vote]] = defaultdict(list)
    for vote in index.read("votes", "votes", Vote, lambda one: one.pair_id):
        votes[vote.pair_id].append(vote)
    outcomes = {one.program_id: one for one in index.read("outcome", "outcomes", Outcome, lambda one: one.program_id)}
    tried = judged_proposals(proposals, verdicts)
    journeys = []
    for sampled in index.read("program", "programs", SampledProgram, lambda one: one.program.id):
        key = sampled.program.id
        if key not in outcomes or key not in tried:
            raise InputError(f"{index.folder}: program {key} was sampled and has no outcome; run the workflow again")
        proposal, judgement = _best(tried[key], examples)
        example = examples.get(proposal.id)
        pair = example.pair.id if example else ""
        others = [examples[one.id] for one, _ in tried[key] if one.id in examples and one.id != proposal.id]
        journeys.append(
            Journey(
                iteration=iteration,
                sampled=sampled,
                proposal=proposal,
                judgement=judgement,
                attempts=tuple(attempts.get(proposal.id, ())),
                example=example,
                votes=tuple(votes.get(pair, ())),
                others=tuple((other, tuple(votes.get(other.pair.id, ()))) for other in others),
                outcome=outcomes[key],
                sources=index.sources(
                    program=key,
                    proposal=proposal.id,
                    verdict=proposal.id,
                    proof=proposal.id,
                    pair=proposal.id,
                    votes=pair,
                ),
            )
        )
    return journeys


def _best(tried: Sequence[tuple[Proposal, Judgement]], examples: Mapping[str, Example]) -> tuple[Proposal, Judgement]:
    """Return the proposal whose outcome is the program's: kept, dropped, rejected, in this order."""
    accepted = [one for one in tried if one[0].id in examples]
    if accepted:
        return next((one for one in accepted if examples[one[0].id].kept.trained_on), accepted[0])
    rejected = [one for one in tried if one[1].verdict in {Verdict.ACCEPTED, Verdict.REJECTED}]
    return (rejected or list(tried))[-1]


def check_accounts(journeys: Iterable[Journey], summary: Summary) -> None:
    """Check that an iteration's journeys add up to what its outcomes and its summary say.

    Raises ``InputError`` naming the first sum that does not: the files are then of different runs, or edited.
    """
    journeys = list(journeys)
    for journey in journeys:
        if journey.end != journey.outcome.outcome:
            raise _astray(summary, f"program {journey.sampled.program.id}", journey.end, journey.outcome.outcome)
    pairs = [example for journey in journeys for example in journey.pairs]
    sums: tuple[tuple[str, object, object], ...] = (
        ("programs sampled", len(journeys), summary.sampled),
        ("programs by goal", _count(one.sampled.goal for one in journeys), summary.goals),
        ("programs by proposer", _count(one.sampled.proposer for one in journeys), summary.proposers),
        ("outcomes", _count(one.end for one in journeys), summary.outcomes),
        ("accepted pairs", _count(one.pair.goal for one in pairs), summary.accepted),
        ("accepted pairs by proposer", _count(one.pair.proposer for one in pairs), summary.accepted_by_proposer),
        ("kept and dropped", _count(one.kept for one in pairs), summary.kept),
        ("votes", sum(len(one.all_votes) for one in journeys), summary.votes),
        ("right votes", sum(vote.correct for one in journeys for vote in one.all_votes), summary.votes_correct),
    )
    for what, found, stated in sums:
        if found != stated:
            raise _astray(summary, what, found, stated)


def _count(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(str(value) for value in values))


def _astray(summary: Summary, what: str, found: object, stated: object) -> InputError:
    return InputError(
        f"{summary.experiment}, iteration {summary.iteration}: {what}: the records say {found}, the summary {stated}; "
        "the files do not belong together: run the workflow again with `--forcerun summarise`"
    )


def _light(proposal: Proposal) -> Proposal:
    """Drop what is not shown: the prompts and the raw completion are most of a long run's bytes."""
    return proposal.model_copy(update={"system_prompt": None, "user_prompt": None, "completion": None})


def _grouped(attempts: Iterable[ProofAttempt]) -> dict[str, list[ProofAttempt]]:
    groups: dict[str, list[ProofAttempt]] = defaultdict(list)
    for attempt in attempts:
        groups[attempt.proposal_id].append(attempt.model_copy(update={"asked": None}))
    return groups
