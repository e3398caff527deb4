"""Rule rewrite: what Alice proposes without a model, for all attempts of an iteration."""

from seqplay.game.rewrites import rewrite
from seqplay.records import SampledProgram
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    rewrite(
        job.read("programs", SampledProgram),
        job.output(),
        alice=job.config.alice,
        seed=job.config.seed,
        play=job.wildcards["play"],
        workers=job.snakemake.threads,
    )
