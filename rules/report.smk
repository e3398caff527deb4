# Report: the counts of each iteration, and the page that a person reads.


rule summarise:
    input:
        programs=f"{R}/iter_{{iteration}}/programs.jsonl",
        proposals=lambda wildcards: played(wildcards, attempts("proposals")),
        verdicts=lambda wildcards: played(wildcards, attempts("verdicts")),
        asked=lambda wildcards: played(wildcards, proof_proposals),
        proofs=lambda wildcards: played(wildcards, proofs),
        ballots=lambda wildcards: played(wildcards, shards("vote", f"{R}/{{play}}/ballots/shard_{{shard}}.jsonl")),
        votes=f"{R}/iter_{{iteration}}/votes.jsonl",
        iteration_data=rules.curriculum.output.iteration_data,
        outcomes=rules.curriculum.output.outcomes,
        alice=rules.curriculum.output.alice_training_data,
        bob=rules.curriculum.output.bob_training_data,
        adapters=expand(
            f"{R}/iter_{{iteration}}/{{agent}}_adapters",
            agent=["alice", "bob"],
            allow_missing=True,
        ),
    output:
        summary=f"{R}/iter_{{iteration}}/seq_summary.jsonl",
        timing=f"{R}/iter_{{iteration}}/timing.jsonl",
    log:
        f"{R}/logs/iter_{{iteration}}/summarise.log",
    benchmark:
        f"{R}/benchmarks/iter_{{iteration}}/summarise.tsv"
    resources:
        **asks("light"),
    params:
        settings=settings("engine.kind", "model.name", "proof.evidence"),
        benchmarks=f"{R}/benchmarks/iter_{{iteration}}",
        proofs=lambda wildcards: PROOFS[wildcards.experiment],
    message:
        "{wildcards.experiment}: sum up iteration {wildcards.iteration}"
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
    resources:
        **asks("light"),
    message:
        "{wildcards.experiment}: write the summary"
    script:
        "../workflow/scripts/summary_page.py"
