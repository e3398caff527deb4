"""Rule evaluate: what an iteration has learned, on the held-out programs."""

from seqplay.game.evaluate import evaluate
from seqplay.runtime.job import Job
from seqplay.records import Judgement, Pair, ProofAttempt, Proposal, SampledProgram, Vote

with Job(snakemake) as job:
    evaluate(
        job.read("programs", SampledProgram),
        job.read("proposals", Proposal),
        job.read("verdicts", Judgement),
        job.read("proofs", ProofAttempt),
        job.read("pairs", Pair),
        job.read("votes", Vote),
        job.output(),
        experiment=job.config.experiment,
        iteration=job.iteration,
        needs_proof=snakemake.params.needs_proof,
    )
