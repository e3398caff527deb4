"""Rule verify_proofs: round 0, the tactics; then Alice's proofs, checked by Liquid Haskell."""

from seqplay.game.phase_shard import phase_shard
from seqplay.game.proof_rounds import unproved, verify_proofs
from seqplay.records import Judgement, ProofAttempt, ProofProposal, Proposal, SampledProgram, StoredLemma
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    programs = phase_shard(job).of(job.read("programs", SampledProgram))
    ids = {item.program.id for item in programs}
    proposals = [proposal for proposal in job.read("proposals", Proposal) if proposal.program_id in ids]
    verify_proofs(
        unproved(programs, proposals, job.read("verdicts", Judgement), job.read("proofs", ProofAttempt)),
        job.read("asked", ProofProposal),
        job.output(),
        haskell=job.config.haskell,
        proof=job.config.proof,
        seed=job.config.seed,
        round_=job.number("round"),
        lemmas=job.read("lemmas", StoredLemma),
    )
