"""Rule propose_proofs: Alice tries to prove what is still unproved."""

from seqplay.engines.stage import Sampler
from seqplay.game.alice import propose_proofs
from seqplay.game.proof_rounds import unproved
from seqplay.records import Judgement, ProofAttempt, Proposal, SampledProgram
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    still = unproved(
        job.read("programs", SampledProgram),
        job.read("proposals", Proposal),
        job.read("verdicts", Judgement),
        job.read("proofs", ProofAttempt),
    )
    propose_proofs(
        still,
        job.output(),
        proof=job.config.proof,
        sampler=Sampler(job.config.engine, job.config.model, job.adapter()),
        seed=job.config.seed,
        play=job.wildcards["play"],
        round_=job.number("round"),
    )
