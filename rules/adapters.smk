# Adapters: LoRA for Alice and for Bob, on what was kept; carried over where there is nothing new.


rule train:
    input:
        data=f"{R}/iter_{{iteration}}/{{agent}}_training_data.jsonl",
        guard=f"{R}/iter_{{iteration}}/guards.jsonl",
        previous=files.adapter_before(1),
        rollback=files.adapter_before(2),
        initial=lambda wildcards: getattr(experiment_of(wildcards).train.initial_data, wildcards.agent) or [],
    output:
        directory(f"{R}/iter_{{iteration}}/{{agent}}_adapters"),
    log:
        f"{R}/logs/iter_{{iteration}}/train_{{agent}}.log",
    benchmark:
        f"{R}/benchmarks/iter_{{iteration}}/train_{{agent}}.tsv"
    # With Alice the next iteration begins; Bob trains while her proposals are validated.
    priority: lambda wildcards: 3 if wildcards.agent == "alice" else 2
    conda:
        "../envs/train.yaml"
    threads: cpus("train")
    resources:
        **resources_for("train"),
    params:
        settings=settings(
            "train",
            "lora",
            "model",
            "seed",
            "engine.kind",
            "iterations",
            "curriculum.balance",
            "alice.few_shot",
            "alice.predict.few_shot",
            "proof.few_shot",
            "bob.few_shot",
        ),
    message:
        "{wildcards.experiment}: train {wildcards.agent} after iteration {wildcards.iteration}"
    script:
        "../workflow/scripts/train.py"
