# Alice: a program Q for each P, and in later rounds a proof of what the tactics did not prove.


rule propose:
    input:
        programs=f"{R}/{{play}}/programs.jsonl",
        proposals=attempts("proposals", last="before"),
        verdicts=attempts("verdicts", last="before"),
        adapter=adapter("alice"),
        prompts=prompt_files("propose_seq", "propose_sinq"),
    output:
        f"{R}/{{play}}/proposals/attempt_{{attempt}}.shard_{{shard}}.jsonl",
    log:
        f"{R}/logs/{{play}}/propose/attempt_{{attempt}}.shard_{{shard}}.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/propose/attempt_{{attempt}}.shard_{{shard}}.tsv"
    conda:
        "../envs/vllm.yaml"
    threads: cpus("engine")
    resources:
        **resources_for("engine"),
    params:
        settings=settings("alice", "engine", "model", "seed"),
    message:
        "{wildcards.experiment}: Alice proposes, {wildcards.play}, attempt {wildcards.attempt}, shard {wildcards.shard}"
    script:
        "../workflow/scripts/propose.py"


rule propose_proofs:
    input:
        programs=f"{R}/{{play}}/programs.jsonl",
        proposals=attempts("proposals"),
        verdicts=attempts("verdicts"),
        proofs=lambda wildcards: proofs(wildcards, int(wildcards.round)),
        adapter=adapter("alice"),
        prompts=prompt_files("prove", "repair"),
    output:
        f"{R}/{{play}}/proof_proposals/round_{{round}}.jsonl",
    log:
        f"{R}/logs/{{play}}/propose_proofs/round_{{round}}.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/propose_proofs/round_{{round}}.tsv"
    conda:
        "../envs/vllm.yaml"
    threads: cpus("engine")
    resources:
        **resources_for("engine"),
    params:
        settings=settings("proof", "engine", "model", "seed"),
    message:
        "{wildcards.experiment}: Alice proves, {wildcards.play}, round {wildcards.round}"
    script:
        "../workflow/scripts/propose_proofs.py"
