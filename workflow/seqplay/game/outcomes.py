"""Outcomes: the accounting invariant. Every proposal has exactly one outcome, and every sampled program one."""

from __future__ import annotations

from collections.abc import Sequence

from seqplay.game.pairs import judged_proposals, pair_id
from seqplay.records import (
    Example,
    Judgement,
    Outcome,
    ProofAttempt,
    Proposal,
    ProposalOutcome,
    SampledProgram,
    Verdict,
)

BEST_FIRST = ("kept", "dropped", Verdict.REJECTED)
"""A program's outcome is that of its best proposal: the first that became a pair, otherwise the last of its kind."""


def proposal_outcomes(
    sampled: Sequence[SampledProgram],
    proposals: Sequence[Proposal],
    judgements: Sequence[Judgement],
    attempts: Sequence[ProofAttempt],
    examples: Sequence[Example],
) -> list[ProposalOutcome]:
    """Return the one outcome of each proposal, in the order of the programs."""
    refused = {attempt.proposal_id: attempt for attempt in attempts if attempt.verdict is not Verdict.ACCEPTED}
    by_proposal = {example.pair.proposal_id: example for example in examples}
    pairs = {example.pair.id for example in examples}
    tried = judged_proposals(proposals, judgements)

    def outcome(item: SampledProgram, proposal: Proposal, judgement: Judgement) -> str:
        example = by_proposal.get(proposal.id)
        if example is not None:
            return f"{'kept' if example.kept.trained_on else 'dropped'}:{example.kept}"
        if judgement.verdict is not Verdict.ACCEPTED:
            return f"{judgement.verdict}:{judgement.reason}"
        if pair_id(item.program.code, proposal.code or "", item.goal) in pairs:
            return "dropped:duplicate"  # another proposal for the program has the same Q
        if proposal.id in refused:
            last = refused[proposal.id]
            return f"{last.verdict}:{last.reason}"
        return f"{Verdict.REJECTED}:not_proved"

    return [
        ProposalOutcome(proposal_id=proposal.id, program_id=item.program.id, outcome=outcome(item, proposal, judgement))
        for item in sampled
        for proposal, judgement in tried[item.program.id]
    ]


def outcomes(
    sampled: Sequence[SampledProgram], proposals: Sequence[Proposal], found: Sequence[ProposalOutcome]
) -> list[Outcome]:
    """Return the one outcome of each sampled program: that of its best proposal."""
    by_program: dict[str, list[str]] = {item.program.id: [] for item in sampled}
    for one in found:
        by_program[one.program_id].append(one.outcome)
    tries: dict[str, set[int]] = {item.program.id: set() for item in sampled}
    for proposal in proposals:
        tries[proposal.program_id].add(proposal.attempt)
    return [
        Outcome(
            program_id=item.program.id,
            goal=item.goal,
            proposer=item.proposer,
            outcome=_best(by_program[item.program.id]),
            attempts=len(tries[item.program.id]),
        )
        for item in sampled
    ]


def _best(found: Sequence[str]) -> str:
    for kind in BEST_FIRST:
        best = [outcome for outcome in found if outcome.startswith(f"{kind}:")]
        if best:
            return best[-1] if kind == Verdict.REJECTED else best[0]
    return found[-1]
