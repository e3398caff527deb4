"""Rule verify_proofs: round 0, the tactics; then Alice's proofs, checked by Liquid Haskell."""

from seqplay.game.proof_rounds import unproved, verify_proofs
from seqplay.records import Judgement, ProofAttempt, ProofProposal, Proposal, SampledProgram
from seqplay.runtime.job import Job
from seqplay.runtime.shards import shard_of

with Job(snakemake) as job:
    still = unproved(
        job.read("programs", SampledProgram),
        job.read("proposals", Proposal),
        job.read("verdicts", Judgement),
        job.read("proofs", ProofAttempt),
    )
    verify_proofs(
        shard_of(still, job.number("shard"), job.shards),
        job.read("asked", ProofProposal),
        job.output(),
        haskell=job.config.haskell,
        proof=job.config.proof,
        seed=job.config.seed,
        round_=job.number("round"),
    )
