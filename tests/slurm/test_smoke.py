"""The workflow on a real Slurm: its jobs go where the configuration says, with what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.slurm import lab
from tests.slurm.experiment import NO_MODEL, SlurmExperiment
from tests.workflow.experiment import corpus

pytestmark = pytest.mark.slurm


def test_gpu_jobs_run_in_the_gpu_partition_with_a_gpu_of_their_own(slurm: None, tmp_path: Path) -> None:
    small = SlurmExperiment(tmp_path / "x", {**NO_MODEL, "shards": {"propose": 2}}, corpus(6))
    small.play("results/demo/iter_1/programs.jsonl", flags=("--executor", "local", "--cores", "2"))
    targets = ("results/demo/iter_1/proposals/attempt_0.jsonl", "results/demo/heldout_pairs.jsonl")
    small.play(*targets, flags=("--precommand", "echo modules loaded"))
    logs = [small.folder / f"results/demo/logs/iter_1/propose/attempt_0.shard_{shard}.log" for shard in (0, 1)]
    for text in (log.read_text() for log in logs):
        assert "'SLURM_JOB_PARTITION': 'gpu'" in text
        assert "'SLURMD_NODENAME': 'gpu1'" in text
        assert "'CUDA_VISIBLE_DEVICES': '" in text
    cpu = (small.folder / "results/demo/logs/heldout_pairs.log").read_text()
    assert "'SLURM_JOB_PARTITION': 'cpu'" in cpu
    assert "CUDA_VISIBLE_DEVICES" not in cpu
    finished = [line for line in (lab.FOLDER / "finished_jobs").read_text().splitlines() if str(small.folder) in line]
    assert sorted(re.findall(r"Partition=(\w+) TimeLimit=(\d+)", "\n".join(finished))) == [
        ("cpu", "10"), ("cpu", "10"), ("gpu", "11"), ("gpu", "11"),
    ], "what the configuration asks for, by role"  # fmt: skip
    assert all("mem=1000M" in line for line in finished)
    kept = list((small.folder / "results/slurm_logs").rglob("*.log"))
    assert len(kept) == 4, "Slurm's output of each job"
    assert all("modules loaded" in log.read_text() for log in kept), "`precommand` runs in each"
