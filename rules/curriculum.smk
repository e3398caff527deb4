# Curriculum: whether the players collapse; difficulty from votes; what both are trained on.


rule guard:
    input:
        proposals=files.attempts("proposals"),
        verdicts=files.attempts("verdicts"),
        votes=f"{R}/{{play}}/votes.jsonl",
        earlier=files.before("guards.jsonl"),
    output:
        f"{R}/{{play}}/guards.jsonl",
    log:
        f"{R}/logs/{{play}}/guard.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/guard.tsv"
    wildcard_constraints:
        play=r"iter_\d+",
    priority: urgency
    conda:
        "../envs/haskell.yaml"
    resources:
        **resources_for("light"),
    params:
        settings=settings("guards", "engine.kind"),
    message:
        "{wildcards.experiment}: see whether the players of {wildcards.play} collapse"
    script:
        "../workflow/scripts/guard.py"


rule curriculum:
    input:
        programs=f"{R}/{{play}}/programs.jsonl",
        proposals=files.attempts("proposals"),
        verdicts=files.attempts("verdicts"),
        proofs=files.proofs,
        pairs=f"{R}/{{play}}/pairs.jsonl",
        asked=files.asked_pairs,
        predictions=files.predictions,
        ballots=files.ballots,
        earlier_ballots=files.earlier_ballots,
        votes=f"{R}/{{play}}/votes.jsonl",
        guard=rules.guard.output,
        earlier=files.before("iteration_data.jsonl"),
        heldout=rules.prepare_programs.output.heldout,
        heldout_pairs=files.heldout_pairs,
        prompts=prompt_files("propose_seq", "propose_sinq", "prove", "predict_difficulty", "judge", "find_input"),
    output:
        iteration_data=f"{R}/{{play}}/iteration_data.jsonl",
        alice_training_data=f"{R}/{{play}}/alice_training_data.jsonl",
        bob_training_data=f"{R}/{{play}}/bob_training_data.jsonl",
        outcomes=f"{R}/{{play}}/outcomes.jsonl",
        proposal_outcomes=f"{R}/{{play}}/proposal_outcomes.jsonl",
    log:
        f"{R}/logs/{{play}}/curriculum.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/curriculum.tsv"
    wildcard_constraints:
        play=r"iter_\d+",
    priority: urgency
    conda:
        "../envs/haskell.yaml"
    resources:
        **resources_for("light"),
    params:
        settings=settings(
            "curriculum",
            "alice.few_shot",
            "alice.predict.few_shot",
            "proof.few_shot",
            "bob.few_shot",
            "bob.task",
            "train.method",
            "train.grpo",
            "train.sources",
            "train.bob_answers",
            "train.bob_unsolved",
            "model",
            "evaluation.near_duplicate",
            "seed",
        ),
    message:
        "{wildcards.experiment}: choose what is trained on after {wildcards.play}"
    script:
        "../workflow/scripts/curriculum.py"
