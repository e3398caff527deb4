"""A job takes what it needs of its machine, and leaves the rest to others."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from seqplay.runtime import job as jobs
from seqplay.runtime.job import NICENESS, Job


def entered(rule: str, folder: Path) -> None:
    snakemake = SimpleNamespace(
        rule=rule, log=[str(folder / "log")], wildcards={"experiment": "demo"}, config={}, resources={}
    )
    with Job(snakemake):
        pass


@pytest.mark.parametrize(("gpus", "expected"), [(["0"], {"validate": NICENESS}), ([], {})])
def test_on_a_machine_with_gpus_haskell_leaves_the_cores_to_what_feeds_them(
    gpus: list[str], expected: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nicer: dict[str, int] = {}
    rule = ""
    monkeypatch.setattr(jobs, "visible_gpus", lambda: gpus)
    monkeypatch.setattr(jobs, "begin_log", lambda path: None)
    monkeypatch.setattr(os, "nice", lambda by: nicer.update({rule: by}))
    for rule in ("validate", "train", "vote", "curriculum"):
        entered(rule, tmp_path)
    assert nicer == expected
