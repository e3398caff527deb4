"""Rule summarise: the counts of an iteration, and its timing apart."""

from pathlib import Path

from seqplay.runtime.job import Job
from seqplay.records import (
    Ballot,
    Example,
    Judgement,
    Outcome,
    ProofAttempt,
    ProofProposal,
    Proposal,
    SampledProgram,
    TrainingExample,
    Vote,
)
from seqplay.game.summary import adapter_states, collect_timing, notes, summarise

with Job(snakemake) as job:
    summarise(
        job.read("programs", SampledProgram),
        job.read("proposals", Proposal),
        job.read("verdicts", Judgement),
        job.read("asked", ProofProposal),
        job.read("proofs", ProofAttempt),
        job.read("ballots", Ballot),
        job.read("votes", Vote),
        job.read("iteration_data", Example),
        job.read("outcomes", Outcome),
        {agent: job.read(agent, TrainingExample) for agent in ("alice", "bob")},
        adapter_states(job.paths("adapters")),
        job.output("summary"),
        experiment=job.config.experiment,
        iteration=job.iteration,
        engine=job.config.engine.kind,
        model=job.config.model.name,
        notes=notes(job.config, proofs=snakemake.params.proofs),
    )
    collect_timing(Path(snakemake.params.benchmarks), job.output("timing"), iteration=job.iteration)
