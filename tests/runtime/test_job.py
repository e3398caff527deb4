"""A job takes what it needs of its machine, and leaves the rest to others."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path
from types import SimpleNamespace

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
