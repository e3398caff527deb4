"""Rule guard: whether the players collapse, beside the base and the iteration before."""

from seqplay.game.guards import guard
from seqplay.records import GuardReport, Judgement, Proposal, Vote
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    guard(
        job.read("proposals", Proposal),
        job.read("verdicts", Judgement),
        job.read("votes", Vote),
        job.read_history("earlier", GuardReport),
        job.output(),
        guards=job.config.guards,
        action=job.config.guard_action,
        iteration=job.iteration,
    )
