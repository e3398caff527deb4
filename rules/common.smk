# What the rules share: the experiments, the settings a stage depends on, what its jobs ask for, how iterations are
# chained. A run's jobs work with the code and the settings it began with, and beside no jobs of an earlier, killed run.

import os
import re
from functools import cache
from pathlib import Path
from snakemake.exceptions import WorkflowError

from seqplay.adapters.train import initial_adapter
from seqplay.config import parse_experiments, predicts, stage_settings
from seqplay.errors import SeqplayError
from seqplay.models import check_model
from seqplay.runtime.phases import is_evaluation
from seqplay.proof import proofs_needed
from seqplay.prompts import PROMPT_FILES
from seqplay.records import Role
from seqplay.runtime.schema import check_schema
from seqplay.runtime.shards import shard_count
from seqplay.operations.schedule import announce
from seqplay.runtime import layout
from seqplay.runtime.cluster import refuse_orphans
from seqplay.runtime.code_freeze import freeze
from seqplay.runtime.resources import job_resources, keep_signature, resource

LOCAL = Path("config/local.yaml")
if LOCAL.is_file():

    configfile: LOCAL


try:
    EXPERIMENTS = parse_experiments(config)
    PROOFS = {name: proofs_needed(one.proof, one.haskell) for name, one in EXPERIMENTS.items()}
    for experiment in EXPERIMENTS.values():
        check_model(experiment.engine, experiment.model)
    RESULTS = next(iter(EXPERIMENTS.values())).results
    check_schema(Path(RESULTS), EXPERIMENTS)
except SeqplayError as error:
    raise SystemExit(f"seqplay: {error}")

R = f"{RESULTS}/{{experiment}}"

if workflow.is_main_process:
    freeze(Path(workflow.basedir), config)


onstart:
    try:
        refuse_orphans(Path())
    except SeqplayError as error:
        raise WorkflowError(str(error))
    announce(EXPERIMENTS, PROOFS)


wildcard_constraints:
    experiment="|".join(map(re.escape, EXPERIMENTS)),
    play=r"(iter|eval)_\d+",
    iteration=r"\d+",
    attempt=r"\d+",
    round=r"\d+",
    shard=r"\d+",
    agent="alice|bob",


def experiment_of(wildcards):
    """The configuration of a job's experiment."""
    return EXPERIMENTS[wildcards.experiment]


def resources_for(role):
    """What a job of a role asks for."""
    return job_resources(EXPERIMENTS, role)


def cpus(role):
    """Threads of a job of a role."""
    return resource(EXPERIMENTS, role, "cpus")


def settings(*sections, evaluation=()):
    """The configuration keys that a rule's result depends on: an edited one reruns the rule, any other does not.

    Those of ``evaluation`` count in an evaluation alone.
    """

    @cache
    def chosen(experiment, *keys):
        return stage_settings(EXPERIMENTS[experiment], *keys)

    @keep_signature
    def of_job(wildcards):
        more = evaluation if is_evaluation(wildcards.get("play", "")) else ()
        return chosen(wildcards.experiment, *sections, *more)

    of_job.sections = (*sections, *evaluation)
    return of_job


def prompt_files(*tasks):
    """The prompt templates that are sent; an edited one reruns what sends it."""
    return [os.path.relpath(PROMPT_FILES[task]) for task in tasks]


@keep_signature
def ballots(wildcards):
    """Bob's answers: the files of all shards, in order."""
    return [
        f"{R}/{{play}}/ballots/shard_{shard}.jsonl"
        for shard in range(shard_count(experiment_of(wildcards), "vote", wildcards.play))
    ]


def number(play):
    """The iteration's number in ``iter_3`` or ``eval_3``."""
    return int(play.rpartition("_")[2])


def initial_adapters(wildcards, agent):
    """The adapter that an agent plays the first iteration with, if any."""
    return initial_adapter(experiment_of(wildcards), Role(agent)) or []


def adapter(agent):
    """The adapter that an agent plays with: the last iteration's; after an iteration, that one's."""

    @keep_signature
    def folder(wildcards):
        last = number(wildcards.play) - (not is_evaluation(wildcards.play))
        return f"{R}/iter_{last}/{agent}_adapters" if last > 0 else initial_adapters(wildcards, agent)

    return folder


def adapters_before(iterations):
    """An agent's adapter of so many iterations before; none before the first."""

    @keep_signature
    def folder(wildcards):
        earlier = int(wildcards.iteration) - iterations
        return f"{R}/iter_{earlier}/{{agent}}_adapters" if earlier > 0 else initial_adapters(wildcards, wildcards.agent)

    return folder


def before(pattern):
    """The file of the iteration before; it stands for those of all earlier ones, on which it depends in its turn."""

    @keep_signature
    def file(wildcards):
        last = number(wildcards.play) - 1
        return pattern.replace("*", str(last)) if last else []

    return file


def attempts(stage, last=None):
    """A stage's files of Alice's attempts: all, or those before the job's own."""

    @keep_signature
    def files(wildcards):
        count = experiment_of(wildcards).alice.retries + 1 if last is None else int(wildcards.attempt)
        return [f"{R}/{{play}}/{stage}/attempt_{attempt}.jsonl" for attempt in range(count)]

    return files


def proof_rounds(wildcards):
    """How many proof rounds are played: round 0 is the tactics; none without proofs, tactics alone in an evaluation."""
    if not PROOFS[wildcards.experiment]:
        return 0
    return 1 if is_evaluation(wildcards.play) else experiment_of(wildcards).proof.rounds + 1


@keep_signature
def proof_proposals(wildcards):
    """What Alice answered in the proof rounds."""
    return [f"{R}/{{play}}/proof_proposals/round_{n}.jsonl" for n in range(1, proof_rounds(wildcards))]


def proofs(wildcards, rounds=None):
    """The proof attempts of the first ``rounds`` rounds, by default of all."""
    count = proof_rounds(wildcards) if rounds is None else rounds
    return [f"{R}/{{play}}/proofs/round_{n}.jsonl" for n in range(count)]


@keep_signature
def labelled_pairs(wildcards):
    """The pairs of a phase with their labels: the accepted ones, or those that are held out."""
    return f"{R}/heldout_pairs.jsonl" if is_evaluation(wildcards.play) else f"{R}/{{play}}/pairs.jsonl"


@keep_signature
def asked_pairs(wildcards):
    """The pairs that Bob is asked about."""
    return f"{R}/heldout_pairs.jsonl" if is_evaluation(wildcards.play) else f"{R}/{{play}}/asked_pairs.jsonl"


@keep_signature
def predictions(wildcards):
    """How hard Alice says that the pairs are, where she is asked."""
    return f"{R}/{{play}}/predictions.jsonl" if predicts(experiment_of(wildcards)) else []


@keep_signature
def heldout_pairs(wildcards):
    """The pairs on which Bob is measured, where he is."""
    return f"{R}/heldout_pairs.jsonl" if experiment_of(wildcards).evaluation.enabled else []
