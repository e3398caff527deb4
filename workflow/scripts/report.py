"""Rules iteration_report and report: an experiment's page, up to an iteration or to its end."""

from pathlib import Path

from seqplay.report import write_report
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    config = job.config
    last = int(job.wildcards.get("iteration", config.iterations))
    write_report(Path(config.results) / config.experiment, config, job.output(), last)
