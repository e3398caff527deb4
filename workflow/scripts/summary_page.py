"""Rule summary_page: the page that a person reads, and the evaluations in one file."""

from seqplay.files import write_records
from seqplay.game.summary import write_summary_page
from seqplay.records import Evaluation, Summary
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    evaluations = job.read("evaluations", Evaluation)
    write_records(job.output("evaluation"), evaluations)
    write_summary_page(job.read("summaries", Summary), evaluations, job.output("page"))
