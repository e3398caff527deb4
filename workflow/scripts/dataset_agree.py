"""Rule dataset_agree: whether the programs of a shard do what their Python does."""

from seqplay.dataset.generate import by_id
from seqplay.dataset.records import Candidate, Instruction, Validation
from seqplay.dataset.stages import agree
from seqplay.job import Job

with Job(snakemake) as job:
    agree(
        job.read("candidates", Candidate),
        job.read("checked", Validation),
        by_id(job.read("instructions", Instruction)),
        job.output(),
        dataset=job.config.dataset,
        haskell=job.config.haskell,
    )
