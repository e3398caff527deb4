"""Rule score_suites: what a player's answers to the suites are worth."""

from seqplay.records import Completion
from seqplay.runtime.job import Job
from seqplay.suites.judging import score_suites

with Job(snakemake) as job:
    score_suites(
        job.config.evaluation.suites,
        job.read("completions", Completion),
        job.output(),
        haskell=job.config.haskell,
    )
