"""The plan: what it counts is what the workflow would run, and its arithmetic goes the right way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seqplay.config import Config, parse_config
from seqplay.operations.plan import Assumption, cost, jobs, parameters, storage
from tests.slurm.experiment import NO_MODEL
from tests.workflow.experiment import Experiment, corpus

ONCE = ("prepare_programs", "heldout_pairs")
ON_SLURM = (*ONCE, "rewrite", "propose", "validate", "vote", "vote_as_before", "score_votes", "train", "verify_proofs")
PLAIN = Assumption()


def test_its_jobs_are_those_that_the_workflow_would_send(tmp_path: Path) -> None:
    shards = {"propose": 3, "validate": 2, "vote": 3}
    settings = {**NO_MODEL, "iterations": 2, "shards": shards, "evaluation": {"enabled": True}}
    told = Experiment(tmp_path / "x", settings, corpus(3)).play(flags=("--dry-run",))
    counts = dict(re.findall(r"^(\w+) +(\d+)$", told, re.MULTILINE))
    assert jobs(parse_config(settings)) == sum(int(counts.get(rule, 0)) for rule in ON_SLURM)


def test_more_gpus_take_less_time_and_more_gpu_hours() -> None:
    config = Config.model_validate({"programs": {"per_iteration": 500}, "resources": {"engine": {"gpus": 1}}})
    one, four, sixteen = (cost(config, PLAIN, gpus) for gpus in (1, 4, 16))
    assert one.hours > four.hours > sixteen.hours
    assert one.gpu_hours < four.gpu_hours < sixteen.gpu_hours
    assert one.jobs < four.jobs < sixteen.jobs


def test_several_proposals_predictions_and_greedy_answers_cost_their_tokens() -> None:
    def hours(**keys: object) -> float:
        return cost(Config.model_validate({"resources": {"engine": {"gpus": 1}}, **keys}), PLAIN, 1).gpu_hours

    sampled = hours(evaluation={"greedy": False, "pairs": 300})
    assert hours(evaluation={"greedy": True, "pairs": 300}) > sampled
    assert hours(alice={"samples": 8}) > hours(alice={"samples": 1})
    assert hours(alice={"predict": {"samples": 8}}) > hours(alice={"predict": {"samples": 1}}) > hours()


def test_without_a_model_no_gpu_is_counted() -> None:
    config = parse_config(NO_MODEL)
    assert cost(config, PLAIN, 4).gpu_hours == 0
    assert storage(config, PLAIN) == 0


@pytest.mark.parametrize(("name", "expected"), [("org/Model-7B", 7e9), ("qwen2.5-coder-0.5b", 0.5e9), ("mine", 7.6e9)])
def test_the_model_is_as_large_as_its_name_says(name: str, expected: float) -> None:
    assert parameters(Config.model_validate({"model": {"name": name}}), PLAIN) == expected
