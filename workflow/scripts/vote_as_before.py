"""Rule vote_as_before: Bob votes on each pair as he was after an earlier iteration."""

from seqplay.engines.stage import Sampler
from seqplay.game.bob import vote
from seqplay.game.phase_shard import PhaseShard
from seqplay.records import Pair
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    config = job.config
    vote(
        job.read("pairs", Pair),
        job.output(),
        bob=config.bob,
        votes=config.curriculum.earlier_votes,
        sampler=Sampler(config.engine, config.model, job.adapter()),
        part=PhaseShard(play=f"{job.wildcards['play']}, as before", seed=config.seed),
    )
