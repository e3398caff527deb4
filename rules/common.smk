# What the rules share: the experiments, the settings a stage depends on, and how iterations are chained.

import os
import re
from functools import cache
from inspect import signature
from pathlib import Path

from seqplay.config import parse_experiments, stage_settings
from seqplay.errors import SeqplayError
from seqplay.models import check_model
from seqplay.proof import proofs_needed
from seqplay.prompts import PROMPT_FILES
from seqplay.runtime.shards import shard_count
from seqplay.suites.schedule import SUITE_PROMPTS, evaluations_with_suites, suite_adapter, suite_scores

LOCAL = Path("config/local.yaml")
if LOCAL.is_file():

    configfile: LOCAL


try:
    EXPERIMENTS = parse_experiments(config)
    PROOFS = {name: proofs_needed(one.proof, one.haskell) for name, one in EXPERIMENTS.items()}
    for experiment in EXPERIMENTS.values():
        check_model(experiment.engine, experiment.model)
except SeqplayError as error:
    raise SystemExit(f"seqplay: {error}")

RESULTS = next(iter(EXPERIMENTS.values())).results
R = f"{RESULTS}/{{experiment}}"


wildcard_constraints:
    experiment="|".join(map(re.escape, EXPERIMENTS)),
    play=r"(iter|eval)_\d+",
    iteration=r"\d+",
    attempt=r"\d+",
    round=r"\d+",
    shard=r"\d+",
    agent="alice|bob",
    player="base|alice|bob",


def one(wildcards):
    """The configuration of a job's experiment."""
    return EXPERIMENTS[wildcards.experiment]


def quick(function):
    """Keep a function's signature on it: Snakemake asks for it at each of thousands of jobs."""
    function.__signature__ = signature(function)
    return function


def settings(*sections):
    """The configuration keys that a rule's result depends on: an edited one reruns the rule, any other does not."""

    @cache
    def chosen(experiment):
        return stage_settings(EXPERIMENTS[experiment], *sections)

    @quick
    def of_job(wildcards):
        return chosen(wildcards.experiment)

    of_job.sections = sections
    return of_job


def prompt_files(*tasks):
    """The prompt templates that are sent; an edited one reruns what sends it."""
    return [os.path.relpath(PROMPT_FILES[task]) for task in tasks]


@quick
def ballots(wildcards):
    """Bob's answers: the files of all shards, in order."""
    return [
        f"{R}/{{play}}/ballots/shard_{shard}.jsonl"
        for shard in range(shard_count(one(wildcards), "vote", wildcards.play))
    ]


def number(play):
    """The iteration's number in ``iter_3`` or ``eval_3``."""
    return int(play.rpartition("_")[2])


def adapter(agent):
    """The adapter that an agent plays with: the last iteration's; after an iteration, that one's."""

    @quick
    def folder(wildcards):
        last = number(wildcards.play) - wildcards.play.startswith("iter")
        return f"{R}/iter_{last}/{agent}_adapters" if last > 0 else []

    return folder


def before(pattern):
    """The file of the iteration before; it stands for those of all earlier ones, on which it depends in its turn."""

    @quick
    def file(wildcards):
        last = number(wildcards.play) - 1
        return pattern.replace("*", str(last)) if last else []

    return file


def attempts(stage, last=None):
    """A stage's files of Alice's attempts: all, or those before the job's own."""

    @quick
    def files(wildcards):
        count = one(wildcards).alice.retries + 1 if last is None else int(wildcards.attempt)
        return [f"{R}/{{play}}/{stage}/attempt_{attempt}.jsonl" for attempt in range(count)]

    return files


def proof_rounds(wildcards):
    """How many proof rounds are played: round 0 is the tactics; none without proofs, tactics alone in an evaluation."""
    if not PROOFS[wildcards.experiment]:
        return 0
    return 1 if wildcards.play.startswith("eval") else one(wildcards).proof.rounds + 1


@quick
def proof_proposals(wildcards):
    """What Alice answered in the proof rounds."""
    return [f"{R}/{{play}}/proof_proposals/round_{n}.jsonl" for n in range(1, proof_rounds(wildcards))]


def proofs(wildcards, rounds=None):
    """The proof attempts of the first ``rounds`` rounds, by default of all."""
    count = proof_rounds(wildcards) if rounds is None else rounds
    return [f"{R}/{{play}}/proofs/round_{n}.jsonl" for n in range(count)]


@quick
def asked_pairs(wildcards):
    """The pairs that Bob is asked about."""
    return f"{R}/heldout_pairs.jsonl" if wildcards.play.startswith("eval") else f"{R}/{{play}}/pairs.jsonl"
