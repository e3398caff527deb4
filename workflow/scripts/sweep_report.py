"""Rule sweep_report: the experiments of a sweep on one page."""

from seqplay.report import write_sweep_report
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    write_sweep_report(job.raw["experiment"], job.experiments, snakemake.params.differences, job.output())
