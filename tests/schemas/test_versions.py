"""Records of earlier versions are read where they are shown; a run goes on only with the version that began it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seqplay.cli import app
from seqplay.errors import InputError
from seqplay.files import read_records, write_text
from seqplay.game.comparison import write_comparison
from seqplay.records import SCHEMA_VERSION, Evaluation, Summary
from seqplay.report import write_report
from seqplay.report.reading.experiment import read_experiment
from seqplay.runtime.schema import begun_with, check_schema
from tests.report.played import config

HERE = Path(__file__).parent
VERSIONS = sorted(HERE.glob("version_*"), key=lambda path: int(path.name.removeprefix("version_")))


def test_there_is_a_fixture_of_each_earlier_version() -> None:
    assert [folder.name for folder in VERSIONS] == [f"version_{number}" for number in range(1, SCHEMA_VERSION)]


@pytest.fixture(params=VERSIONS, ids=lambda folder: folder.name)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(shutil.copytree(request.param / "small", tmp_path / "small"))


def test_inspect_reads_every_file(old: Path) -> None:
    for path in old.rglob("*.jsonl"):
        told = CliRunner().invoke(app, ["inspect", str(path)])
        assert told.exit_code == 0, told.output


def test_the_report_reads_it(old: Path) -> None:
    experiment = read_experiment(old, config(old, iterations=2))
    assert [iteration.summary.sampled for iteration in experiment.iterations] == [7, 7]
    write_report(old, config(old, iterations=2), old / "report.html")
    assert "kept:hard" in (old / "report.html").read_text()


def test_the_comparison_reads_it(old: Path) -> None:
    summaries = [one for path in sorted(old.glob("iter_*/seq_summary.jsonl")) for one in read_records(path, Summary)]
    found = [one for path in sorted(old.glob("eval_*/evaluation.jsonl")) for one in read_records(path, Evaluation)]
    write_comparison([["experiment"], ["small"]], {"small": summaries}, {"small": found}, {}, old / "comparison.md")
    assert "| small | 14 |" in (old / "comparison.md").read_text()


def test_a_run_begun_with_it_is_refused_in_one_line(old: Path) -> None:
    version = int(json.loads((old / "iter_1/programs.jsonl").read_text().splitlines()[0])["schema_version"])
    write_text(old / "programs/train.jsonl", json.dumps({"schema_version": version}) + "\n")
    assert begun_with(old) == version
    with pytest.raises(InputError, match="finish it with the seqplay that began it") as told:
        check_schema(old.parent, [old.name])
    assert "\n" not in str(told.value)


def test_a_run_of_this_version_and_a_new_one_go_on(tmp_path: Path) -> None:
    write_text(tmp_path / "now/programs/train.jsonl", json.dumps({"schema_version": SCHEMA_VERSION}) + "\n")
    check_schema(tmp_path, ["now", "new"])
