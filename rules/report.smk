# Report: the counts of each iteration, and the page that a person reads.


rule summarise:
    input:
        programs=f"{R}/{{play}}/programs.jsonl",
        proposals=attempts("proposals"),
        verdicts=attempts("verdicts"),
        asked=proof_proposals,
        proofs=proofs,
        ballots=ballots,
        votes=f"{R}/{{play}}/votes.jsonl",
        iteration_data=rules.curriculum.output.iteration_data,
        outcomes=rules.curriculum.output.outcomes,
        alice=rules.curriculum.output.alice_training_data,
        bob=rules.curriculum.output.bob_training_data,
        adapters=expand(
            f"{R}/{{play}}/{{agent}}_adapters",
            agent=["alice", "bob"],
            allow_missing=True,
        ),
    output:
        summary=f"{R}/{{play}}/seq_summary.jsonl",
        timing=f"{R}/{{play}}/timing.jsonl",
    log:
        f"{R}/logs/{{play}}/summarise.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/summarise.tsv"
    wildcard_constraints:
        play=r"iter_\d+",
    conda:
        "../envs/haskell.yaml"
    resources:
        **asks("light"),
    params:
        settings=settings("engine.kind", "model.name", "proof.evidence"),
        benchmarks=f"{R}/benchmarks/{{play}}",
        proofs=lambda wildcards: PROOFS[wildcards.experiment],
    message:
        "{wildcards.experiment}: sum up {wildcards.play}"
    script:
        "../workflow/scripts/summarise.py"


rule summary_page:
    input:
        summaries=lambda wildcards: expand(
            f"{R}/iter_{{iteration}}/seq_summary.jsonl",
            iteration=range(1, one(wildcards).iterations + 1),
            allow_missing=True,
        ),
        evaluations=lambda wildcards: expand(
            f"{R}/eval_{{iteration}}/evaluation.jsonl",
            iteration=(range(one(wildcards).iterations + 1) if one(wildcards).evaluation.enabled else []),
            allow_missing=True,
        ),
    output:
        page=f"{R}/summary.md",
        evaluation=f"{R}/evaluation.jsonl",
    log:
        f"{R}/logs/summary_page.log",
    benchmark:
        f"{R}/benchmarks/summary_page.tsv"
    conda:
        "../envs/haskell.yaml"
    resources:
        **asks("light"),
    message:
        "{wildcards.experiment}: write the summary"
    script:
        "../workflow/scripts/summary_page.py"
