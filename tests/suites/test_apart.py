"""``seqplay evaluate``: suites for any model or adapter, apart from a game."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from seqplay.cli import app
from seqplay.config import parse_config
from seqplay.engines.replay import Recording
from seqplay.errors import InputError
from seqplay.files import read_records, write_records
from seqplay.records import Completion
from seqplay.suites import apart
from seqplay.suites.records import SuiteResult
from tests.suites.test_stages import EQUIBENCH, PYSECDB, write


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Two closed suites, and a model that always says true."""
    suites = [
        {"name": name, "format": name, "items": write(tmp_path / f"{name}.jsonl", items), "samples": 2, "k": [1]}
        for name, items in (("equibench", EQUIBENCH), ("pysecdb", PYSECDB))
    ]
    write_records(tmp_path / "answers.jsonl", [Recording(contains=(), texts=("```\ntrue\n```",))])
    engine = {"kind": "replay", "replay_file": str(tmp_path / "answers.jsonl")}
    settings = {"engine": engine, "model": {"name": "replayed"}, "evaluation": {"suites": suites}}
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(settings))
    return path


def test_a_model_is_asked_and_scored_and_a_second_call_asks_nothing(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, out = parse_config(yaml.safe_load(config.read_text())), tmp_path / "out"
    results = apart.evaluate_suites(settings, None, out)
    assert [(one.player, one.suite, one.answers) for one in results] == [
        ("base", "equibench", 8),
        ("base", "pysecdb", 4),
    ]
    assert results[0].accuracy.value == sum(bool(item["truth_label"]) for item in EQUIBENCH) / len(EQUIBENCH)
    assert len(read_records(out / "base/completions.jsonl", Completion)) == 12

    monkeypatch.setattr(apart, "ask_suites", lambda *_, **__: pytest.fail("asked again"))
    assert apart.evaluate_suites(settings, None, out) == results
    other = settings.model_copy(update={"seed": settings.seed + 1})
    with pytest.raises(pytest.fail.Exception):
        apart.evaluate_suites(other, None, out)


def test_an_adapter_is_compared_with_the_base(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "adapter"
    folder.mkdir()
    settings = parse_config(yaml.safe_load(config.read_text()))
    with pytest.raises(InputError, match="holds no adapter"):
        apart.evaluate_suites(settings, folder, tmp_path / "out")
    (folder / "adapter_config.json").write_text("{}")
    (folder / "adapter_model.safetensors").write_bytes(b"weights")
    results = apart.evaluate_suites(settings, folder, tmp_path / "out")
    mine = {one.suite: one for one in results if one.player == "adapter"}
    assert set(mine) == {"equibench", "pysecdb"}
    assert all(one.difference is not None and one.difference.value == 0 for one in mine.values()), "the same recordings"


def test_the_command_prints_a_table_and_one_object(config: Path, tmp_path: Path) -> None:
    command = ["evaluate", str(config), "--out", str(tmp_path / "out")]
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 0, told.output
    assert "equibench" in told.stdout
    told = CliRunner().invoke(app, [*command, "--json"])
    found = json.loads(told.stdout)
    assert [one["suite"] for one in found["results"]] == ["equibench", "pysecdb"]
    assert read_records(Path(found["output"]), SuiteResult)


@pytest.mark.parametrize(
    ("keys", "said"),
    [({"evaluation": {"suites": []}}, "evaluation.suites"), ({"engine": {"kind": "none"}}, "engine.kind")],
)
def test_what_cannot_be_asked_is_one_line(config: Path, tmp_path: Path, keys: dict[str, object], said: str) -> None:
    mutate = {"alice": {"proposers": [{"name": "mutate", "weight": 1}]}}
    settings = parse_config({**yaml.safe_load(config.read_text()), **mutate, **keys})
    with pytest.raises(InputError, match=said):
        apart.evaluate_suites(settings, None, tmp_path / "out")
