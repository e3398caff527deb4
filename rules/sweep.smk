# Sweeps: what several experiments have in common is computed once, and a table compares them. Nothing for a single one.

import sys

from snakemake.io import strip_wildcard_constraints

from seqplay.config.sweep import differences
from seqplay.runtime.sharing import shares, table

SECTIONS = {rule.name: rule.params.settings.sections for rule in workflow.rules if "settings" in rule.params.keys()}
SHARES = shares(EXPERIMENTS, lambda name, keys: stage_settings(EXPERIMENTS[name], *keys), SECTIONS)
DIFFERENCES = differences({name: found.model_dump(mode="json", by_alias=True) for name, found in EXPERIMENTS.items()})
SWEEP = f"{RESULTS}/{config['experiment']}"
COMPARISON = [f"{SWEEP}.comparison.md", f"{SWEEP}.report.html"] if len(EXPERIMENTS) > 1 else []

if COMPARISON and workflow.is_main_process:
    print(table(DIFFERENCES, SHARES), file=sys.stderr)


for place, share in enumerate(SHARES):
    origin = [(strip_wildcard_constraints(str(f)), f.is_directory) for f in workflow.get_rule(share.rule).output]

    rule:
        name:
            share.name(place)
        input:
            [share.file(pattern, share.owner) for pattern, _ in origin],
        output:
            [
                directory(share.file(pattern, share.experiment)) if whole else share.file(pattern, share.experiment)
                for pattern, whole in origin
            ],
        log:
            share.log(f"{RESULTS}/{share.experiment}/logs/share", place, origin[0][0]),
        wildcard_constraints:
            play="|".join(share.plays),
            iteration="|".join(play.partition("_")[2] for play in share.plays),
            part=r"(attempt|round)_\d+",
        resources:
            mem_mb=500,
            runtime=10,
        message:
            f"{share.experiment}: {share.stage} is {share.owner}'s"
        shell:
            "from=({input:q}) to=({output:q}); "
            'for i in "${{!from[@]}}"; do cp -r "${{from[i]}}" "${{to[i]}}"; done 2> {log:q}'

    workflow.ruleorder(share.name(place), share.rule)
    workflow.localrules(share.name(place))


rule comparison:
    input:
        summaries=[
            f"{RESULTS}/{name}/iter_{i}/seq_summary.jsonl"
            for name, found in EXPERIMENTS.items()
            for i in range(1, found.iterations + 1)
        ],
        evaluations=[f"{RESULTS}/{name}/evaluation.jsonl" for name in EXPERIMENTS],
        suites=SUITE_RESULTS,
        measures=[
            f"{RESULTS}/{name}/eval_{found.iterations}/measures.jsonl"
            for name, found in EXPERIMENTS.items()
            if found.evaluation.enabled
        ],
    output:
        report(f"{SWEEP}.comparison.md", caption="../report/comparison.rst", category="Sweep", labels={"file": "table"}),
    log:
        f"{SWEEP}.comparison.log",
    benchmark:
        f"{SWEEP}.comparison.tsv"
    conda:
        "../envs/haskell.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        differences=DIFFERENCES,
    message:
        "compare the experiments"
    script:
        "../workflow/scripts/comparison.py"


rule sweep_report:
    input:
        [f"{RESULTS}/{name}/report.html" for name in EXPERIMENTS],
    output:
        report(
            f"{SWEEP}.report.html", caption="../report/sweep_report.rst", category="Sweep", labels={"file": "report"}
        ),
    log:
        f"{SWEEP}.report.log",
    benchmark:
        f"{SWEEP}.report.tsv"
    conda:
        "../envs/haskell.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        differences=DIFFERENCES,
    message:
        "write the report of the sweep"
    script:
        "../workflow/scripts/sweep_report.py"
