"""Rule vote: Bob votes on each pair."""

from seqplay.engines.stage import Sampler
from seqplay.game.bob import vote
from seqplay.records import Pair
from seqplay.runtime.job import Job
from seqplay.runtime.phases import is_evaluation

with Job(snakemake) as job:
    play = job.wildcards["play"]
    votes = job.config.evaluation.votes if is_evaluation(play) else job.config.bob.votes
    vote(
        job.read("pairs", Pair),
        job.output(),
        bob=job.config.bob,
        votes=votes,
        sampler=Sampler(job.config.engine, job.config.model, job.adapter()),
        seed=job.config.seed,
        play=play,
        shard=job.number("shard"),
        shards=job.shards,
        greedy=is_evaluation(play) and job.config.evaluation.greedy,
    )
