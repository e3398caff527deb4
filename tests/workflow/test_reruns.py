"""Targeted reruns: what was edited or asked for runs again, with what depends on it, and the dry run says why."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.slurm.experiment import NO_MODEL
from tests.workflow.experiment import ROOT, SNAKEMAKE, Experiment, corpus

TWO = {**NO_MODEL, "iterations": 2, "experiment": "x"}


class Clone(Experiment):
    """An experiment of a clone of its own, whose prompts a test may edit."""

    def __init__(self, folder: Path, settings: dict[str, Any], programs: list[dict[str, str]]) -> None:
        super().__init__(folder, settings, programs)
        self.clone = folder.parent / "clone"
        for name in ("config", "envs", "rules", "profiles", "workflow"):
            shutil.copytree(ROOT / name, self.clone / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "Snakefile", self.clone)

    def command(self, *targets: str, flags: tuple[str, ...] = ()) -> list[str]:
        return [
            part.replace(f"{ROOT}/", f"{self.clone}/") if part != SNAKEMAKE[0] else part
            for part in super().command(*targets, flags=flags)
        ]

    def environment(self, liquid: bool = False) -> dict[str, str]:
        return {**super().environment(liquid), "PYTHONPATH": str(self.clone / "workflow")}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Two iterations that Snakemake takes for finished: every file is there and recorded, with its parameters."""
    experiment = Clone(tmp_path_factory.mktemp("reruns") / "x", TWO, corpus(6))
    for line in experiment.play(flags=("--summary",)).splitlines():
        path = experiment.folder / line.partition("\t")[0]
        if line.startswith("results/") and path.name.endswith("_adapters"):
            path.mkdir(parents=True)
        elif line.startswith("results/"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
    experiment.play(flags=("--touch",))
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
    jobs, _ = would_run(
        played,
        flags=(
            "--forcerun",
            "results/x/iter_2/ballots/shard_0.jsonl",
        ),
    )
    assert {VOTE.format(2), CHOOSE.format(2)} <= jobs
    assert not any("iter_1" in job or "iteration 1" in job for job in jobs)


def test_forcerun_reruns_a_stage_in_every_iteration_and_all_after_it(played: Experiment) -> None:
    jobs, told = would_run(
        played,
        flags=(
            "--forcerun",
            "vote",
        ),
    )
    assert {VOTE.format(1), VOTE.format(2), CHOOSE.format(1), CHOOSE.format(2)} <= jobs
    assert not {PROPOSE.format(1), PREPARE} & jobs
    assert PROPOSE.format(2) in jobs, "the second iteration plays with the adapters of the first"
    assert "Forced execution" in told


def test_a_changed_prompt_reruns_what_sends_it(played: Clone) -> None:
    judge = played.clone / "config/prompts/judge.jinja"
    before = judge.read_text()
    try:
        judge.write_text(before + "\nThink twice.\n")
        jobs, told = would_run(played)
    finally:
        judge.write_text(before)
    assert VOTE.format(1) in jobs
    assert not {PROPOSE.format(1), PREPARE} & jobs
    assert judge.name in told, "the reason names the prompt"


def test_an_edited_source_of_programs_reruns_what_reads_it(played: Clone) -> None:
    source = played.folder / "programs.jsonl"
    before, stat = source.read_text(), source.stat()
    try:
        source.write_text(before + json.dumps({"code": "f :: Int -> Int\nf x = x - 3\n", "name": "new"}) + "\n")
        jobs, told = would_run(played)
    finally:
        source.write_text(before)
        os.utime(source, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert PREPARE in jobs
    assert source.name in told, "the reason names the file"


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
