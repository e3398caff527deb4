"""Rule propose: Alice proposes a program Q for each P that no earlier attempt has settled."""

from seqplay.engines.stage import Sampler
from seqplay.game.alice import propose
from seqplay.records import Judgement, Proposal, SampledProgram
from seqplay.runtime.job import Job
from seqplay.runtime.phases import is_evaluation

with Job(snakemake) as job:
    verdicts = {judgement.proposal_id: judgement for judgement in job.read("verdicts", Judgement)}
    propose(
        job.read("programs", SampledProgram),
        [(proposal, verdicts[proposal.id]) for proposal in job.read("proposals", Proposal)],
        job.output(),
        alice=job.config.alice,
        sampler=Sampler(job.config.engine, job.config.model, job.adapter()),
        seed=job.config.seed,
        play=job.wildcards["play"],
        attempt=job.number("attempt"),
        shard=job.number("shard"),
        shards=job.shards,
        greedy=is_evaluation(job.wildcards["play"]) and job.config.evaluation.greedy,
    )
