"""Rule propose_heldout_proofs: Alice tries to prove the held-out theorems."""

from seqplay.engines.stage import Sampler
from seqplay.game.alice import propose_proofs
from seqplay.game.heldout_theorems import ROUND, heldout_theorems
from seqplay.records import Pair, ProofAttempt
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    propose_proofs(
        heldout_theorems(job.read("pairs", Pair), job.read("proofs", ProofAttempt)),
        job.output(),
        proof=job.config.proof,
        sampler=Sampler(job.config.engine, job.config.model, job.adapter()),
        seed=job.config.seed,
        play=job.wildcards["play"],
        round_=ROUND,
    )
