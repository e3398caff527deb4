# Evaluation suites: the base model, then each player after each iteration, is asked about all suites in one job.


rule ask_suites:
    input:
        suites=lambda wildcards: [suite.path for suite in experiment_of(wildcards).evaluation.suites],
        adapter=lambda wildcards: suite_adapter(R, wildcards.play, wildcards.player),
        prompts=prompt_files(*SUITE_PROMPTS),
    output:
        f"{R}/{{play}}/suites/{{player}}/completions.jsonl",
    log:
        f"{R}/logs/{{play}}/ask_suites/{{player}}.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/ask_suites/{{player}}.tsv"
    priority: urgency
    conda:
        "../envs/vllm.yaml"
    threads: cpus("engine")
    resources:
        **resources_for("engine"),
    params:
        settings=settings("evaluation.suites", "bob.few_shot", "engine", "model", "seed"),
    message:
        "{wildcards.experiment}: {wildcards.player} answers the suites, {wildcards.play}"
    script:
        "../workflow/scripts/ask_suites.py"


rule score_suites:
    input:
        suites=lambda wildcards: [suite.path for suite in experiment_of(wildcards).evaluation.suites],
        completions=rules.ask_suites.output,
    output:
        f"{R}/{{play}}/suites/{{player}}/scores.jsonl",
    log:
        f"{R}/logs/{{play}}/score_suites/{{player}}.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/score_suites/{{player}}.tsv"
    priority: urgency
    conda:
        "../envs/haskell.yaml"
    threads: cpus("haskell")
    resources:
        **resources_for("haskell"),
    params:
        settings=settings("evaluation.suites", "haskell"),
    message:
        "{wildcards.experiment}: score the answers of {wildcards.player}, {wildcards.play}"
    script:
        "../workflow/scripts/score_suites.py"


rule suite_results:
    input:
        scores=lambda wildcards: suite_scores(experiment_of(wildcards), R, wildcards.play),
        base=f"{R}/eval_0/suites/base/scores.jsonl",
        suites=lambda wildcards: [suite.path for suite in experiment_of(wildcards).evaluation.suites],
        train=rules.prepare_programs.output.train,
    output:
        f"{R}/{{play}}/suites.jsonl",
    log:
        f"{R}/logs/{{play}}/suite_results.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/suite_results.tsv"
    priority: urgency
    conda:
        "../envs/haskell.yaml"
    resources:
        **resources_for("light"),
    params:
        settings=settings("evaluation.suites", "evaluation.bootstrap", "evaluation.near_duplicate", "seed"),
    message:
        "{wildcards.experiment}: what {wildcards.play} reaches on the suites"
    script:
        "../workflow/scripts/suite_results.py"


SUITE_RESULTS = [
    f"{RESULTS}/{name}/eval_{number_}/suites.jsonl"
    for name, found in EXPERIMENTS.items()
    for number_ in evaluations_with_suites(found)
]


rule suites:
    input:
        SUITE_RESULTS,
