# Shards: a stage's items split over several jobs in contiguous slices; their files in order are the stage's file.

SHARDS = {"proposals": "propose", "verdicts": "validate", "proofs": "prove"}


@quick
def parts(wildcards):
    """The files of a stage's shards, in order."""
    shards = shard_count(one(wildcards), SHARDS[wildcards.records], wildcards.play, number(wildcards.part))
    return [f"{R}/{{play}}/{{records}}/{{part}}.shard_{shard}.jsonl" for shard in range(shards)]


rule merge_shards:
    input:
        parts,
    output:
        f"{R}/{{play}}/{{records}}/{{part}}.jsonl",
    log:
        f"{R}/logs/{{play}}/merge_shards/{{records}}_{{part}}.log",
    benchmark:
        f"{R}/benchmarks/{{play}}/merge_shards/{{records}}_{{part}}.tsv"
    wildcard_constraints:
        records="|".join(SHARDS),
        part=r"(attempt|round)_\d+",
    conda:
        "../envs/haskell.yaml"
    resources:
        **asks("light"),
    message:
        "{wildcards.experiment}: merge {wildcards.records}, {wildcards.play}, {wildcards.part}"
    shell:
        "cat {input} > {output} 2> {log}"
