# Curriculum: difficulty from votes; the hard pairs and a stratified sample of the easy ones become training data.


rule curriculum:
    input:
        programs=f"{R}/iter_{{iteration}}/programs.jsonl",
        proposals=lambda wildcards: played(wildcards, attempts("proposals")),
        verdicts=lambda wildcards: played(wildcards, attempts("verdicts")),
        proofs=lambda wildcards: played(wildcards, proofs),
        pairs=f"{R}/iter_{{iteration}}/pairs.jsonl",
        votes=f"{R}/iter_{{iteration}}/votes.jsonl",
        earlier=before(f"{R}/iter_{{iteration}}/iteration_data.jsonl"),
        prompts=prompt_files("propose_seq", "propose_sinq", "prove", "judge", "find_input"),
    output:
        iteration_data=f"{R}/iter_{{iteration}}/iteration_data.jsonl",
        alice_training_data=f"{R}/iter_{{iteration}}/alice_training_data.jsonl",
        bob_training_data=f"{R}/iter_{{iteration}}/bob_training_data.jsonl",
        outcomes=f"{R}/iter_{{iteration}}/outcomes.jsonl",
    log:
        f"{R}/logs/iter_{{iteration}}/curriculum.log",
    benchmark:
        f"{R}/benchmarks/iter_{{iteration}}/curriculum.tsv"
    resources:
        **asks("light"),
    params:
        settings=settings("curriculum", "alice.few_shot", "proof.few_shot", "bob.few_shot", "bob.task", "seed"),
    message:
        "{wildcards.experiment}: choose what iteration {wildcards.iteration} trains on"
    script:
        "../workflow/scripts/curriculum.py"
