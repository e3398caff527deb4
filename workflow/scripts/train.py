"""Rule train: a player's adapter after an iteration."""

from seqplay.adapters.train import train
from seqplay.records import GuardReport, Role, TrainingExample
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    (guard,) = job.read("guard", GuardReport)
    train(
        job.read_history("data", TrainingExample),
        guard,
        job.paths("previous"),
        job.paths("rollback"),
        job.output(),
        config=job.config,
        agent=Role(job.wildcards["agent"]),
        iteration=job.iteration,
    )
