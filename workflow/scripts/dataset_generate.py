"""Rule dataset_generate: a model translates a shard of the instructions."""

from seqplay.dataset.generate import generate
from seqplay.dataset.records import Instruction
from seqplay.job import Job
from seqplay.shards import shard_of

with Job(snakemake) as job:
    generate(
        shard_of(job.read("instructions", Instruction), job.number("shard"), job.config.dataset.shards.generate),
        job.output(),
        dataset=job.config.dataset,
        engine=job.config.engine,
        model=job.config.model,
        seed=job.config.seed,
    )
