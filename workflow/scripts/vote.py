"""Rule vote: Bob votes on each pair."""

from seqplay.game.bob import vote
from seqplay.runtime.job import Job
from seqplay.records import Pair

with Job(snakemake) as job:
    play = job.wildcards["play"]
    votes = job.config.evaluation.votes if play.startswith("eval") else job.config.bob.votes
    vote(
        job.read("pairs", Pair),
        job.output(),
        bob=job.config.bob,
        votes=votes,
        engine=job.config.engine,
        model=job.config.model,
        adapter=job.adapter(),
        seed=job.config.seed,
        play=play,
        shard=job.number("shard"),
        shards=job.shards("vote"),
    )
