# Curriculum: difficulty from votes; the hard pairs and a stratified sample of the easy ones become training data.


rule curriculum:
    input:
        programs=f"{R}/{{play}}/programs.jsonl",
        proposals=attempts("proposals"),
        verdicts=attempts("verdicts"),
        proofs=proofs,
        pairs=f"{R}/{{play}}/pairs.jsonl",
        votes=f"{R}/{{play}}/votes.jsonl",
        earlier=before(f"{R}/iter_*/iteration_data.jsonl"),
        prompts=prompt_files("propose_seq", "propose_sinq", "prove", "judge", "find_input"),
    output:
        iteration_data=f"{R}/{{play}}/iteration_data.jsonl",
        alice_training_data=f"{R}/{{play}}/alice_training_data.jsonl",
        bob_training_data=f"{R}/{{play}}/bob_training_data.jsonl",
        outcomes=f"{R}/{{play}}/outcomes.jsonl",
    log:
        f"{R}/logs/{{play}}/curriculum.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/curriculum.tsv"
    wildcard_constraints:
        play=r"iter_\d+",
    conda:
        "../envs/haskell.yaml"
    resources:
        **resources_for("light"),
    params:
        settings=settings("curriculum", "alice.few_shot", "proof.few_shot", "bob.few_shot", "bob.task", "seed"),
    message:
        "{wildcards.experiment}: choose what is trained on after {wildcards.play}"
    script:
        "../workflow/scripts/curriculum.py"
