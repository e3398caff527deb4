"""A job takes what it needs of its machine, and leaves the rest to others."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from seqplay.runtime import job as jobs
from seqplay.runtime.job import EVALUATION_NICENESS, NICENESS, Job


def entered(rule: str, play: str, folder: Path) -> None:
    wildcards = {"experiment": "demo", "play": play}
    snakemake = SimpleNamespace(rule=rule, log=[str(folder / "log")], wildcards=wildcards, config={}, resources={})
    with Job(snakemake):
        pass


WITH_GPUS = {("validate", "iter_1"): NICENESS, ("validate", "eval_1"): NICENESS + EVALUATION_NICENESS}


@pytest.mark.parametrize(("gpus", "expected"), [(["0"], WITH_GPUS), ([], {})])
def test_on_a_machine_with_gpus_haskell_leaves_the_cores_to_what_feeds_them(
    gpus: list[str], expected: dict[tuple[str, str], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nicer: dict[tuple[str, str], int] = {}
    rule, play = "", ""
    monkeypatch.setattr(jobs, "visible_gpus", lambda: gpus)
    monkeypatch.setattr(jobs, "begin_log", lambda path: None)
    monkeypatch.setattr(os, "nice", lambda by: nicer.update({(rule, play): by}))
    for rule, play in product(("validate", "train", "vote", "curriculum"), ("iter_1", "eval_1")):
        entered(rule, play, tmp_path)
    assert nicer == expected


STAGE = """
import sys, time
from types import SimpleNamespace
from seqplay.runtime.job import Job
wildcards = {"experiment": "demo", "play": "iter_1"}
with Job(SimpleNamespace(rule="vote", log=[sys.argv[1]], wildcards=wildcards, config={}, resources={})):
    print("in it", flush=True)
    time.sleep(600)
"""
RUN = """
import subprocess, sys
from seqplay.runtime import owner
owner.declare()
stage = subprocess.Popen([sys.executable, "-c", sys.argv[1], sys.argv[2]], start_new_session=True)
print(stage.pid, flush=True)
stage.wait()
"""


def test_a_job_ends_with_the_run_that_is_killed_alone(tmp_path: Path) -> None:
    run = subprocess.Popen([sys.executable, "-c", RUN, STAGE, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    stage = psutil.Process(int(run.stdout.readline()))
    assert run.stdout.readline() == "in it\n"
    run.kill()
    stage.wait(20)
    assert "the run has ended, and so does this job" in (tmp_path / "log").read_text()
