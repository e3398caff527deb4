"""Rule validate: one verdict for each proposal."""

from seqplay.game.validate import validate
from seqplay.records import Proposal, SampledProgram
from seqplay.runtime.job import Job
from seqplay.runtime.shards import shard_of

with Job(snakemake) as job:
    validate(
        {item.program.id: item.program for item in job.read("programs", SampledProgram)},
        shard_of(job.read("proposals", Proposal), job.number("shard"), job.shards),
        job.output(),
        haskell=job.config.haskell,
        seed=job.config.seed,
        needs_proof=snakemake.params.needs_proof,
    )
