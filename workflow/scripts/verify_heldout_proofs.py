"""Rule verify_heldout_proofs: Alice's proofs of the held-out theorems, checked by Liquid Haskell."""

from seqplay.game.heldout_theorems import ROUND, heldout_theorems
from seqplay.game.proof_rounds import verify_proofs
from seqplay.records import Pair, ProofAttempt, ProofProposal
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    verify_proofs(
        heldout_theorems(job.read("pairs", Pair), job.read("proofs", ProofAttempt)),
        job.read("asked", ProofProposal),
        job.output(),
        haskell=job.config.haskell,
        proof=job.config.proof,
        seed=job.config.seed,
        round_=ROUND,
    )
