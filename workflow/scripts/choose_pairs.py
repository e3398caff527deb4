"""Rule choose_pairs: which accepted pairs Bob is asked about."""

from seqplay.game.choose import choose_pairs
from seqplay.records import Example, Pair, Prediction
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    choose_pairs(
        job.read("pairs", Pair),
        job.read("predictions", Prediction),
        job.read_history("earlier", Example),
        job.output(),
        ask=job.config.alice.ask,
        curriculum=job.config.curriculum,
    )
