"""A manifest names what decides results; `seqplay reproduce` names what differs, and nothing where nothing does."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from seqplay.config import parse_config
from seqplay.errors import InputError
from seqplay.operations.manifest import FILE, Manifest, differences, prepare, read_manifest
from tests.slurm.experiment import NO_MODEL
from tests.workflow.experiment import ROOT


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the workflow's files, in which an experiment without a model has begun."""
    for name in ("rules", "config/prompts", "workflow/scripts"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "Snakefile", tmp_path)
    (tmp_path / "programs.jsonl").write_text("{}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "HF_HUB_OFFLINE", "1")
    config = parse_config({
        "experiment": "x", "seed": 7, **NO_MODEL,
        "programs": {"source": "programs.jsonl"}, "dataset": {"instructions": {"source": "programs.jsonl"}},
    })  # fmt: skip
    prepare({"x": config}, {}, tmp_path, say=print)
    return tmp_path


def then(root: Path, **changed: Any) -> Manifest:
    return read_manifest(root / "results/x" / FILE).model_copy(update=changed)


def test_on_the_same_machine_nothing_differs(root: Path) -> None:
    assert list(differences(then(root), root)) == []
    assert then(root).config["seed"] == 7


def test_an_edited_input_is_named(root: Path) -> None:
    (root / "programs.jsonl").write_text("{} \n")
    assert [line.split(":")[1] for line in differences(then(root), root)] == [" programs", " instructions"]
    (root / "programs.jsonl").unlink()
    (line,) = differences(then(root), root)
    assert line.startswith("input: hub programs.jsonl")


def test_edited_code_and_prompts_are_named(root: Path) -> None:
    prompt = next((root / "config/prompts").iterdir())
    prompt.write_text("other words")
    assert list(differences(then(root), root)) == [f"code: config/prompts/{prompt.name}"]


def test_another_version_of_a_tool_is_named(root: Path) -> None:
    older = {**then(root).versions, "ghc": "8.0.1"}
    (line,) = differences(then(root, versions=older), root)
    assert line.startswith("version: ghc was 8.0.1, here ")


def test_keys_that_another_version_has_or_lacks_are_named(root: Path) -> None:
    config = json.loads(json.dumps(then(root).config))
    del config["bob"]["votes"]
    (line,) = differences(then(root, config=config), root)
    assert line.startswith("configuration: bob.votes is new")
    config["bob"]["guesses"] = 3
    (line,) = differences(then(root, config=config), root)
    assert "bob.guesses" in line


def test_its_configuration_can_be_played(root: Path) -> None:
    text = yaml.safe_dump(then(root).config)
    assert parse_config(yaml.safe_load(text)) == parse_config(then(root).config)


def test_what_is_no_manifest_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no manifest"):
        read_manifest(tmp_path / "nothing.json")
