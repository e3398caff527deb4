"""Validation: one verdict for each proposal, and the accepted pairs.

SINQ is accepted when both programs, run on the input, differ. SEQ is accepted when differential testing finds no
difference and, where Liquid Haskell is there, it accepts a proof of the theorem that the pipeline wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from seqplay.config import HaskellConfig, fingerprint
from seqplay.files import write_records
from seqplay.haskell import Executor
from seqplay.haskell.results import Compared, Diverged, Reason
from seqplay.records import UNPARSED, Evidence, Goal, Judgement, Program, Proposal, Verdict
from seqplay.runtime.pool import run_resumable


def validate(
    programs: Mapping[str, Program],
    proposals: Sequence[Proposal],
    output: Path,
    *,
    haskell: HaskellConfig,
    seed: int,
    needs_proof: bool,
) -> None:
    """Write one judgement for each proposal, in order.

    Where SEQ labels need a proof, agreement only precedes it and asks for no coverage: what the inputs did not reach,
    the proof speaks of.
    """
    least = 0 if needs_proof else haskell.min_coverage
    with run_resumable(
        proposals,
        lambda executor, proposal: judge(executor, programs[proposal.program_id], proposal, seed, least),
        Judgement,
        output,
        item_key=lambda proposal: proposal.id,
        result_key=lambda judgement: judgement.proposal_id,
        pool=lambda: Executor.open(haskell),
        fingerprint=fingerprint(haskell, seed, int(needs_proof)),
        label="validate",
        failed=lambda proposal, message: _judgement(proposal, Verdict.INFRA_ERROR, Reason.BUG, message),
    ) as judgements:
        write_records(output, judgements)


def judge(
    executor: Executor, program: Program, proposal: Proposal, seed: int, min_coverage: float | None = None
) -> Judgement:
    """Return the verdict on one proposal; ``min_coverage`` is the configuration's unless given."""
    if proposal.code is None:
        return _judgement(proposal, Verdict.REJECTED, UNPARSED, proposal.unparsed or "no proposal could be read")
    if proposal.goal is Goal.SINQ and proposal.diverging_input is not None:
        run = executor.diverge(program.code, proposal.code, proposal.diverging_input, program.entry)
        return _judged_with(executor, _from_diverge(proposal, run))
    compared = executor.compare(program.code, proposal.code, program.entry, seed=seed, min_coverage=min_coverage)
    return _judged_with(executor, _from_compare(proposal, compared))


def _judged_with(executor: Executor, judgement: Judgement) -> Judgement:
    """Add the tools that a verdict rests on."""
    return judgement.model_copy(update={"jail": executor.jail.name, "tools": executor.tools})


def _judgement(proposal: Proposal, verdict: Verdict, reason: str, message: str) -> Judgement:
    return Judgement(
        proposal_id=proposal.id,
        program_id=proposal.program_id,
        goal=proposal.goal,
        verdict=verdict,
        reason=reason,
        message=message,
    )


def _from_diverge(proposal: Proposal, run: Diverged) -> Judgement:
    accepted = run.verdict is Verdict.ACCEPTED
    return _judgement(proposal, run.verdict, run.reason, run.message).model_copy(
        update={
            "evidence": Evidence.WITNESS if accepted else None,
            "q_entry": run.q_entry,
            "diverging_input": proposal.diverging_input,
            "instance": run.entry.instance if accepted and run.entry else {},
            "p_output": run.p_output,
            "q_output": run.q_output,
        }
    )


def _from_compare(proposal: Proposal, compared: Compared) -> Judgement:
    """Turn a comparison into a verdict: agreement is what SEQ hopes for, a difference what SINQ does."""
    verdict = compared.verdict
    if compared.reason is Reason.SAME_PROGRAM:
        verdict = Verdict.REJECTED
    if proposal.goal is Goal.SINQ and verdict is not Verdict.INFRA_ERROR:
        verdict = Verdict.ACCEPTED if compared.witness is not None else verdict
        if compared.verdict is Verdict.ACCEPTED:
            verdict = Verdict.REJECTED
    evidence = {Goal.SEQ: Evidence.BOUNDED, Goal.SINQ: Evidence.WITNESS}[proposal.goal]
    return _judgement(proposal, verdict, compared.reason, compared.message).model_copy(
        update={
            "evidence": evidence if verdict is Verdict.ACCEPTED else None,
            "q_entry": compared.q_entry,
            "diverging_input": compared.witness,
            "instance": compared.entry.instance if compared.witness and compared.entry else {},
            "p_output": compared.p_output,
            "q_output": compared.q_output,
            "evaluations": compared.agreed,
            "coverage": compared.coverage,
        }
    )
