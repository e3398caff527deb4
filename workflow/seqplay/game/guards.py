"""Collapse guards: signs that a player no longer plays, each measured beside the base and the iteration before.

A model that its own training has ruined still produces numbers: difficulty 10 everywhere, a hard curriculum of copies.
Iteration 1 plays with the base model, so its measures are the base's. An alarm names what was measured, beside what,
and the limit; what it does (``guards.action``) is up to ``curriculum`` (stop) and ``train`` (the adapter before).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from seqplay.config import GuardsConfig
from seqplay.errors import CollapseError
from seqplay.files import write_records
from seqplay.haskell.results import Reason
from seqplay.records import (
    Alarm,
    Answer,
    Evaluation,
    GuardReport,
    Judgement,
    Proposal,
    Role,
    Verdict,
    Vote,
)

Measures = Mapping[str, float | None]


class _Guard(NamedTuple):
    """One sign of collapse: a measure, and how it is held beside its references."""

    agent: Role
    measure: str
    """A key of ``GuardReport.measures``."""
    key: str
    """The limit's key under ``guards``."""
    says: str


UNPARSED_VOTES = _Guard(Role.BOB, "unparsed_votes", "unparsed", "of Bob's votes cannot be read")
UNPARSED_PROPOSALS = _Guard(Role.ALICE, "unparsed_proposals", "unparsed", "of Alice's proposals cannot be read")
ONE_ANSWER = _Guard(Role.BOB, "one_answer", "one_answer", "of Bob's readable votes give one and the same answer")
ACCEPTED = _Guard(Role.ALICE, "accepted", "accepted_drop", "of Alice's proposals are accepted")
SAME_PROGRAM = _Guard(Role.ALICE, "same_program", "same_program_rise", "of Alice's proposals are P again")
FIRST_LINES = _Guard(Role.ALICE, "first_lines", "first_lines_drop", "of the first lines of Alice's answers differ")


def guard(
    proposals: Sequence[Proposal],
    judgements: Sequence[Judgement],
    votes: Sequence[Vote],
    earlier: Sequence[GuardReport],
    output: Path,
    *,
    guards: GuardsConfig,
    action: str,
    iteration: int,
) -> None:
    """Write the report of an iteration; ``earlier`` are those of all iterations before."""
    found = measures(proposals, judgements, votes, guards.min_items)
    references = [one.measures for one in earlier if one.iteration in {1, iteration - 1}]
    report = GuardReport.model_validate(
        {
            "iteration": iteration,
            "measures": found,
            "alarms": alarms(found, references, guards),
            "action": action,
        }
    )
    write_records(output, [report])


def check_guards(report: GuardReport) -> None:
    """Raise ``CollapseError`` where an alarm stops the run."""
    if report.action == "stop" and report.alarms:
        words = "; ".join(f"guards.{alarm.guard}: {alarm.message}" for alarm in report.alarms)
        raise CollapseError(
            f"iteration {report.iteration}: the players collapse: {words}. Nothing was trained on this iteration. "
            "Look at its proposals and ballots; lower train.learning_rate or train.epochs and play again, or set "
            "guards.action: keep_previous to go on with the adapters of before"
        )


def measures(
    proposals: Sequence[Proposal], judgements: Sequence[Judgement], votes: Sequence[Vote], least: int
) -> dict[str, float | None]:
    """Return the shares that the guards look at; none where fewer than ``least`` proposals or pairs were counted.

    The votes on a pair are much alike, so that it is pairs that count for how much a share says.
    """
    verdicts = {judgement.proposal_id: judgement for judgement in judgements}
    own = [proposal for proposal in proposals if proposal.completion is not None]
    judged = [verdicts[proposal.id] for proposal in own]
    readable = [vote.answer for vote in votes if vote.answer is not Answer.UNPARSED]
    commonest = max(Counter(readable).values(), default=0)
    lines = {_first_line(proposal) for proposal in own}
    asked = len({vote.pair_id for vote in votes})
    return {
        UNPARSED_VOTES.measure: _share(len(votes) - len(readable), len(votes)) if asked >= least else None,
        ONE_ANSWER.measure: _share(commonest, len(readable)) if asked >= least else None,
        UNPARSED_PROPOSALS.measure: _share(sum(one.unparsed is not None for one in own), len(own), least),
        ACCEPTED.measure: _share(sum(one.verdict is Verdict.ACCEPTED for one in judged), len(own), least),
        SAME_PROGRAM.measure: _share(sum(one.reason == Reason.SAME_PROGRAM for one in judged), len(own), least),
        FIRST_LINES.measure: _share(len(lines), len(own), least),
    }


