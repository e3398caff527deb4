"""A small experiment played through the lab's Slurm, and what Slurm tells of its jobs."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seqplay.config.sweep import merged
from tests.slurm import lab
from tests.workflow.experiment import ROOT, SNAKEMAKE, Experiment

NO_MODEL: dict[str, Any] = {
    "iterations": 1,
    "engine": {"kind": "none"},
    "model": {"name": "none"},
    "alice": {"proposers": [{"name": "mutate", "weight": 1}]},
    "programs": {"source": "programs.jsonl", "max_characters": 0, "per_iteration": 4, "heldout": 2},
    "evaluation": {"enabled": False},
    "haskell": {"workers": 1, "evaluations": 100},
    "proof": {"evidence": "bounded"},
}
"""Deterministic and without a model: `mutate` proposes, nobody votes."""
ROLES: dict[str, Any] = {
    "resources": {
        "engine": {"partition": "gpu", "gpus": 1, "cpus": 1, "memory_mb": 1000, "minutes": 11},
        "train": {"partition": "gpu", "gpus": 1, "cpus": 1, "memory_mb": 1000, "minutes": 10},
        "haskell": {"partition": "cpu", "cpus": 1, "memory_mb": 1000, "minutes": 10},
    }
}
"""GPU rules to the GPU partition, CPU rules to the other."""


class SlurmExperiment(Experiment):
    """An experiment whose jobs go to the lab."""

    strict = False
    """Whether edits in the middle of a run are refused, as for a user, or let pass, as for who works on seqplay."""

    def __init__(self, folder: Path, settings: dict[str, Any], programs: list[dict[str, str]]) -> None:
        super().__init__(folder, merged(settings, ROLES), programs)
        (folder / "slurm").symlink_to(ROOT / "profiles/slurm")

    def command(self, *targets: str, flags: tuple[str, ...] = ()) -> list[str]:
        """As a user calls it: the profile by its bare name; only the waits are shorter."""
        where = ["--snakefile", str(ROOT / "Snakefile"), "--directory", str(self.folder)]
        profile = ["--profile", "slurm", "--workflow-profile", str(ROOT / "profiles/default")]
        waits = ["--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "3"]
        return [*SNAKEMAKE, *where, *profile, *waits, *flags, "--configfile", "own.yaml", "--", *targets]

    def environment(self, liquid: bool = False) -> dict[str, str]:
        return {**super().environment(liquid), "SEQPLAY_ALLOW_EDITS": "0" if self.strict else "1"}

    def start(self, *targets: str, flags: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        """Start a run in the background; its output goes to ``run.log``."""
        with (self.folder / "run.log").open("a") as log:
            return subprocess.Popen(
                self.command(*targets, flags=flags), cwd=self.folder, env=self.environment(), text=True,
                start_new_session=True, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def finish(self, run: subprocess.Popen[str], seconds: float = 400) -> None:
        """Wait for a run that must succeed."""
        try:
            code = run.wait(seconds)
        finally:
            kill(run)
        assert code == 0, (self.folder / "run.log").read_text()[-6000:]

    def jobs(self) -> list[tuple[str, str, str]]:
        """Return id, state and comment (rule and wildcards) of this folder's unfinished jobs."""
        lines = lab.run("squeue", "--noheader", "--format=%i|%T|%Z|%k").splitlines()
        rows = [line.strip().split("|", 3) for line in lines]
        return [(job, state, comment) for job, state, folder, comment in rows if Path(folder) == self.folder]

    def running(self, rule: str) -> str | None:
        """Return the id of a running job of a rule."""
        found = (
            job for job, state, comment in self.jobs() if state == "RUNNING" and comment.startswith(f"rule_{rule}")
        )
        return next(found, None)


def kill(run: subprocess.Popen[str]) -> None:
    """End a run and all it started here, at once; its Slurm jobs go on."""
    if run.poll() is None:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()


def wait_for(found: Callable[[], Any], seconds: float = 120) -> Any:
    """Wait until something is there, and return it."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        value = found()
        if value:
            return value
        time.sleep(0.3)
    raise AssertionError(f"{found} did not come about in {seconds:.0f} s")
