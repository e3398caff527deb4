# Validation: run the programs in a jail, check the proofs, collect the accepted pairs.


rule validate:
    input:
        programs=f"{R}/{{play}}/programs.jsonl",
        proposals=files.proposals_to_validate,
    output:
        f"{R}/{{play}}/verdicts/attempt_{{attempt}}.shard_{{shard}}.jsonl",
    log:
        f"{R}/logs/{{play}}/validate/attempt_{{attempt}}.shard_{{shard}}.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/validate/attempt_{{attempt}}.shard_{{shard}}.tsv"
    priority: urgency
    conda:
        "../envs/haskell.yaml"
    threads: cpus("haskell")
    resources:
        **resources_for("haskell"),
    params:
        settings=settings("haskell", "seed"),
        needs_proof=lambda wildcards: PROOFS[wildcards.experiment],
    message:
        "{wildcards.experiment}: validate, {wildcards.play}, attempt {wildcards.attempt}, shard {wildcards.shard}"
    script:
        "../workflow/scripts/validate.py"


rule verify_proofs:
    input:
        programs=f"{R}/{{play}}/programs.jsonl",
        proposals=files.attempts_to_prove("proposals"),
        verdicts=files.attempts_to_prove("verdicts"),
        proofs=files.earlier_proofs,
        asked=branch(
            lambda wildcards: int(wildcards.round) > 0,
            then=f"{R}/{{play}}/proof_proposals/round_{{round}}.jsonl",
        ),
        lemmas=files.lemmas_before,
    output:
        f"{R}/{{play}}/proofs/round_{{round}}.shard_{{shard}}.jsonl",
    log:
        f"{R}/logs/{{play}}/verify_proofs/round_{{round}}.shard_{{shard}}.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/verify_proofs/round_{{round}}.shard_{{shard}}.tsv"
    priority: urgency
    conda:
        "../envs/haskell.yaml"
    threads: cpus("haskell")
    resources:
        **resources_for("haskell"),
    params:
        settings=settings(
            "haskell",
            "proof.tactic_seconds",
            "proof.discovery_steps",
            "proof.lemma_store",
            "proof.smt_seconds",
            "seed",
        ),
    message:
        "{wildcards.experiment}: check proofs, {wildcards.play}, round {wildcards.round}, shard {wildcards.shard}"
    script:
        "../workflow/scripts/verify_proofs.py"


rule gather_lemmas:
    input:
        earlier=files.lemmas_before,
        proofs=f"{R}/{{play}}/proofs/round_0.jsonl",
    output:
        f"{R}/{{play}}/lemmas.jsonl",
    log:
        f"{R}/logs/{{play}}/gather_lemmas.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/gather_lemmas.tsv"
    priority: urgency
    conda:
        "../envs/haskell.yaml"
    resources:
        **resources_for("light"),
    message:
        "{wildcards.experiment}: gather the lemmas up to {wildcards.play}"
    script:
        "../workflow/scripts/gather_lemmas.py"


rule collect_pairs:
    input:
        programs=f"{R}/{{play}}/programs.jsonl",
        proposals=files.attempts("proposals"),
        verdicts=files.attempts("verdicts"),
        proofs=files.proofs,
    output:
        f"{R}/{{play}}/pairs.jsonl",
    log:
        f"{R}/logs/{{play}}/collect_pairs.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/collect_pairs.tsv"
    priority: urgency
    conda:
        "../envs/haskell.yaml"
    resources:
        **resources_for("light"),
    params:
        needs_proof=lambda wildcards: PROOFS[wildcards.experiment],
        settings=settings("proof.accept_kernel"),
    message:
        "{wildcards.experiment}: collect the accepted pairs of {wildcards.play}"
    script:
        "../workflow/scripts/collect_pairs.py"
