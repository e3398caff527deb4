# Measured: the files that an evaluation is measured on, beside those of every play.

from seqplay.game.heldout_theorems import proving_is_measured


@keep_signature
def proving(wildcards):
    """Alice's proofs of the held-out theorems; none without Liquid Haskell, or without a model."""
    asked = proving_is_measured(experiment_of(wildcards), proofs=PROOFS[wildcards.experiment])
    return f"{R}/{{play}}/heldout_proofs.jsonl" if asked else []


@keep_signature
def base_measures(wildcards):
    """What the base's evaluation has measured, item by item; none for the base itself."""
    return f"{R}/eval_0/measures.jsonl" if number(wildcards.play) else []


@keep_signature
def previous_measures(wildcards):
    """What the evaluation before has measured, item by item."""
    last = number(wildcards.play)
    return f"{R}/eval_{last - 1}/measures.jsonl" if last else []


@keep_signature
def base_evaluation(wildcards):
    """What the base's evaluation says, beside which the guards look at a later one; none for the base itself."""
    return f"{R}/eval_0/evaluation.jsonl" if number(wildcards.play) else []
