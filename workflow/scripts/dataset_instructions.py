"""Rule dataset_instructions: the instructions that are translated, and why the others are not."""

from seqplay.dataset.instructions import select_instructions
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    select_instructions(job.config.dataset.instructions, job.output("kept"), job.output("dropped"))
