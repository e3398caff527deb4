"""Rule dataset_generate: a model translates a shard of the instructions."""

from seqplay.dataset.generate import generate
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    generate(
        job.path("instructions"),
        job.output(),
        shard=job.number("shard"),
        shards=job.config.dataset.shards.generate,
        dataset=job.config.dataset,
        engine=job.config.engine,
        model=job.config.model,
        seed=job.config.seed,
    )
