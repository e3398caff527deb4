"""Rule comparison: the experiments of a sweep in one table."""

from itertools import groupby

from seqplay.game.comparison import write_comparison
from seqplay.records import Evaluation, Measured, Summary
from seqplay.runtime.job import Job, read_all
from seqplay.suites.records import SuiteResult
from seqplay.suites.tables import comparison_lines

with Job(snakemake) as job:
    summaries = job.read("summaries", Summary)
    evaluations = job.read("evaluations", Evaluation)
    suites = job.read("suites", SuiteResult)
    write_comparison(
        snakemake.params.differences,
        {name: list(group) for name, group in groupby(summaries, key=lambda summary: summary.experiment)},
        {name: list(group) for name, group in groupby(evaluations, key=lambda evaluation: evaluation.experiment)},
        {path.parent.parent.name: read_all([path], Measured) for path in job.paths("measures")},
        job.output(),
        comparison_lines({name: list(group) for name, group in groupby(suites, key=lambda one: one.experiment)}),
    )
