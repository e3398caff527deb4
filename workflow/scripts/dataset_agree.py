"""Rule dataset_agree: whether the programs of a shard do what their Python does."""

from seqplay.dataset.stages import agree
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    agree(
        job.path("candidates"),
        job.path("checked"),
        job.path("instructions"),
        job.output(),
        dataset=job.config.dataset,
        haskell=job.config.haskell,
    )
