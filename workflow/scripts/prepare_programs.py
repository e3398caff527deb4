"""Rule prepare_programs: read, check and split the programs."""

from seqplay.game.programs import prepare_programs
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    prepare_programs(
        job.config.programs,
        job.config.haskell,
        train=job.output("train"),
        heldout=job.output("heldout"),
        skipped=job.output("skipped"),
        near_duplicate=job.config.evaluation.near_duplicate,
    )
