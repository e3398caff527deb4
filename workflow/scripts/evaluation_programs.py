"""Rule evaluation_programs: the held-out programs, with goals that stay the same over the iterations."""

from seqplay.game.programs import evaluation_programs
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    evaluation_programs(job.path("heldout"), job.output(), alice=job.config.alice)
