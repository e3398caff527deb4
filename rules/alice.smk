# Alice: a program Q for each P, a proof of what the tactics did not prove, and how hard each pair is for Bob.


rule rewrite:
    input:
        programs=f"{R}/{{play}}/programs.jsonl",
        # Of all iterations it could be made at once, and then the first would wait for cores.
        after=ancient(files.iteration_before("pairs.jsonl")),
    output:
        f"{R}/{{play}}/rewrites.jsonl",
    log:
        f"{R}/logs/{{play}}/rewrite.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/rewrite.tsv"
    priority: urgency
    conda:
        "../envs/haskell.yaml"
    threads: cpus("haskell")
    resources:
        **resources_for("haskell"),
    params:
        settings=settings("alice.samples", "alice.retries", "seed"),
    message:
        "{wildcards.experiment}: rewrite the programs that Alice proposes for without a model, {wildcards.play}"
    script:
        "../workflow/scripts/rewrite.py"


rule propose:
    input:
        programs=f"{R}/{{play}}/programs.jsonl",
        rewrites=files.rewrites,
        proposals=files.earlier_attempts("proposals"),
        verdicts=files.earlier_attempts("verdicts"),
        adapter=files.adapter("alice"),
        prompts=prompt_files("propose_seq", "propose_sinq"),
    output:
        f"{R}/{{play}}/proposals/attempt_{{attempt}}.shard_{{shard}}.jsonl",
    log:
        f"{R}/logs/{{play}}/propose/attempt_{{attempt}}.shard_{{shard}}.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/propose/attempt_{{attempt}}.shard_{{shard}}.tsv"
    priority: urgency
    conda:
        "../envs/vllm.yaml"
    threads: cpus("engine")
    resources:
        **resources_for("engine"),
    params:
        settings=settings(
            "alice.samples",
            "alice.retries",
            "alice.few_shot",
            "alice.sampling",
            "engine",
            "model",
            "seed",
            evaluation=("evaluation.greedy",),
        ),
    message:
        "{wildcards.experiment}: Alice proposes, {wildcards.play}, attempt {wildcards.attempt}, shard {wildcards.shard}"
    script:
        "../workflow/scripts/propose.py"


rule propose_proofs:
    input:
        programs=f"{R}/{{play}}/programs.jsonl",
        proposals=files.attempts("proposals"),
        verdicts=files.attempts("verdicts"),
        proofs=files.earlier_proofs,
        adapter=files.adapter("alice"),
        prompts=prompt_files("prove", "repair"),
    output:
        f"{R}/{{play}}/proof_proposals/round_{{round}}.jsonl",
    log:
        f"{R}/logs/{{play}}/propose_proofs/round_{{round}}.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/propose_proofs/round_{{round}}.tsv"
    priority: urgency
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


rule predict_difficulty:
    input:
        pairs=files.labelled_pairs,
        adapter=files.adapter("alice"),
        prompts=prompt_files("predict_difficulty"),
    output:
        f"{R}/{{play}}/predictions.jsonl",
    log:
        f"{R}/logs/{{play}}/predict_difficulty.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/predict_difficulty.tsv"
    priority: urgency
    conda:
        "../envs/vllm.yaml"
    threads: cpus("engine")
    resources:
        **resources_for("engine"),
    params:
        settings=settings("alice.predict", "engine", "model", "seed"),
    message:
        "{wildcards.experiment}: Alice predicts difficulty, {wildcards.play}"
    script:
        "../workflow/scripts/predict_difficulty.py"
