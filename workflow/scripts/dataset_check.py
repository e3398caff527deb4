"""Rule dataset_check: tiers B and C of a shard of the programs."""

from seqplay.dataset.stages import check
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    check(
        job.path("candidates"),
        job.path("instructions"),
        job.output(),
        shard=job.number("shard"),
        shards=job.config.dataset.shards.check,
        dataset=job.config.dataset,
        haskell=job.config.haskell,
        seed=job.config.seed,
    )
