# What the rules share: the experiments, the settings a stage depends on, what its jobs ask for, how iterations are
# chained. A run's jobs work with the code and the settings it began with, and beside no jobs of an earlier, killed run.

import os
import re
import sys
from functools import cache
from pathlib import Path
from snakemake.exceptions import WorkflowError

from seqplay.runtime import home

home.settle()  # before any library looks where its cache is

from seqplay.config import parse_experiments, stage_settings, warnings
from seqplay.errors import SeqplayError
from seqplay.models import check_model
from seqplay.game.programs import check_source
from seqplay.operations import manifest
from seqplay.operations.inputs import Inputs
from seqplay.operations.schedule import announce, refuse_too_many
from seqplay.prompts import PROMPT_FILES
from seqplay.proof import proofs_needed, proofs_tried
from seqplay.runtime import layout, owner
from seqplay.runtime.cluster import refuse_orphans
from seqplay.runtime.code_freeze import freeze
from seqplay.runtime.phases import is_evaluation
from seqplay.runtime.gpus import local_gpus
from seqplay.runtime.resources import job_resources, keep_signature, resource
from seqplay.runtime.schema import check_schema
from seqplay.suites.schedule import SUITE_PROMPTS, evaluations_with_suites, suite_adapter, suite_scores

LOCAL = Path("config/local.yaml")
if LOCAL.is_file():

    configfile: LOCAL


try:
    EXPERIMENTS = parse_experiments(config)
    PROOFS = {name: proofs_needed(one.proof, one.haskell) for name, one in EXPERIMENTS.items()}
    TRIED = {name: proofs_tried(one.proof, one.haskell) for name, one in EXPERIMENTS.items()}
    for experiment in EXPERIMENTS.values():
        check_model(experiment.engine, experiment.model)
        check_source(experiment.programs)
    RESULTS = next(iter(EXPERIMENTS.values())).results
    check_schema(Path(RESULTS), EXPERIMENTS)
except SeqplayError as error:
    raise SystemExit(f"seqplay: {error}")

R = f"{RESULTS}/{{experiment}}"
files = Inputs(R, EXPERIMENTS, PROOFS, TRIED)

if workflow.is_main_process:
    for warning in dict.fromkeys(line for found in EXPERIMENTS.values() for line in warnings(found)):
        print(f"seqplay: warning: {warning}", file=sys.stderr)
    freeze(Path(workflow.basedir), config)
    owner.declare()
    if workflow.local_exec and "gpu" not in workflow.global_resources:
        # Two engines on one GPU fail, each asking for most of its memory: local jobs share what is here.
        workflow.register_resource("gpu", local_gpus(max(one.resources.jobs_per_gpu for one in EXPERIMENTS.values())))


onstart:
    try:
        refuse_orphans(Path())
        manifest.prepare(EXPERIMENTS, config, Path(workflow.basedir), say=lambda line: print(line, file=sys.stderr))
    except SeqplayError as error:
        raise WorkflowError(str(error))
    announce(EXPERIMENTS, PROOFS, TRIED)


wildcard_constraints:
    experiment="|".join(map(re.escape, EXPERIMENTS)),
    play=r"(iter|eval)_\d+",
    iteration=r"\d+",
    attempt=r"\d+",
    round=r"\d+",
    shard=r"\d+",
    agent="alice|bob",
    player="base|alice|bob",


def plannable(wildcards):
    """No file; what asks for it is refused where Snakemake would plan it for minutes."""
    try:
        refuse_too_many(EXPERIMENTS, PROOFS, TRIED)
    except SeqplayError as error:
        raise SystemExit(f"seqplay: {error}")
    return []


def experiment_of(wildcards):
    """The configuration of a job's experiment."""
    return EXPERIMENTS[wildcards.experiment]


def resources_for(role):
    """What a job of a role asks for."""
    return job_resources(EXPERIMENTS, role)


def cpus(role):
    """Threads of a job of a role."""
    return resource(EXPERIMENTS, role, "cpus")


@keep_signature
def urgency(wildcards):
    """Priority of a phase's jobs: an iteration waits for the one before, and nothing waits for an evaluation."""
    return 1 if is_evaluation(wildcards.play) else 3


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
