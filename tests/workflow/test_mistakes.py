"""A user's mistake, or a machine that lacks something, gets one clear line and loses nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seqplay.errors import ToolError
from seqplay.haskell.sandbox.jail import open_jail
from tests.workflow.experiment import Experiment, corpus

MUTATE: dict[str, Any] = {
    "experiment": "small",
    "iterations": 1,
    "model": {"name": "none"},
    "engine": {"kind": "none"},
    "alice": {"proposers": [{"name": "mutate", "weight": 1}]},
    "programs": {"source": "programs.jsonl", "max_characters": 0, "per_iteration": 2, "heldout": 1},
    "evaluation": {"enabled": False},
}


def without(tmp_path: Path, *missing: str) -> dict[str, str]:
    """Return an environment in which some programs are not to be found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for directory in os.environ["PATH"].split(":"):
        for program in Path(directory).iterdir() if Path(directory).is_dir() else []:
            link = folder / program.name
            if program.name not in missing and not link.exists():
                link.symlink_to(program)
    return {
        **os.environ,
        "PATH": str(folder),
        "SEQPLAY_LIQUID_PACKAGE_DB": "",
        "SEQPLAY_CACHE": str(tmp_path / "cache"),
    }


def check(program: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from seqplay.cli import main; main()", "check", str(program)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "P.hs"
    path.write_text("f :: Int -> Int\nf x = x + 1\n")
    return path


def test_a_missing_compiler_is_named(tmp_path: Path, program: Path) -> None:
    found = check(program, without(tmp_path, "ghc"))
    assert found.returncode == 3, found.stderr
    assert "ghc" in found.stderr.strip().splitlines()[-1]
    assert "Traceback" not in found.stderr


def test_a_missing_jail_is_named_and_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="bubblewrap"):
        open_jail("bubblewrap")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"bob": {"vots": 3}}, "config key bob.vots: found 3; no such key; allowed here:"),
        ({"seed": "one"}, 'config key seed: found "one"'),
        ({"proof": {"evidence": "proof"}}, "there is no Liquid Haskell"),
        ({"experiment": "long" * 75}, "config key experiment: found"),
        ({"programs": {**MUTATE["programs"], "source": "no/such.jsonl"}}, "config key programs.source: found"),
        ({"engine": {"kind": "transformers"}, "model": {"name": "nosuch"}}, "config key model.name: found 'nosuch'"),
    ],
)
def test_a_wrong_configuration_stops_the_workflow_with_one_line(
    tmp_path: Path, settings: dict[str, Any], told: str
) -> None:
    experiment = Experiment(tmp_path / "wrong", {**MUTATE, **settings}, corpus(4))
    printed = experiment.play(flags=("--dry-run",), expect=1)
    lines = [line for line in printed.splitlines() if "seqplay:" in line]
    assert len(lines) == 1
    assert told in lines[0]
    assert "Traceback" not in printed


def test_too_few_programs_are_said_with_the_reason(tmp_path: Path) -> None:
    experiment = Experiment(tmp_path / "few", MUTATE, [{"code": "f :: Int -> Int\nf x = y\n", "name": "bad"}])
    printed = experiment.play(expect=1)
    assert "0 usable programs of 1 lines" in printed
    assert "type_error" in printed
