"""Rule dataset_extract: the programs in the completions, each once."""

from seqplay.dataset.generate import extract
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    extract(job.paths("completions"), job.output(), dataset=job.config.dataset, marks=job.config.model.marks)
