"""Rule heldout_pairs: the labelled pairs on which Bob is measured."""

from seqplay.game.heldout_pairs import SEED, heldout_pairs
from seqplay.records import Program
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    heldout_pairs(
        job.read("heldout", Program),
        job.output("pairs"),
        job.output("proofs"),
        evaluation=job.config.evaluation,
        haskell=job.config.haskell,
        proof=job.config.proof if snakemake.params.needs_proof else None,
        seed=SEED,
    )
