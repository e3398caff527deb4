"""Rule summarise: the counts of an iteration, and its timing apart."""

from pathlib import Path

from seqplay.game.played import read_played
from seqplay.game.summary import adapter_states, collect_timing, notes, summarise
from seqplay.records import Example, Outcome, ProofProposal, ProposalOutcome, TrainingExample
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    summarise(
        read_played(job),
        job.read("asked_proofs", ProofProposal),
        job.read("iteration_data", Example),
        job.read("outcomes", Outcome),
        job.read("proposal_outcomes", ProposalOutcome),
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
