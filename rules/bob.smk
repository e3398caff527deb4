# Bob: the pairs that he is asked about, several votes on each, then each vote scored against the label.


rule choose_pairs:
    input:
        pairs=f"{R}/{{play}}/pairs.jsonl",
        predictions=files.predictions,
        earlier=files.before("iteration_data.jsonl"),
    output:
        f"{R}/{{play}}/asked_pairs.jsonl",
    log:
        f"{R}/logs/{{play}}/choose_pairs.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/choose_pairs.tsv"
    wildcard_constraints:
        play=r"iter_\d+",
    priority: urgency
    conda:
        "../envs/haskell.yaml"
    resources:
        **resources_for("light"),
    params:
        settings=settings("alice.ask", "curriculum.select", "curriculum.max_same_edit"),
    message:
        "{wildcards.experiment}: choose what Bob is asked about in {wildcards.play}"
    script:
        "../workflow/scripts/choose_pairs.py"


rule vote:
    input:
        pairs=files.asked_pairs,
        adapter=files.adapter("bob"),
        prompts=prompt_files("judge", "find_input"),
    output:
        f"{R}/{{play}}/ballots/shard_{{shard}}.jsonl",
    log:
        f"{R}/logs/{{play}}/vote/shard_{{shard}}.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/vote/shard_{{shard}}.tsv"
    priority: urgency
    conda:
        "../envs/vllm.yaml"
    threads: cpus("engine")
    resources:
        **resources_for("engine"),
    params:
        settings=settings(
            "bob",
            "engine",
            "model",
            "seed",
            evaluation=("evaluation.votes", "evaluation.greedy"),
        ),
    message:
        "{wildcards.experiment}: Bob votes, {wildcards.play}, shard {wildcards.shard}"
    script:
        "../workflow/scripts/vote.py"


rule vote_as_before:
    input:
        pairs=files.asked_pairs,
        adapter=files.opponent,
        prompts=prompt_files("judge"),
    output:
        f"{R}/{{play}}/earlier_ballots.jsonl",
    log:
        f"{R}/logs/{{play}}/vote_as_before.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/vote_as_before.tsv"
    wildcard_constraints:
        play=r"iter_\d+",
    priority: urgency
    conda:
        "../envs/vllm.yaml"
    threads: cpus("engine")
    resources:
        **resources_for("engine"),
    params:
        settings=settings("curriculum.earlier_votes", "bob", "engine", "model", "seed"),
    message:
        "{wildcards.experiment}: Bob votes as after an earlier iteration, {wildcards.play}"
    script:
        "../workflow/scripts/vote_as_before.py"


rule score_votes:
    input:
        pairs=files.asked_pairs,
        ballots=files.ballots,
    output:
        f"{R}/{{play}}/votes.jsonl",
    log:
        f"{R}/logs/{{play}}/score_votes.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/score_votes.tsv"
    priority: urgency
    conda:
        "../envs/haskell.yaml"
    threads: cpus("haskell")
    resources:
        **resources_for("haskell"),
    params:
        settings=settings("haskell"),
    message:
        "{wildcards.experiment}: score the votes of {wildcards.play}"
    script:
        "../workflow/scripts/score_votes.py"
