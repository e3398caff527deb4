# Report: the counts of each iteration, the pages that a person reads.

REPORTS = [page for name, found in EXPERIMENTS.items() for page in layout.report_pages(f"{RESULTS}/{name}", found)]


rule summarise:
    input:
        programs=f"{R}/{{play}}/programs.jsonl",
        proposals=files.attempts("proposals"),
        verdicts=files.attempts("verdicts"),
        asked_proofs=files.proof_proposals,
        proofs=files.proofs,
        pairs=f"{R}/{{play}}/pairs.jsonl",
        asked=files.asked_pairs,
        predictions=files.predictions,
        ballots=files.ballots,
        earlier_ballots=files.earlier_ballots,
        votes=f"{R}/{{play}}/votes.jsonl",
        guard=rules.guard.output,
        iteration_data=rules.curriculum.output.iteration_data,
        outcomes=rules.curriculum.output.outcomes,
        proposal_outcomes=rules.curriculum.output.proposal_outcomes,
        alice=rules.curriculum.output.alice_training_data,
        bob=rules.curriculum.output.bob_training_data,
        adapters=expand(
            f"{R}/{{play}}/{{agent}}_adapters",
            agent=["alice", "bob"],
            allow_missing=True,
        ),
    output:
        summary=report(
            f"{R}/{{play}}/seq_summary.jsonl",
            caption="../report/seq_summary.rst",
            category="{experiment}",
            subcategory="Counts",
            labels={"file": "counts", "play": "{play}"},
        ),
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
        **resources_for("light"),
    params:
        settings=settings("engine.kind", "model.name", "proof.evidence"),
        benchmarks=f"{R}/benchmarks/{{play}}",
        proofs=lambda wildcards: PROOFS[wildcards.experiment],
        tried=lambda wildcards: TRIED[wildcards.experiment],
    message:
        "{wildcards.experiment}: sum up {wildcards.play}"
    script:
        "../workflow/scripts/summarise.py"


rule summary_page:
    input:
        summaries=files.summaries,
        evaluations=files.evaluations,
        suites=files.suite_results,
    output:
        page=report(
            f"{R}/summary.md",
            caption="../report/summary_page.rst",
            category="{experiment}",
            subcategory="Report",
            labels={"file": "summary"},
        ),
        evaluation=report(
            f"{R}/evaluation.jsonl",
            caption="../report/evaluation.rst",
            category="{experiment}",
            subcategory="Learning",
            labels={"file": "evaluation"},
        ),
    log:
        f"{R}/logs/summary_page.log",
    benchmark:
        f"{R}/benchmarks/summary_page.tsv"
    conda:
        "../envs/haskell.yaml"
    resources:
        **resources_for("light"),
    message:
        "{wildcards.experiment}: write the summary"
    script:
        "../workflow/scripts/summary_page.py"


# An output has one rule, so each iteration has a page of its own, of all that was played up to it; the experiment's page
# is written when the last one is. Both read the records beside the summaries, on which these depend.
rule iteration_report:
    input:
        summaries=files.summaries,
        evaluations=files.evaluations,
        suites=files.suite_results,
    output:
        report(
            f"{R}/iter_{{iteration}}/report.html",
            caption="../report/iteration_report.rst",
            category="{experiment}",
            subcategory="Report",
            labels={"file": "report after iteration {iteration}"},
        ),
    log:
        f"{R}/logs/iter_{{iteration}}/iteration_report.log",
    benchmark:
        f"{R}/benchmarks/iter_{{iteration}}/iteration_report.tsv"
    conda:
        "../envs/haskell.yaml"
    resources:
        **resources_for("light"),
    params:
        settings=settings("resources", "iterations"),
    message:
        "{wildcards.experiment}: write the report up to iteration {wildcards.iteration}"
    script:
        "../workflow/scripts/report.py"


rule report:
    input:
        summaries=files.summaries,
        evaluations=files.evaluations,
        suites=files.suite_results,
    output:
        report(
            f"{R}/report.html",
            caption="../report/report.rst",
            category="{experiment}",
            subcategory="Report",
            labels={"file": "report"},
        ),
    log:
        f"{R}/logs/report.log",
    benchmark:
        f"{R}/benchmarks/report.tsv"
    conda:
        "../envs/haskell.yaml"
    resources:
        **resources_for("light"),
    params:
        settings=settings("resources", "iterations"),
    message:
        "{wildcards.experiment}: write the report"
    script:
        "../workflow/scripts/report.py"
