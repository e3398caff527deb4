# Programs: read, check and split them once; draw each iteration's sample.


rule prepare_programs:
    input:
        source=files.program_source,
    output:
        train=f"{R}/programs/train.jsonl",
        heldout=f"{R}/programs/heldout.jsonl",
        skipped=f"{R}/programs/skipped.jsonl",
    log:
        f"{R}/logs/prepare_programs.log",
    benchmark:
        f"{R}/benchmarks/prepare_programs.tsv"
    conda:
        "../envs/haskell.yaml"
    threads: cpus("haskell")
    resources:
        **resources_for("haskell"),
    params:
        settings=settings(
            "programs.source",
            "programs.split",
            "programs.revision",
            "programs.code_column",
            "programs.entry_column",
            "programs.max_characters",
            "programs.heldout",
            "evaluation.near_duplicate",
            "haskell",
        ),
    message:
        "{wildcards.experiment}: read, check and split the programs"
    script:
        "../workflow/scripts/prepare_programs.py"


rule sample_programs:
    input:
        train=rules.prepare_programs.output.train,
        heldout=rules.prepare_programs.output.heldout,
        earlier=files.promoted_from,
    output:
        f"{R}/iter_{{iteration}}/programs.jsonl",
    log:
        f"{R}/logs/iter_{{iteration}}/sample_programs.log",
    benchmark:
        f"{R}/benchmarks/iter_{{iteration}}/sample_programs.tsv"
    priority: 3
    conda:
        "../envs/haskell.yaml"
    resources:
        **resources_for("light"),
    params:
        settings=settings(
            "programs.per_iteration",
            "programs.promoted_share",
            "programs.max_characters",
            "alice.proposers",
            "alice.seq_share",
            "evaluation.near_duplicate",
            "seed",
        ),
    message:
        "{wildcards.experiment}: draw the programs of iteration {wildcards.iteration}"
    script:
        "../workflow/scripts/sample_programs.py"


rule evaluation_programs:
    input:
        heldout=rules.prepare_programs.output.heldout,
    output:
        f"{R}/eval_{{iteration}}/programs.jsonl",
    log:
        f"{R}/logs/eval_{{iteration}}/evaluation_programs.log",
    benchmark:
        f"{R}/benchmarks/eval_{{iteration}}/evaluation_programs.tsv"
    priority: 1
    conda:
        "../envs/haskell.yaml"
    resources:
        **resources_for("light"),
    params:
        settings=settings("alice.proposers", "alice.seq_share"),
    message:
        "{wildcards.experiment}: the held-out programs for the evaluation after iteration {wildcards.iteration}"
    script:
        "../workflow/scripts/evaluation_programs.py"
