"""The report's rules: they run where the records are there, and Snakemake's own report has what they write."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from seqplay.config import parse_experiments
from tests.report.played import USUAL, write_evaluations, write_iteration
from tests.workflow.experiment import ROOT, SNAKEMAKE

pytestmark = pytest.mark.slow

SWEEP = {
    "experiment": "both",
    "iterations": 2,
    "engine": {"kind": "none"},
    "model": {"name": "none"},
    "alice": {"proposers": [{"name": "mutate", "weight": 1}]},
    "experiments": {"low": {"curriculum": {"threshold": 3}}, "high": {"curriculum": {"threshold": 7}}},
}
RULES = ("iteration_report", "report", "sweep_report")


def snakemake(folder: Path, *arguments: str) -> str:
    where = ["--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder), "--cores", "2"]
    environment = {**os.environ, "SEQPLAY_LIQUID_PACKAGE_DB": "", "SEQPLAY_ALLOW_EDITS": "1"}
    run = subprocess.run(
        [*SNAKEMAKE, *where, "--configfile", "own.yaml", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout + run.stderr


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep of two finished experiments, whose reports Snakemake then writes."""
    folder = tmp_path_factory.mktemp("sweep")
    (folder / "config").symlink_to(ROOT / "config")
    (folder / "own.yaml").write_text(yaml.safe_dump(SWEEP))
    for name in parse_experiments(SWEEP):
        for number in (1, 2):
            write_iteration(folder / "results" / name, number, USUAL)
        write_evaluations(folder / "results" / name, {0: 3, 1: 4, 2: 5})
    targets = [f"results/{name}/iter_1/report.html" for name in ("low", "high")]
    snakemake(folder, "--allowed-rules", *RULES, "--", *targets, "results/both.report.html")
    return folder / "results"


def test_each_iteration_has_a_page_and_so_have_the_experiment_and_the_sweep(results: Path) -> None:
    for name in ("low", "high"):
        assert "1 of 2 iterations" in (results / name / "iter_1/report.html").read_text()
        assert "2 of 2 iterations" in (results / name / "report.html").read_text()
    assert "curriculum.threshold" in (results / "both.report.html").read_text()


def test_every_page_is_asked_for_by_default(results: Path) -> None:
    (asked,) = [line for line in snakemake(results.parent, "--dry-run").splitlines() if "low/summary.md" in line][-1:]
    pages = [f"{name}/{place}report.html" for name in ("low", "high") for place in ("", "iter_1/", "iter_2/")]
    assert all(f"results/{page}" in asked for page in (*pages, "both.report.html"))


def test_snakemake_s_own_report_has_captions_and_categories(results: Path) -> None:
    snakemake(results.parent, "--allowed-rules", *RULES, "--report", "own.html", "--", "results/both.report.html")
    written = (results.parent / "own.html").read_text()
    for said in (
        "The experiments of this sweep side by side",
        "from sampled programs to accepted pairs, votes, proofs",
    ):
        assert said in written
    assert '"Sweep"' in written
