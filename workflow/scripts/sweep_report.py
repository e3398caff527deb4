"""Rule sweep_report: the experiments of a sweep on one page."""

from seqplay.runtime.job import Job
from seqplay.report import write_sweep_report

with Job(snakemake) as job:
    write_sweep_report(job.raw["experiment"], job.experiments, snakemake.params.differences, job.output())
