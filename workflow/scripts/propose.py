"""Rule propose: Alice proposes a program Q for each P that no earlier attempt has settled."""

from seqplay.engines.stage import Sampler
from seqplay.game.alice import propose
from seqplay.game.phase_shard import phase_shard
from seqplay.records import Judgement, Proposal, Rewrites, SampledProgram
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    verdicts = {judgement.proposal_id: judgement for judgement in job.read("verdicts", Judgement)}
    propose(
        job.read("programs", SampledProgram),
        [(proposal, verdicts[proposal.id]) for proposal in job.read("proposals", Proposal)],
        job.read("rewrites", Rewrites),
        job.output(),
        alice=job.config.alice,
        sampler=Sampler(job.config.engine, job.config.model, job.adapter()),
        part=phase_shard(job),
        attempt=job.number("attempt"),
    )
