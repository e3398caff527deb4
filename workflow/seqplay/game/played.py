"""What an iteration played, read from the inputs of a rule."""

from __future__ import annotations

from seqplay.game.curriculum import PlayedIteration
from seqplay.records import (
    Ballot,
    GuardReport,
    Judgement,
    Pair,
    Prediction,
    ProofAttempt,
    Proposal,
    SampledProgram,
    Vote,
)
from seqplay.runtime.job import Job


def read_played(job: Job) -> PlayedIteration:
    """Read the records of an iteration up to Bob's votes, and what the guards said of them."""
    (guard,) = job.read("guard", GuardReport)
    return PlayedIteration(
        sampled=job.read("programs", SampledProgram),
        proposals=job.read("proposals", Proposal),
        judgements=job.read("verdicts", Judgement),
        attempts=job.read("proofs", ProofAttempt),
        pairs=job.read("pairs", Pair),
        asked=job.read("asked", Pair),
        predictions=job.read("predictions", Prediction),
        ballots=job.read("ballots", Ballot),
        votes=job.read("votes", Vote),
        guard=guard,
        earlier_ballots=job.read("earlier_ballots", Ballot),
    )
