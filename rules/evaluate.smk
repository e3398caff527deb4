# Evaluation: Bob, and Alice's proposals, proofs and predictions, on what is held out; the base (0), and each iteration.

from seqplay.theorems import proving_is_measured


rule heldout_pairs:
    input:
        heldout=rules.prepare_programs.output.heldout,
    output:
        pairs=f"{R}/heldout_pairs.jsonl",
        proofs=f"{R}/heldout_proofs.jsonl",
    log:
        f"{R}/logs/heldout_pairs.log",
    benchmark:
        f"{R}/benchmarks/heldout_pairs.tsv"
    conda:
        "../envs/haskell.yaml"
    threads: cpus("haskell")
    resources:
        **asks("haskell"),
    params:
        settings=settings(
            "evaluation.pairs",
            "evaluation.levels",
            "haskell",
            "proof.evidence",
            "proof.tactic_seconds",
            "proof.smt_seconds",
            "seed",
        ),
        needs_proof=lambda wildcards: PROOFS[wildcards.experiment],
    message:
        "{wildcards.experiment}: make the held-out pairs on which Bob is measured"
    script:
        "../workflow/scripts/heldout_pairs.py"


rule propose_heldout_proofs:
    input:
        pairs=rules.heldout_pairs.output.pairs,
        proofs=rules.heldout_pairs.output.proofs,
        adapter=adapter("alice"),
        prompts=prompt_files("prove"),
    output:
        f"{R}/{{play}}/heldout_proof_proposals.jsonl",
    log:
        f"{R}/logs/{{play}}/propose_heldout_proofs.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/propose_heldout_proofs.tsv"
    conda:
        "../envs/vllm.yaml"
    threads: cpus("engine")
    resources:
        **asks("engine"),
    params:
        settings=settings("proof", "engine", "model", "seed"),
    message:
        "{wildcards.experiment}: Alice proves the held-out theorems, {wildcards.play}"
    script:
        "../workflow/scripts/propose_heldout_proofs.py"


rule verify_heldout_proofs:
    input:
        pairs=rules.heldout_pairs.output.pairs,
        proofs=rules.heldout_pairs.output.proofs,
        asked=rules.propose_heldout_proofs.output,
    output:
        f"{R}/{{play}}/heldout_proofs.jsonl",
    log:
        f"{R}/logs/{{play}}/verify_heldout_proofs.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/verify_heldout_proofs.tsv"
    conda:
        "../envs/haskell.yaml"
    threads: cpus("haskell")
    resources:
        **asks("haskell"),
    params:
        settings=settings("haskell", "proof.tactic_seconds", "proof.smt_seconds", "seed"),
    message:
        "{wildcards.experiment}: check the proofs of the held-out theorems, {wildcards.play}"
    script:
        "../workflow/scripts/verify_heldout_proofs.py"


@quick
def proving(wildcards):
    """Alice's proofs of the held-out theorems; none without Liquid Haskell, or without a model."""
    asked = proving_is_measured(one(wildcards), proofs=PROOFS[wildcards.experiment])
    return f"{R}/{{play}}/heldout_proofs.jsonl" if asked else []


@quick
def predictions(wildcards):
    """Alice's predictions of how hard the held-out pairs are; none where she is not asked."""
    return f"{R}/{{play}}/predictions.jsonl" if one(wildcards).alice.predict.samples else []


@quick
def base_measures(wildcards):
    """What the base's evaluation has measured, item by item; none for the base itself."""
    return f"{R}/eval_0/measures.jsonl" if number(wildcards.play) else []


@quick
def previous_measures(wildcards):
    """What the evaluation before has measured, item by item."""
    last = number(wildcards.play)
    return f"{R}/eval_{last - 1}/measures.jsonl" if last else []


rule evaluate:
    input:
        programs=f"{R}/{{play}}/programs.jsonl",
        proposals=attempts("proposals"),
        verdicts=attempts("verdicts"),
        proofs=proofs,
        pairs=rules.heldout_pairs.output.pairs,
        votes=f"{R}/{{play}}/votes.jsonl",
        predictions=predictions,
        proving=proving,
        base=base_measures,
        previous=previous_measures,
    output:
        evaluation=f"{R}/{{play}}/evaluation.jsonl",
        measures=f"{R}/{{play}}/measures.jsonl",
    log:
        f"{R}/logs/{{play}}/evaluate.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/evaluate.tsv"
    wildcard_constraints:
        play=r"eval_\d+",
    conda:
        "../envs/haskell.yaml"
    resources:
        **asks("light"),
    params:
        settings=settings("evaluation.bootstrap", "seed"),
        needs_proof=lambda wildcards: PROOFS[wildcards.experiment],
    message:
        "{wildcards.experiment}: what {wildcards.play} says of learning"
    script:
        "../workflow/scripts/evaluate.py"
