"""Rule predict_difficulty: Alice says how hard each pair is for Bob."""

from seqplay.engines.stage import Sampler
from seqplay.game.predictions import predict_difficulty
from seqplay.records import Pair
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    predict_difficulty(
        job.read("pairs", Pair),
        job.output(),
        predict=job.config.alice.predict,
        sampler=Sampler(job.config.engine, job.config.model, job.adapter()),
        seed=job.config.seed,
        play=job.wildcards["play"],
    )
