"""Held-out theorems: what Alice is asked to prove in each evaluation, so that her proving is measured on fixed items.

They are the theorems of the held-out SEQ pairs that a tactic has proved: each is known to have a proof. Alice sees the
theorem alone, in the prompt that asks her for a first proof in the game.
"""

from __future__ import annotations

from collections.abc import Iterable

from seqplay.config import Config, EngineKind
from seqplay.records import Goal, Pair, Program, ProofAttempt, Proposal, ProposedBy, SampledProgram, Verdict

ROUND = 1
"""Alice is asked once."""


def proving_is_measured(config: Config, *, proofs: bool) -> bool:
    """Say whether Alice is asked: where proofs are needed (``proofs``), and a model plays."""
    model = config.engine.kind is not EngineKind.NONE and any(one.name == "model" for one in config.alice.proposers)
    return proofs and model and config.evaluation.enabled


def heldout_theorems(
    pairs: Iterable[Pair], attempts: Iterable[ProofAttempt]
) -> list[tuple[SampledProgram, Proposal, ProofAttempt]]:
    """Return the theorems as ``alice.propose_proofs`` and ``proofs.verify_proofs`` take them, in the pairs' order."""
    proved = {attempt.proposal_id: attempt for attempt in attempts if attempt.verdict is Verdict.ACCEPTED}
    return [(_program(pair), _proposal(pair), proved[pair.proposal_id]) for pair in pairs if pair.proposal_id in proved]


def _program(pair: Pair) -> SampledProgram:
    program = Program(id=pair.program_id, code=pair.p, entry=pair.entry, type=pair.type, name=pair.id)
    return SampledProgram(program=program, goal=Goal.SEQ, proposer=ProposedBy.MODEL, target_difficulty=0.0)


def _proposal(pair: Pair) -> Proposal:
    return Proposal(
        id=pair.proposal_id,
        program_id=pair.program_id,
        goal=Goal.SEQ,
        proposer=pair.proposer,
        attempt=0,
        code=pair.q,
        rule=pair.rule,
    )
