"""Rule suite_results: what an evaluation reaches on the suites, against the base."""

from seqplay.files import read_records
from seqplay.game.intervals import Bootstrap
from seqplay.records import Program
from seqplay.runtime.job import Job
from seqplay.suites.contamination import near_training
from seqplay.suites.records import SuiteScore
from seqplay.suites.results import write_results

with Job(snakemake) as job:
    write_results(
        job.config.evaluation.suites,
        {path.parent.name: read_records(path, SuiteScore) for path in job.paths("scores")},
        job.read("base", SuiteScore),
        job.output(),
        bootstrap=Bootstrap(job.config.evaluation.bootstrap, job.config.seed),
        experiment=job.config.experiment,
        iteration=job.iteration,
        near=near_training(
            job.config.evaluation.suites, job.read("train", Program), job.config.evaluation.near_duplicate
        ),
    )
