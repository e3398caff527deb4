"""Targeted reruns: what was edited or asked for runs again, with what depends on it, and the dry run says why."""

from __future__ import annotations

import os
import re

import pytest

from tests.slurm.experiment import NO_MODEL
from tests.workflow.experiment import ROOT, Experiment, corpus

pytestmark = pytest.mark.slow

TWO = {**NO_MODEL, "iterations": 2, "experiment": "x"}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """Two finished iterations, in a folder with prompts of its own."""
    experiment = Experiment(tmp_path_factory.mktemp("reruns") / "x", TWO, corpus(6))
    experiment.play()
    return experiment


def would_run(experiment: Experiment, *targets: str, flags: tuple[str, ...] = ()) -> tuple[set[str], str]:
    """Return the messages of the jobs that would run (`Bob votes, iter_1, shard 0`), and all that was printed."""
    told = experiment.play(*targets, flags=("--dry-run", *flags))
    return set(re.findall(r"^Job \d+: x: (.*)$", told, re.MULTILINE)), told


VOTE = "Bob votes, iter_{}, shard 0"
PROPOSE = "Alice proposes, iter_{}, attempt 0, shard 0"
CHOOSE = "choose what is trained on after iter_{}"
PREPARE = "read, check and split the programs"


def test_nothing_runs_where_nothing_changed(played: Experiment) -> None:
    assert would_run(played)[0] == set()


def test_a_forced_file_reruns_one_stage_of_one_iteration(played: Experiment) -> None:
    ballots = "results/x/iter_2/ballots/shard_0.jsonl"
    jobs, _ = would_run(played, ballots, flags=("--force",))
    assert jobs == {VOTE.format(2)}


def test_a_forced_file_within_the_whole_reruns_what_follows_too(played: Experiment) -> None:
    jobs, _ = would_run(played, flags=("--forcerun", "results/x/iter_2/ballots/shard_0.jsonl", "--"))
    assert {VOTE.format(2), CHOOSE.format(2)} <= jobs
    assert not any("iter_1" in job or "iteration 1" in job for job in jobs)


def test_forcerun_reruns_a_stage_in_every_iteration_and_all_after_it(played: Experiment) -> None:
    jobs, told = would_run(played, flags=("--forcerun", "vote", "--"))
    assert {VOTE.format(1), VOTE.format(2), CHOOSE.format(1), CHOOSE.format(2)} <= jobs
    assert not {PROPOSE.format(1), PREPARE} & jobs
    assert PROPOSE.format(2) in jobs, "the second iteration plays with the adapters of the first"
    assert "Forced execution" in told


def test_a_changed_prompt_reruns_what_sends_it(played: Experiment) -> None:
    judge = next((ROOT / "config/prompts").glob("judge*"))
    before = judge.stat()
    try:
        os.utime(judge)
        judge_is_newer, told = would_run(played)
    finally:
        os.utime(judge, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert VOTE.format(1) in judge_is_newer
    assert not {PROPOSE.format(1), PREPARE} & judge_is_newer
    assert judge.name in told, "the reason names the prompt"


def test_an_edited_key_reruns_what_depends_on_it_and_says_so(played: Experiment) -> None:
    played.write({**TWO, "curriculum": {"threshold": 2.0}})
    try:
        jobs, told = would_run(played)
    finally:
        played.write(TWO)
    assert CHOOSE.format(1) in jobs
    assert not {VOTE.format(1), PROPOSE.format(1), PREPARE} & jobs
    assert "Params have changed" in told


def test_operational_keys_rerun_nothing(played: Experiment) -> None:
    played.write({**TWO, "haskell": {**NO_MODEL["haskell"], "workers": 2}})
    try:
        assert would_run(played)[0] == set()
    finally:
        played.write(TWO)
