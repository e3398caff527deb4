"""Rule evaluate: what an iteration has learned, on the held-out programs."""

from seqplay.game.evaluate import Beside, evaluate
from seqplay.game.intervals import Bootstrap
from seqplay.game.played_evaluation import PlayedEvaluation
from seqplay.records import (
    Evaluation,
    Example,
    Judgement,
    Measured,
    Pair,
    Prediction,
    ProofAttempt,
    Proposal,
    SampledProgram,
    Vote,
)
from seqplay.runtime.job import Job

with Job(snakemake) as job:
    played = PlayedEvaluation(
        sampled=job.read("programs", SampledProgram),
        proposals=job.read("proposals", Proposal),
        judgements=job.read("verdicts", Judgement),
        attempts=job.read("proofs", ProofAttempt),
        pairs=job.read("pairs", Pair),
        votes=job.read("votes", Vote),
        predictions=job.read("predictions", Prediction),
        proving=job.read("proving", ProofAttempt),
        needs_proof=snakemake.params.needs_proof,
    )
    evaluate(
        played,
        job.output("evaluation"),
        job.output("measures"),
        experiment=job.config.experiment,
        iteration=job.iteration,
        beside=Beside(
            base=job.read("base", Measured),
            previous=job.read("previous", Measured),
            base_evaluation=job.read("base_evaluation", Evaluation),
            asked=job.read_history("asked", Example),
        ),
        guards=job.config.guards,
        bootstrap=Bootstrap(job.config.evaluation.bootstrap, job.config.seed),
    )
