"""Rule vote: Bob votes on each pair."""

from seqplay.engines.stage import Sampler
from seqplay.game.bob import vote
from seqplay.game.phase_shard import phase_shard
from seqplay.records import Pair
from seqplay.runtime.job import Job
from seqplay.runtime.phases import is_evaluation

with Job(snakemake) as job:
    votes = job.config.evaluation.votes if is_evaluation(job.wildcards["play"]) else job.config.bob.votes
    vote(
        job.read("pairs", Pair),
        job.output(),
        bob=job.config.bob,
        votes=votes,
        sampler=Sampler(job.config.engine, job.config.model, job.adapter()),
        part=phase_shard(job),
    )
