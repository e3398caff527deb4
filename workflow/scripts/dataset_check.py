"""Rule dataset_check: tiers B and C of a shard of the programs."""

from seqplay.dataset.generate import by_id
from seqplay.dataset.records import Candidate, Instruction
from seqplay.dataset.stages import check
from seqplay.job import Job
from seqplay.shards import shard_of

with Job(snakemake) as job:
    check(
        shard_of(job.read("candidates", Candidate), job.number("shard"), job.config.dataset.shards.check),
        by_id(job.read("instructions", Instruction)),
        job.output(),
        dataset=job.config.dataset,
        haskell=job.config.haskell,
        seed=job.config.seed,
    )
