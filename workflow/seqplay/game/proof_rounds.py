"""Proof rounds: what testing accepted and nothing has proved yet goes to the tactics, then to Alice, and is checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from seqplay.config import HaskellConfig, ProofConfig, fingerprint
from seqplay.files import write_records
from seqplay.game.lemma_store import store_id
from seqplay.game.pairs import judged_proposals
from seqplay.haskell.results import Reason
from seqplay.proof.prover_pool import ProverPool
from seqplay.proof.results import ProofReason
from seqplay.records import (
    UNPARSED,
    Goal,
    Judgement,
    Program,
    ProofAttempt,
    ProofProposal,
    Proposal,
    SampledProgram,
    StoredLemma,
    Verdict,
)
from seqplay.runtime.pool import run_resumable


def unproved(
    sampled: Sequence[SampledProgram],
    proposals: Iterable[Proposal],
    judgements: Iterable[Judgement],
    attempts: Iterable[ProofAttempt],
) -> list[tuple[SampledProgram, Proposal, ProofAttempt | None]]:
    """Return the SEQ pairs that testing accepted and no attempt has proved, with the latest attempt, in order.

    A pair that an attempt found contradicted, or that no proof could be accepted for, stays out: asking Alice about it
    would waste her time.
    """
    latest: dict[str, ProofAttempt] = {}
    closed = set()
    for attempt in attempts:
        latest[attempt.proposal_id] = attempt
        if attempt.verdict is Verdict.ACCEPTED or attempt.reason == Reason.CONTRADICTED or not attempt.provable:
            closed.add(attempt.proposal_id)
    tried = judged_proposals(proposals, judgements)
    return [
        (item, proposal, latest.get(proposal.id))
        for item in sampled
        if item.goal is Goal.SEQ
        for proposal, judgement in tried[item.program.id]
        if judgement.verdict is Verdict.ACCEPTED and proposal.id not in closed
    ]


def verify_proofs(
    still: Sequence[tuple[SampledProgram, Proposal, ProofAttempt | None]],
    asked: Sequence[ProofProposal],
    output: Path,
    *,
    haskell: HaskellConfig,
    proof: ProofConfig,
    seed: int,
    round_: int,
    lemmas: Sequence[StoredLemma] = (),
) -> None:
    """Write one proof attempt for each pair that is still unproved: round 0 the tactics, later Alice's proofs.

    ``lemmas``: what earlier iterations have proved.
    """
    store = lemmas if proof.lemma_store and round_ == 0 else None
    answers = {answer.proposal_id: answer for answer in asked}

    def attempt(prover: ProverPool, item: tuple[SampledProgram, Proposal, ProofAttempt | None]) -> ProofAttempt:
        program, proposal = item[0].program, item[1]
        return _attempt(prover, program, proposal, answers.get(proposal.id), round_, seed)

    with run_resumable(
        still,
        attempt,
        ProofAttempt,
        output,
        item_key=lambda item: item[1].id,
        result_key=lambda result: result.proposal_id,
        pool=lambda: ProverPool(haskell, proof, store, pairs=len(still)),
        fingerprint=fingerprint(haskell, proof, seed, "" if store is None else store_id(store)),
        label=f"verify proofs, round {round_}",
        failed=lambda item, message: _broken(item[1], answers.get(item[1].id), round_, message),
    ) as attempts:
        write_records(output, attempts)


def _finder(round_: int) -> str:
    """Return what a proof of Alice's is attributed to."""
    return f"alice:round{round_}"


def _broken(proposal: Proposal, answer: ProofProposal | None, round_: int, message: str) -> ProofAttempt:
    """Return the attempt on a pair at which the prover itself failed."""
    return ProofAttempt(
        proposal_id=proposal.id,
        round=round_,
        finder=_finder(round_) if round_ else "",
        theorem="",
        names=[],
        proof=None,
        verdict=Verdict.INFRA_ERROR,
        reason=Reason.BUG,
        message=message,
        asked=answer,
    )


def _attempt(
    prover: ProverPool, program: Program, proposal: Proposal, answer: ProofProposal | None, round_: int, seed: int
) -> ProofAttempt:
    """Prove one pair by tactics, else by the proof that came with Q (round 0); or check what Alice answered."""
    code = proposal.code or ""
    if round_ == 0:
        result = prover.prove(program.code, code, program.entry, seed=seed)
        if result.reason == ProofReason.TIMEOUT:
            result = prover.prove(program.code, code, program.entry, seed=seed)
        if result.verdict is not Verdict.ACCEPTED and proposal.proof is not None:
            given = prover.check(program.code, code, proposal.proof, program.entry, seed=seed)
            result = given if given.verdict is Verdict.ACCEPTED else result
    elif answer is None or answer.proof is None:
        why = (answer.unparsed if answer else None) or "no answer"
        result = prover.refuse(program.code, code, program.entry, reason=UNPARSED, message=why)
    else:
        result = prover.check(program.code, code, answer.proof, program.entry, seed=seed)
    return ProofAttempt(
        proposal_id=proposal.id,
        round=round_,
        finder=result.finder if round_ == 0 else _finder(round_),
        theorem=result.theorem,
        names=result.names,
        proof=result.proof if round_ == 0 or answer is None else answer.proof,
        verdict=result.verdict,
        reason=result.reason,
        message=result.message,
        provable=result.provable,
        asked=answer,
        tools=prover.tools,
        lemmas=result.lemmas,
        **result.judged_by(),
    )
