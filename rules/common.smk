# What the rules share: the experiments, the settings a stage depends on, its resources, and how iterations are chained.

import os
from pathlib import Path

from seqplay.config import parse_experiments, stage_settings
from seqplay.errors import SeqplayError
from seqplay.proof import proofs_needed
from seqplay.prompts import PROMPT_FILES

LOCAL = Path("config/local.yaml")
if LOCAL.is_file():

    configfile: LOCAL


try:
    EXPERIMENTS = parse_experiments(config)
    PROOFS = {name: proofs_needed(one.proof, one.haskell) for name, one in EXPERIMENTS.items()}
except SeqplayError as error:
    raise SystemExit(f"seqplay: {error}")

RESULTS = next(iter(EXPERIMENTS.values())).results
R = f"{RESULTS}/{{experiment}}"


wildcard_constraints:
    experiment="|".join(EXPERIMENTS),
    play=r"(iter|eval)_\d+",
    iteration=r"\d+",
    attempt=r"\d+",
    round=r"\d+",
    shard=r"\d+",
    agent="alice|bob",


def one(wildcards):
    """The configuration of a job's experiment."""
    return EXPERIMENTS[wildcards.experiment]


def settings(*sections):
    """The configuration keys that a rule's result depends on: an edited one reruns the rule, any other does not."""
    return lambda wildcards: stage_settings(one(wildcards), *sections)


def prompt_files(*tasks):
    """The prompt templates that are sent; an edited one reruns what sends it."""
    return [os.path.relpath(PROMPT_FILES[task]) for task in tasks]


def asks(role):
    """What a job of a role asks for: resources by their Slurm names; memory and time grow with each try."""

    def ask(key):
        def value(wildcards, attempt=1):
            wanted = getattr(one(wildcards).resources, role)
            return {
                "mem_mb": wanted.memory_mb * attempt,
                "runtime": wanted.minutes * attempt,
                "slurm_partition": wanted.partition or "",
                "gpu": wanted.gpus,
            }[key]

        return value

    return {key: ask(key) for key in ("mem_mb", "runtime", "slurm_partition", "gpu")}


def cpus(role):
    """Threads of a job of a role."""
    return lambda wildcards: getattr(one(wildcards).resources, role).cpus


def shards(stage, pattern):
    """The files of all shards of a stage, in order."""

    def files(wildcards):
        count = getattr(one(wildcards).shards, stage)
        return expand(pattern, shard=range(count), allow_missing=True)

    return files


def number(play):
    """The iteration's number in ``iter_3`` or ``eval_3``."""
    return int(play.rpartition("_")[2])


def adapter(agent):
    """The adapter that an agent plays with: the last iteration's; after an iteration, that one's."""

    def folder(wildcards):
        last = number(wildcards.play) - wildcards.play.startswith("iter")
        return f"{R}/iter_{last}/{agent}_adapters" if last > 0 else []

    return folder


def before(pattern):
    """A file of each earlier iteration."""
    return lambda wildcards: expand(pattern, iteration=range(1, number(wildcards.play)), allow_missing=True)


def up_to(pattern):
    """A file of each iteration so far, this one included."""
    return lambda wildcards: expand(pattern, iteration=range(1, int(wildcards.iteration) + 1), allow_missing=True)


def attempts(stage, last=None):
    """A stage's files of Alice's attempts: all, or those before the job's own."""

    def files(wildcards):
        count = one(wildcards).alice.retries + 1 if last is None else int(wildcards.attempt)
        shard_count = getattr(one(wildcards).shards, "propose" if stage == "proposals" else "validate_")
        return expand(
            f"{R}/{{play}}/{stage}/attempt_{{attempt}}.shard_{{shard}}.jsonl",
            attempt=range(count),
            shard=range(shard_count),
            allow_missing=True,
        )

    return files


def proof_rounds(wildcards):
    """How many proof rounds are played: round 0 is the tactics; none without proofs, tactics alone in an evaluation."""
    if not PROOFS[wildcards.experiment]:
        return 0
    return 1 if wildcards.play.startswith("eval") else one(wildcards).proof.rounds + 1


def proof_proposals(wildcards):
    """What Alice answered in the proof rounds."""
    rounds = range(1, proof_rounds(wildcards))
    return expand(
        f"{R}/{{play}}/proof_proposals/round_{{round}}.jsonl",
        round=rounds,
        allow_missing=True,
    )


def proofs(wildcards, rounds=None):
    """The proof attempts of the first ``rounds`` rounds, by default of all."""
    return expand(
        f"{R}/{{play}}/proofs/round_{{round}}.shard_{{shard}}.jsonl",
        round=range(proof_rounds(wildcards) if rounds is None else rounds),
        shard=range(one(wildcards).shards.prove),
        allow_missing=True,
    )


def asked_pairs(wildcards):
    """The pairs that Bob is asked about."""
    return f"{R}/heldout_pairs.jsonl" if wildcards.play.startswith("eval") else f"{R}/{{play}}/pairs.jsonl"
