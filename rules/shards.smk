# Shards: a stage's items split over several jobs in contiguous slices; their files in order are the stage's file.


rule merge_shards:
    input:
        files.shards,
    output:
        f"{R}/{{play}}/{{records}}/{{part}}.jsonl",
    log:
        f"{R}/logs/{{play}}/merge_shards/{{records}}_{{part}}.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/merge_shards/{{records}}_{{part}}.tsv"
    wildcard_constraints:
        records="|".join(layout.SHARDED),
        part=r"(attempt|round)_\d+",
    priority: urgency
    conda:
        "../envs/haskell.yaml"
    resources:
        **resources_for("light"),
    message:
        "{wildcards.experiment}: merge {wildcards.records}, {wildcards.play}, {wildcards.part}"
    shell:
        "cat {input} > {output} 2> {log}"
