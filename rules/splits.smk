# Splits: which files the shards of a stage write, and which files of a stage several experiments share.

from snakemake.io import strip_wildcard_constraints

SHARDS = {"proposals": "propose", "verdicts": "validate", "proofs": "prove"}


@keep_signature
def parts(wildcards):
    """The files of a stage's shards, in order."""
    shards = shard_count(experiment_of(wildcards), SHARDS[wildcards.records], wildcards.play, number(wildcards.part))
    return [f"{R}/{{play}}/{{records}}/{{part}}.shard_{shard}.jsonl" for shard in range(shards)]


MERGED = {"propose": "proposals", "validate": "verdicts", "verify_proofs": "proofs"}


def files_of(share, name):
    """The files of a shared stage in an experiment's folder."""
    origin = workflow.get_rule("merge_shards" if share.stage in MERGED else share.stage)
    for file in origin.output:
        path = (
            strip_wildcard_constraints(str(file))
            .replace("{experiment}", name)
            .replace("{records}", MERGED.get(share.stage, ""))
        )
        yield directory(path) if file.is_directory and name == share.experiment else path


def wildcards_of(path):
    """The wildcards of a pattern, or the word ``once``."""
    return [f"{{{name}}}" for name in re.findall(r"{(\w+)}", str(path))] or ["once"]
