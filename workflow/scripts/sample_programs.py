"""Rule sample_programs: draw an iteration's programs, goals and proposers."""

from seqplay.game.programs import sample_programs
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    sample_programs(
        job.path("train"),
        job.output(),
        programs=job.config.programs,
        alice=job.config.alice,
        seed=job.config.seed,
        iteration=job.iteration,
    )
