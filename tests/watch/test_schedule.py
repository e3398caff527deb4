"""The schedule that `seqplay watch` counts with is what the workflow would run, file for file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from seqplay.config import parse_config
from seqplay.schedule import SETTINGS, Settings, announce, read_settings, schedule
from tests.slurm.experiment import NO_MODEL
from tests.workflow.experiment import Experiment, corpus

SPLIT = {"propose": 3, "validate": 2, "vote": 2}
TRIED: dict[str, dict[str, Any]] = {
    "with an evaluation, in shards": {"iterations": 2, "shards": SPLIT, "evaluation": {"enabled": True}},
    "without an evaluation": {"iterations": 1, "evaluation": {"enabled": False}},
}


@pytest.mark.parametrize("name", TRIED)
def test_its_files_are_those_that_the_workflow_would_make(name: str, tmp_path: Path) -> None:
    settings = {**NO_MODEL, **TRIED[name]}
    experiment = Experiment(tmp_path / "x", settings, corpus(3))
    told = experiment.play(flags=("--dry-run", "--nocolor"))
    config = parse_config(settings)
    folder = f"results/{config.experiment}/"
    would = {
        file.removeprefix(folder)
        for line in re.findall(r"^ +(?:output|log|benchmark): (.+)$", told, re.MULTILINE)
        for file in re.split(r", | \([a-z]+\)", line)
    }
    jobs = schedule(Settings(config=config, proofs=False))
    missing = {str(path) for job in jobs for path in (job.output, job.log, job.benchmark)} - would
    assert not missing
    counted = dict(re.findall(r"^(\w+) +(\d+)$", told, re.MULTILINE))
    rules = {job.rule.replace("train_alice", "train").replace("train_bob", "train") for job in jobs}
    assert len(jobs) == sum(int(counted.get(rule, 0)) for rule in rules)
    assert not (tmp_path / "x" / folder / SETTINGS).exists()


def test_every_job_comes_after_those_that_it_needs() -> None:
    for proofs in (False, True):
        seen: set[str] = set()
        for job in schedule(Settings(config=parse_config({"iterations": 3, "shards": SPLIT}), proofs=proofs)):
            assert set(job.needs) <= seen
            seen.add(job.group)


def test_proof_rounds_are_played_only_where_seq_needs_a_proof() -> None:
    config = parse_config({"iterations": 1, "proof": {"rounds": 2}})
    rules = [job.rule for job in schedule(Settings(config=config, proofs=True)) if job.play == "iter_1"]
    assert rules.count("verify_proofs") == 3
    assert rules.count("propose_proofs") == 2
    assert not any("proofs" in job.rule for job in schedule(Settings(config=config, proofs=False)))


def test_what_was_announced_is_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = parse_config({"experiment": "one", "shards": SPLIT})
    announce({"one": config}, {"one": True})
    assert read_settings(tmp_path / "results/one") == Settings(config=config, proofs=True)
    assert read_settings(tmp_path / "results") is None
