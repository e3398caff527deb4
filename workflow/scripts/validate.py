"""Rule validate: one verdict for each proposal."""

from seqplay.game.phase_shard import phase_shard
from seqplay.game.validate import validate
from seqplay.records import Proposal, SampledProgram
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    programs = {item.program.id: item.program for item in phase_shard(job).of(job.read("programs", SampledProgram))}
    validate(
        programs,
        [proposal for proposal in job.read("proposals", Proposal) if proposal.program_id in programs],
        job.output(),
        haskell=job.config.haskell,
        seed=job.config.seed,
        needs_proof=snakemake.params.needs_proof,
    )
