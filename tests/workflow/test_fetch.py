"""`seqplay fetch`: after it, the whole game runs on a machine without a network, from the hub's cache."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.hub import COMMIT, hub
from tests.workflow.experiment import Experiment, corpus
from tests.workflow.test_game import SMALL

pytestmark = pytest.mark.ghc
UNSHARE = shutil.which("unshare")


def settings() -> dict[str, Any]:
    return {
        **SMALL,
        "iterations": 1,
        "programs": {**SMALL["programs"], "source": "ours/programs"},
        "model": {"name": "ours/tiny", "dtype": "float32", "max_length": 4096},
        "engine": {"kind": "transformers"},
        "alice": {"few_shot": False, "sampling": {"max_tokens": 4}},
        "bob": {"few_shot": False, "votes": 2, "sampling": {"max_tokens": 4}},
        "train": {"max_steps": 1, "max_length": 4096, "batch_tokens": 4096, "min_examples": 1},
    }


def seqplay(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    return subprocess.run(
        [sys.executable, "-c", "from seqplay.cli import main; main()", *arguments], cwd=folder,
        env={**plain, "HF_HOME": str(folder / "hub"), **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    return Experiment(tmp_path / "x", settings(), [])


@pytest.fixture
def repositories(tmp_path: Path, tiny_base: Path) -> dict[str, dict[str, Path]]:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "train.jsonl").write_text("".join(json.dumps(program) + "\n" for program in corpus(8)))
    model = shutil.copytree(tiny_base, tmp_path / "model")
    (model / "pytorch_model.bin").write_bytes(b"the same weights in another format")
    return {"models": {"ours/tiny": model}, "datasets": {"ours/programs": programs}}


def test_models_and_datasets_are_stored_once_and_pinned_to_a_commit(
    experiment: Experiment, repositories: dict[str, dict[str, Path]]
) -> None:
    asked: list[str] = []
    with hub(**repositories, asked=asked) as address:
        first = seqplay(experiment.folder, "fetch", "own.yaml", HF_ENDPOINT=address)
        assert first.returncode == 0, first.stderr
        assert f"model: ours/tiny at {COMMIT}" in first.stdout
        assert f"programs: ours/programs at {COMMIT}" in first.stdout
        assert not any("pytorch_model.bin" in line for line in asked)
        asked.clear()
        again = seqplay(experiment.folder, "fetch", "own.yaml", HF_ENDPOINT=address)
    assert again.stdout == first.stdout
    assert asked == []


@pytest.mark.parametrize("lost", ["model.safetensors", "more.jsonl"])
def test_a_fetch_that_was_broken_off_goes_on(
    lost: str, experiment: Experiment, repositories: dict[str, dict[str, Path]]
) -> None:
    (repositories["datasets"]["ours/programs"] / "more.jsonl").write_text("{}\n")
    asked: list[str] = []
    broken = {lost}
    with hub(**repositories, asked=asked, broken=broken) as address:
        assert seqplay(experiment.folder, "fetch", "own.yaml", HF_ENDPOINT=address).returncode == 3
        broken.clear()
        asked.clear()
        again = seqplay(experiment.folder, "fetch", "own.yaml", HF_ENDPOINT=address)
    assert again.returncode == 0, again.stderr
    assert any(lost in line for line in asked)
    assert not any(line.startswith("GET") and "tokenizer" in line for line in asked)


def test_weights_in_another_format_are_refused_with_what_to_do(
    experiment: Experiment, repositories: dict[str, dict[str, Path]]
) -> None:
    (repositories["models"]["ours/tiny"] / "model.safetensors").unlink()
    with hub(**repositories, asked=[]) as address:
        failed = seqplay(experiment.folder, "fetch", "own.yaml", HF_ENDPOINT=address)
    assert failed.returncode == 3
    assert "has no weights as safetensors" in failed.stderr


def test_what_cannot_be_had_is_one_line_that_says_what_to_do(experiment: Experiment) -> None:
    for environment in ({"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}):
        failed = seqplay(experiment.folder, "fetch", "own.yaml", **environment)
        assert failed.returncode == 3
        assert failed.stderr.count("\n") == 1, failed.stderr
        assert "ours/tiny" in failed.stderr


@pytest.mark.slow
@pytest.mark.skipif(UNSHARE is None, reason="no unshare here")
def test_the_whole_game_runs_without_a_network(
    experiment: Experiment, repositories: dict[str, dict[str, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub(**repositories, asked=[]) as address:
        assert seqplay(experiment.folder, "fetch", "own.yaml", HF_ENDPOINT=address).returncode == 0
    monkeypatch.setenv("HF_HOME", str(experiment.folder / "hub"))
    alone = [str(UNSHARE), "--map-root-user", "--net"]
    environment = {name: value for name, value in experiment.environment().items() if name != "HF_HUB_OFFLINE"}
    run = subprocess.run(
        [*alone, *experiment.command()], cwd=experiment.folder, env=environment, capture_output=True, text=True
    )
    if "unshare" in run.stderr.splitlines()[0]:
        pytest.skip("no namespaces here")
    assert run.returncode == 0, run.stderr[-4000:]
    inputs = json.loads((experiment.folder / "results/small/manifest.json").read_text())["inputs"]
    assert [one["what"] for one in inputs if one.get("commit") == COMMIT] == ["model", "programs"]
    assert (experiment.folder / "results/small/summary.md").is_file()
