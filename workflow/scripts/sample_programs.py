"""Rule sample_programs: draw an iteration's programs, goals and proposers."""

from seqplay.game.programs import sample_programs
from seqplay.game.promotion import promoted
from seqplay.records import Example, Program
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    programs = job.config.programs
    reference = job.read("train", Program)
    sample_programs(
        reference,
        promoted(
            job.read_history("earlier", Example),
            reference,
            job.read("heldout", Program),
            near_duplicate=job.config.evaluation.near_duplicate,
            max_characters=programs.max_characters,
        ),
        job.output(),
        programs=programs,
        alice=job.config.alice,
        seed=job.config.seed,
        iteration=job.iteration,
    )
