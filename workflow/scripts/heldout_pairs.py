"""Rule heldout_pairs: the labelled pairs on which Bob is measured."""

from seqplay.game.evaluate import heldout_pairs
from seqplay.runtime.job import Job
from seqplay.records import Program

with Job(snakemake) as job:
    heldout_pairs(
        job.read("heldout", Program),
        job.output(),
        pairs=job.config.evaluation.pairs,
        haskell=job.config.haskell,
        seed=job.config.seed,
    )
