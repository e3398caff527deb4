# The dataset pipeline: Haskell programs from Python instructions, in tiers. `snakemake dataset`; nothing of the game.

D = f"{R}/dataset"


rule dataset_instructions:
    input:
        lambda wildcards: experiment_of(wildcards).dataset.instructions.files,
    output:
        kept=f"{D}/instructions.jsonl",
        dropped=f"{D}/dropped.jsonl",
    log:
        f"{R}/logs/dataset/instructions.log",
    benchmark:
        f"{R}/benchmarks/dataset/instructions.tsv"
    conda:
        "../envs/haskell.yaml"
    resources:
        **resources_for("light"),
    params:
        settings=settings("dataset.instructions"),
    message:
        "{wildcards.experiment}: read, filter and deduplicate the instructions"
    script:
        "../workflow/scripts/dataset_instructions.py"


rule dataset_generate:
    input:
        instructions=rules.dataset_instructions.output.kept,
        prompts=prompt_files("haskell_from_python"),
    output:
        f"{D}/completions/shard_{{shard}}.jsonl",
    log:
        f"{R}/logs/dataset/generate/shard_{{shard}}.log",
    benchmark:
        f"{R}/benchmarks/dataset/generate/shard_{{shard}}.tsv"
    conda:
        "../envs/vllm.yaml"
    threads: cpus("engine")
    resources:
        **resources_for("engine"),
    params:
        settings=settings("dataset.samples", "dataset.few_shot", "dataset.sampling", "engine", "model", "seed"),
    message:
        "{wildcards.experiment}: translate into Haskell, shard {wildcards.shard}"
    script:
        "../workflow/scripts/dataset_generate.py"


rule dataset_extract:
    input:
        completions=lambda wildcards: [
            f"{D}/completions/shard_{n}.jsonl" for n in range(experiment_of(wildcards).dataset.shards.generate)
        ],
    output:
        f"{D}/candidates.jsonl",
    log:
        f"{R}/logs/dataset/extract.log",
    benchmark:
        f"{R}/benchmarks/dataset/extract.tsv"
    conda:
        "../envs/haskell.yaml"
    resources:
        **resources_for("light"),
    params:
        settings=settings(
            "dataset.instructions.decontaminate",
            "dataset.instructions.near_duplicate",
            "model.reasoning_start",
            "model.reasoning_end",
        ),
    message:
        "{wildcards.experiment}: read the programs out of the completions"
    script:
        "../workflow/scripts/dataset_extract.py"


rule dataset_check:
    input:
        instructions=rules.dataset_instructions.output.kept,
        candidates=rules.dataset_extract.output[0],
    output:
        f"{D}/checked/shard_{{shard}}.jsonl",
    log:
        f"{R}/logs/dataset/check/shard_{{shard}}.log",
    benchmark:
        f"{R}/benchmarks/dataset/check/shard_{{shard}}.tsv"
    conda:
        "../envs/haskell.yaml"
    threads: cpus("haskell")
    resources:
        **resources_for("haskell"),
    params:
        settings=settings("dataset.inputs", "haskell", "seed"),
    message:
        "{wildcards.experiment}: typecheck and run the programs, shard {wildcards.shard}"
    script:
        "../workflow/scripts/dataset_check.py"


rule dataset_agree:
    input:
        instructions=rules.dataset_instructions.output.kept,
        candidates=rules.dataset_extract.output[0],
        checked=f"{D}/checked/shard_{{shard}}.jsonl",
    output:
        f"{D}/agreement/shard_{{shard}}.jsonl",
    log:
        f"{R}/logs/dataset/agree/shard_{{shard}}.log",
    benchmark:
        f"{R}/benchmarks/dataset/agree/shard_{{shard}}.tsv"
    conda:
        "../envs/haskell.yaml"
    threads: cpus("haskell")
    resources:
        **resources_for("haskell"),
    params:
        settings=settings("dataset.semantic", "dataset.python", "haskell.jail"),
    message:
        "{wildcards.experiment}: run the Python solutions on the same inputs, shard {wildcards.shard}"
    script:
        "../workflow/scripts/dataset_agree.py"


rule dataset_build:
    input:
        instructions=rules.dataset_instructions.output.kept,
        dropped=rules.dataset_instructions.output.dropped,
        candidates=rules.dataset_extract.output[0],
        checked=lambda wildcards: [
            f"{D}/checked/shard_{n}.jsonl" for n in range(experiment_of(wildcards).dataset.shards.check)
        ],
        agreement=lambda wildcards: [
            f"{D}/agreement/shard_{n}.jsonl" for n in range(experiment_of(wildcards).dataset.shards.check)
        ],
    output:
        directory(f"{D}/published"),
    log:
        f"{R}/logs/dataset/build.log",
    benchmark:
        f"{R}/benchmarks/dataset/build.tsv"
    conda:
        "../envs/haskell.yaml"
    resources:
        **resources_for("light"),
    params:
        settings=settings("dataset.instructions", "dataset.samples", "dataset.split", "engine.kind", "model", "seed"),
    message:
        "{wildcards.experiment}: the dataset, its splits and its card"
    script:
        "../workflow/scripts/dataset_build.py"


rule dataset:
    input:
        [f"{RESULTS}/{name}/dataset/published" for name in EXPERIMENTS],
