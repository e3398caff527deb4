# Evaluation: Bob, and Alice's proposals, proofs and predictions, on what is held out; the base (0), and each iteration.


rule heldout_pairs:
    input:
        heldout=rules.prepare_programs.output.heldout,
    output:
        pairs=f"{R}/heldout_pairs.jsonl",
        proofs=f"{R}/heldout_proofs.jsonl",
    log:
        f"{R}/logs/heldout_pairs.log",
    benchmark:
        f"{R}/benchmarks/heldout_pairs.tsv"
    priority: 3
    conda:
        "../envs/haskell.yaml"
    threads: cpus("haskell")
    resources:
        **resources_for("haskell"),
    params:
        settings=settings(
            "evaluation.pairs",
            "evaluation.levels",
            "haskell",
            "proof.evidence",
            "proof.tactic_seconds",
            "proof.discovery_steps",
            "proof.smt_seconds",
        ),
        needs_proof=lambda wildcards: PROOFS[wildcards.experiment],
    message:
        "{wildcards.experiment}: make the held-out pairs on which Bob is measured"
    script:
        "../workflow/scripts/heldout_pairs.py"


rule propose_heldout_proofs:
    input:
        pairs=rules.heldout_pairs.output.pairs,
        proofs=rules.heldout_pairs.output.proofs,
        adapter=files.adapter("alice"),
        prompts=prompt_files("prove"),
    output:
        f"{R}/{{play}}/heldout_proof_proposals.jsonl",
    log:
        f"{R}/logs/{{play}}/propose_heldout_proofs.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/propose_heldout_proofs.tsv"
    priority: urgency
    conda:
        "../envs/vllm.yaml"
    threads: cpus("engine")
    resources:
        **resources_for("engine"),
    params:
        settings=settings("proof", "engine", "model", "seed"),
    message:
        "{wildcards.experiment}: Alice proves the held-out theorems, {wildcards.play}"
    script:
        "../workflow/scripts/propose_heldout_proofs.py"


rule verify_heldout_proofs:
    input:
        pairs=rules.heldout_pairs.output.pairs,
        proofs=rules.heldout_pairs.output.proofs,
        asked=rules.propose_heldout_proofs.output,
    output:
        f"{R}/{{play}}/heldout_proofs.jsonl",
    log:
        f"{R}/logs/{{play}}/verify_heldout_proofs.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/verify_heldout_proofs.tsv"
    priority: urgency
    conda:
        "../envs/haskell.yaml"
    threads: cpus("haskell")
    resources:
        **resources_for("haskell"),
    params:
        settings=settings("haskell", "proof.tactic_seconds", "proof.discovery_steps", "proof.smt_seconds", "seed"),
    message:
        "{wildcards.experiment}: check the proofs of the held-out theorems, {wildcards.play}"
    script:
        "../workflow/scripts/verify_heldout_proofs.py"


rule evaluate:
    input:
        programs=f"{R}/{{play}}/programs.jsonl",
        proposals=files.attempts("proposals"),
        verdicts=files.attempts("verdicts"),
        proofs=files.proofs,
        pairs=rules.heldout_pairs.output.pairs,
        votes=f"{R}/{{play}}/votes.jsonl",
        predictions=files.predictions,
        proving=files.heldout_proofs,
        base=files.of_base("measures.jsonl"),
        previous=files.of_evaluation_before("measures.jsonl"),
        base_evaluation=files.of_base("evaluation.jsonl"),
        asked=files.of_iteration("iteration_data.jsonl"),
    output:
        evaluation=f"{R}/{{play}}/evaluation.jsonl",
        measures=f"{R}/{{play}}/measures.jsonl",
    log:
        f"{R}/logs/{{play}}/evaluate.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/evaluate.tsv"
    wildcard_constraints:
        play=r"eval_\d+",
    priority: urgency
    conda:
        "../envs/haskell.yaml"
    resources:
        **resources_for("light"),
    params:
        settings=settings("evaluation.bootstrap", "guards", "seed"),
        needs_proof=lambda wildcards: PROOFS[wildcards.experiment],
    message:
        "{wildcards.experiment}: what {wildcards.play} says of learning"
    script:
        "../workflow/scripts/evaluate.py"
