"""Rule summarise: the counts of an iteration, and its timing apart."""

from pathlib import Path

from seqplay.game.played import read_played
from seqplay.game.summary import Heading, Settled, adapter_states, collect_timing, notes, summarise
from seqplay.records import Example, Outcome, ProofProposal, ProposalOutcome, TrainingExample
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    summarise(
        read_played(job),
        job.read("asked_proofs", ProofProposal),
        Settled(
            job.read("iteration_data", Example),
            job.read("outcomes", Outcome),
            job.read("proposal_outcomes", ProposalOutcome),
            {agent: job.read(agent, TrainingExample) for agent in ("alice", "bob")},
            adapter_states(job.paths("adapters")),
        ),
        job.output("summary"),
        Heading(
            job.config.experiment,
            job.iteration,
            job.config.engine.kind,
            job.config.model.name,
            notes(job.config, proofs=snakemake.params.proofs, tried=snakemake.params.tried),
        ),
    )
    collect_timing(Path(snakemake.params.benchmarks), job.output("timing"), iteration=job.iteration)
