"""Rule train: a player's adapter after an iteration."""

from seqplay.adapters.train import train
from seqplay.runtime.job import Job
from seqplay.records import Role, TrainingExample

with Job(snakemake) as job:
    train(
        job.read_history("data", TrainingExample),
        job.paths("previous"),
        job.output(),
        config=job.config,
        agent=Role(job.wildcards["agent"]),
        iteration=job.iteration,
    )
