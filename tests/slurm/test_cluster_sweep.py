"""A sweep of four small experiments through Slurm: what they share is one set of jobs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.slurm import lab
from tests.slurm.experiment import SlurmExperiment, kill
from tests.workflow.experiment import ROOT, corpus

pytestmark = [pytest.mark.slurm, pytest.mark.slow, pytest.mark.timeout(1800)]


def test_a_sweep_of_four_runs_its_shared_stages_once(slurm: None, tmp_path: Path) -> None:
    settings = yaml.safe_load((ROOT / "config/experiments/sweep_no_model.yaml").read_text())
    settings["programs"] |= {"source": "programs.jsonl", "per_iteration": 4}
    sweep = SlurmExperiment(tmp_path / "x", settings, corpus(6))
    run = sweep.start()
    try:
        sweep.finish(run, 1700)
    finally:
        kill(run)
    finished = [line for line in (lab.FOLDER / "finished_jobs").read_text().splitlines() if str(sweep.folder) in line]
    partitions = re.findall(r"JobState=COMPLETED Partition=(\w+)", "\n".join(finished))
    # Once: 2 proposals and 1 vote on GPUs; prepare, 2 validations, score on CPUs. Four times: 2 trainings, on GPUs.
    assert (partitions.count("gpu"), partitions.count("cpu")) == (2 + 1 + 4 * 2, 1 + 2 + 1)
    results = sweep.folder / "results"
    names = [path.name for path in results.iterdir() if path.is_dir() and path.name.startswith("rehearsal.")]
    assert len(names) == 4
    proposals = {(results / name / "iter_1/proposals/attempt_0.jsonl").read_bytes() for name in names}
    assert len(proposals) == 1
    assert all(name in (results / "rehearsal.comparison.md").read_text() for name in names)
