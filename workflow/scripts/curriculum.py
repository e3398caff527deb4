"""Rule curriculum: difficulty, and what both players are trained on."""

from seqplay.game.curriculum import Memory, curriculum
from seqplay.game.heldout import near_heldout
from seqplay.game.played import read_played
from seqplay.game.training_examples import Players
from seqplay.records import Example, Pair, Program
from seqplay.runtime.job import Job

OUTPUTS = ("iteration_data", "alice_training_data", "bob_training_data", "outcomes", "proposal_outcomes")

with Job(snakemake) as job:
    config = job.config
    curriculum(
        read_played(job),
        Memory(
            job.read_history("earlier", Example),
            near_heldout(
                job.read("heldout", Program), job.read("heldout_pairs", Pair), config.evaluation.near_duplicate
            ),
        ),
        {name: job.output(name) for name in OUTPUTS},
        settings=config.curriculum,
        players=Players(config.alice, config.bob, config.proof, config.train, config.model),
        seed=config.seed,
        iteration=job.iteration,
    )
