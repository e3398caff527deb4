"""Rule score_votes: each ballot scored against its pair's label."""

from seqplay.game.bob import score_votes
from seqplay.records import Ballot, Pair
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    score_votes(job.read("pairs", Pair), job.read("ballots", Ballot), job.output(), haskell=job.config.haskell)
