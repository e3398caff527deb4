"""Pairs: what was accepted, with its label and what the label rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from seqplay.files import content_id, write_records
from seqplay.haskell.analysis.normalise import normal_id
from seqplay.haskell.results import Reason
from seqplay.proof.results import ProofReason
from seqplay.records import (
    Evidence,
    Goal,
    Judgement,
    Pair,
    Program,
    ProofAttempt,
    Proposal,
    SampledProgram,
    Verdict,
)

_DOUBTED = frozenset({Reason.CONTRADICTED, ProofReason.DISAGREEMENT})


def judged_proposals(
    proposals: Iterable[Proposal], judgements: Iterable[Judgement]
) -> dict[str, list[tuple[Proposal, Judgement]]]:
    """Return each program's proposals with their verdicts, in the order in which they were made."""
    verdicts = {judgement.proposal_id: judgement for judgement in judgements}
    found: dict[str, list[tuple[Proposal, Judgement]]] = {}
    for proposal in sorted(proposals, key=lambda proposal: (proposal.attempt, proposal.decoding, proposal.sample)):
        found.setdefault(proposal.program_id, []).append((proposal, verdicts[proposal.id]))
    return found


def collect_pairs(
    sampled: Sequence[SampledProgram],
    proposals: Iterable[Proposal],
    judgements: Iterable[Judgement],
    attempts: Iterable[ProofAttempt],
    output: Path,
    *,
    needs_proof: bool,
    accept_kernel: bool = False,
) -> None:
    """Write the accepted pairs, each with its label and what the label rests on, in the order of the programs.

    Proposals of one program with the same Q are one pair, that of the first. Where labels need a proof, one that the
    kernel alone accepted counts with ``accept_kernel``. What a proof's check found to differ after all, or the checkers
    disagree on, is no pair, whatever labels need.
    """
    attempts = list(attempts)
    counts = {Evidence.PROOF, Evidence.KERNEL} if accept_kernel or not needs_proof else {Evidence.PROOF}
    proofs = {attempt.proposal_id: attempt for attempt in attempts if attempt.rests_on in counts}
    doubted = {attempt.proposal_id for attempt in attempts if attempt.reason in _DOUBTED}
    tried = judged_proposals(proposals, judgements)
    pairs: dict[str, Pair] = {}
    for item in sampled:
        for proposal, judgement in tried[item.program.id]:
            proof = proofs.get(proposal.id)
            if judgement.verdict is not Verdict.ACCEPTED or proposal.code is None:
                continue
            if item.goal is Goal.SEQ and proof is None and (needs_proof or proposal.id in doubted):
                continue
            pair = collect_pair(item.program, proposal, judgement, proof)
            pairs.setdefault(pair.id, pair)
    write_records(output, pairs.values())


def pair_id(p: str, q: str, goal: Goal) -> str:
    """Return the id of a pair: a hash of both programs and the label."""
    return content_id("pair", p, q, goal)


def collect_pair(program: Program, proposal: Proposal, judgement: Judgement, proof: ProofAttempt | None) -> Pair:
    """Return the pair of an accepted proposal, with its evidence."""
    code, q_entry = proposal.code or "", judgement.q_entry or program.entry
    if judgement.evidence is None:
        raise ValueError(f"proposal {proposal.id}: accepted without evidence")
    return Pair(
        id=pair_id(program.code, code, proposal.goal),
        program_id=program.id,
        proposal_id=proposal.id,
        goal=proposal.goal,
        proposer=proposal.proposer,
        rule=proposal.rule,
        p=program.code,
        q=code,
        entry=program.entry,
        q_entry=q_entry,
        type=program.type,
        evidence=(proof.rests_on if proof else None) or judgement.evidence,
        kernel=proof.kernel if proof else None,
        overflow=proof.overflow if proof else None,
        diverging_input=judgement.diverging_input,
        p_output=judgement.p_output,
        q_output=judgement.q_output,
        proof=proof.proof if proof else None,
        theorem=proof.theorem if proof else None,
        proof_finder=proof.finder if proof else None,
        evaluations=judgement.evaluations,
        coverage=judgement.coverage,
        instance=judgement.instance,
        normal_id=content_id("normal", normal_id(program.code, program.entry), normal_id(code, q_entry)),
    )
