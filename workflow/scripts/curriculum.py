"""Rule curriculum: difficulty, and what both players are trained on."""

from seqplay.game.curriculum import Players, curriculum
from seqplay.runtime.job import Job
from seqplay.records import Example, Judgement, Pair, ProofAttempt, Proposal, SampledProgram, Vote

OUTPUTS = ("iteration_data", "alice_training_data", "bob_training_data", "outcomes")

with Job(snakemake) as job:
    curriculum(
        job.read("programs", SampledProgram),
        job.read("proposals", Proposal),
        job.read("verdicts", Judgement),
        job.read("proofs", ProofAttempt),
        job.read("pairs", Pair),
        job.read("votes", Vote),
        job.read_history("earlier", Example),
        {name: job.output(name) for name in OUTPUTS},
        settings=job.config.curriculum,
        players=Players(job.config.alice, job.config.bob, job.config.proof),
        seed=job.config.seed,
        iteration=job.iteration,
    )
