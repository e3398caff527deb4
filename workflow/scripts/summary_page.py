"""Rule summary_page: the page that a person reads, and the evaluations in one file."""

from seqplay.files import write_records
from seqplay.game.summary import write_summary_page
from seqplay.records import Evaluation, Summary
from seqplay.runtime.job import Job
from seqplay.suites.records import SuiteResult
from seqplay.suites.tables import summary_lines

with Job(snakemake) as job:
    evaluations = job.read("evaluations", Evaluation)
    write_records(job.output("evaluation"), evaluations)
    suites = summary_lines(job.read("suites", SuiteResult))
    write_summary_page(job.read("summaries", Summary), evaluations, job.output("page"), suites)
