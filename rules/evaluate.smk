# Evaluation: Bob's accuracy and Alice's accepted share on held-out programs, for the base (0) and after each iteration.


rule heldout_pairs:
    input:
        heldout=rules.prepare_programs.output.heldout,
    output:
        f"{R}/heldout_pairs.jsonl",
    log:
        f"{R}/logs/heldout_pairs.log",
    benchmark:
        f"{R}/benchmarks/heldout_pairs.tsv"
    conda:
        "../envs/haskell.yaml"
    threads: cpus("haskell")
    resources:
        **resources_for("haskell"),
    params:
        settings=settings("evaluation.pairs", "haskell", "seed"),
    message:
        "{wildcards.experiment}: make the held-out pairs on which Bob is measured"
    script:
        "../workflow/scripts/heldout_pairs.py"


rule evaluate:
    input:
        programs=f"{R}/{{play}}/programs.jsonl",
        proposals=attempts("proposals"),
        verdicts=attempts("verdicts"),
        proofs=proofs,
        pairs=rules.heldout_pairs.output,
        votes=f"{R}/{{play}}/votes.jsonl",
    output:
        f"{R}/{{play}}/evaluation.jsonl",
    log:
        f"{R}/logs/{{play}}/evaluate.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/evaluate.tsv"
    conda:
        "../envs/haskell.yaml"
    resources:
        **resources_for("light"),
    params:
        needs_proof=lambda wildcards: PROOFS[wildcards.experiment],
    message:
        "{wildcards.experiment}: what {wildcards.play} says of learning"
    script:
        "../workflow/scripts/evaluate.py"