def _first_line(proposal: Proposal) -> str:
    text = proposal.completion.text if proposal.completion else ""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _share(count: int, total: int, least: int = 1) -> float | None:
    return round(count / total, 6) if total >= max(least, 1) else None


def alarms(found: Measures, references: Iterable[Measures], guards: GuardsConfig) -> list[Alarm]:
    """Return the alarms of an iteration, each guard once; ``references`` are the base's and the last one's measures."""
    before = list(references)
    raised = [
        _above(UNPARSED_VOTES, found, guards.unparsed),
        _above(UNPARSED_PROPOSALS, found, guards.unparsed),
        _crossed(ONE_ANSWER, found, before, guards.one_answer),
        _lost(ACCEPTED, found, before, guards.accepted_drop),
        _risen(SAME_PROGRAM, found, before, guards.same_program_rise),
        _lost(FIRST_LINES, found, before, guards.first_lines_drop),
    ]
    return [alarm for alarm in raised if alarm is not None]


def _above(which: _Guard, found: Measures, limit: float) -> Alarm | None:
    """Raise where a share is above a limit, whatever it was before."""
    value = found.get(which.measure)
    return _alarm(which, value, None, f"at most {limit:.0%}") if value is not None and value > limit else None


def _crossed(which: _Guard, found: Measures, references: Sequence[Measures], limit: float) -> Alarm | None:
    """Raise where a share is above a limit under which the base's was: what the base does is no collapse."""
    value, before = found.get(which.measure), references[0].get(which.measure) if references else None
    if value is None or before is None or value <= limit or before > limit:
        return None
    return _alarm(which, value, before, f"at most {limit:.0%}")


def _lost(which: _Guard, found: Measures, references: Sequence[Measures], limit: float) -> Alarm | None:
    """Raise where more than the part ``limit`` of a reference is lost."""
    value = found.get(which.measure)
    for reference in references:
        before = reference.get(which.measure)
        if value is not None and before and value < before * (1 - limit):
            return _alarm(which, value, before, f"at least {before * (1 - limit):.0%}")
    return None


def _risen(which: _Guard, found: Measures, references: Sequence[Measures], limit: float) -> Alarm | None:
    """Raise where a share is more than ``limit`` above a reference."""
    value = found.get(which.measure)
    for reference in references:
        before = reference.get(which.measure)
        if value is not None and before is not None and value > before + limit:
            return _alarm(which, value, before, f"at most {before + limit:.0%}")
    return None


def _alarm(which: _Guard, value: float, before: float | None, allowed: str) -> Alarm:
    beside = "" if before is None else f"; it was {before:.0%} before"
    return Alarm(
        agent=which.agent, guard=which.key, message=f"{value:.0%} {which.says}{beside}, and {allowed} is allowed"
    )


def evaluation_alarms(base: Evaluation, later: Evaluation, guards: GuardsConfig) -> list[Alarm]:
    """Return the alarms that a later evaluation raises beside that of the base model."""
    return alarms(_evaluation_measures(later, guards.min_items), [_evaluation_measures(base, guards.min_items)], guards)


def _evaluation_measures(evaluation: Evaluation, least: int) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    if evaluation.bob_sampled is not None:
        answers = dict(evaluation.bob_sampled.answers)
        total, unparsed = sum(answers.values()), answers.pop(Answer.UNPARSED, 0)
        if evaluation.pairs >= least:
            found[UNPARSED_VOTES.measure] = _share(unparsed, total)
            found[ONE_ANSWER.measure] = _share(max(answers.values(), default=0), total - unparsed)
    accepted = evaluation.alice.get("all")
    if accepted is not None:
        found[ACCEPTED.measure] = _share(accepted.correct, accepted.total, least)
    if evaluation.same_program is not None:
        found[SAME_PROGRAM.measure] = _share(evaluation.same_program.correct, evaluation.same_program.total, least)
    return found
