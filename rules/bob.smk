# Bob: several votes on each pair, then each vote held against the label. An evaluation asks about the held-out pairs.


rule vote:
    input:
        pairs=asked_pairs,
        adapter=adapter("bob"),
        prompts=prompt_files("judge", "find_input"),
    output:
        f"{R}/{{play}}/ballots/shard_{{shard}}.jsonl",
    log:
        f"{R}/logs/{{play}}/vote/shard_{{shard}}.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/vote/shard_{{shard}}.tsv"
    conda:
        "../envs/vllm.yaml"
    threads: cpus("engine")
    resources:
        **resources_for("engine"),
    params:
        settings=settings("bob", "evaluation.votes", "engine", "model", "seed"),
    message:
        "{wildcards.experiment}: Bob votes, {wildcards.play}, shard {wildcards.shard}"
    script:
        "../workflow/scripts/vote.py"


rule score_votes:
    input:
        pairs=asked_pairs,
        ballots=ballots,
    output:
        f"{R}/{{play}}/votes.jsonl",
    log:
        f"{R}/logs/{{play}}/score_votes.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/score_votes.tsv"
    conda:
        "../envs/haskell.yaml"
    threads: cpus("haskell")
    resources:
        **resources_for("haskell"),
    params:
        settings=settings("haskell"),
    message:
        "{wildcards.experiment}: hold the votes of {wildcards.play} against the labels"
    script:
        "../workflow/scripts/score_votes.py"
