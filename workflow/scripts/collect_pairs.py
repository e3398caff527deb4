"""Rule collect_pairs: the accepted pairs, each with what its label rests on."""

from seqplay.game.pairs import collect_pairs
from seqplay.records import Judgement, ProofAttempt, Proposal, SampledProgram
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    collect_pairs(
        job.read("programs", SampledProgram),
        job.read("proposals", Proposal),
        job.read("verdicts", Judgement),
        job.read("proofs", ProofAttempt),
        job.output(),
        needs_proof=snakemake.params.needs_proof,
        accept_kernel=job.config.proof.accept_kernel,
    )
