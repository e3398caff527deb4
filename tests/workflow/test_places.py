"""The code of a group, read by all and written by none; folders with spaces; caches out of the home folder."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from seqplay.runtime import home
from tests.workflow.experiment import ROOT, corpus
from tests.workflow.test_game import SMALL

pytestmark = pytest.mark.ghc
CODE = ("Snakefile", "rules", "workflow", "config", "profiles", "report", "envs")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A group's copy of the code, which nobody may write, in a folder with a space in its name."""
    code = tmp_path_factory.mktemp("group") / "shared code"
    code.mkdir()
    for name in CODE:
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "local.yaml")
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, code / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, code / name)
    for path in [code, *code.rglob("*")]:
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    return code


def contents(folder: Path) -> dict[str, float]:
    return {str(path.relative_to(folder)): path.stat().st_mtime for path in sorted(folder.rglob("*"))}


def play(code: Path, folder: Path, settings: dict[str, object], **environment: str) -> None:
    """Play as docs/cluster.md says, in a user's own folder beside the shared code, for a group (umask 002)."""
    folder.mkdir(parents=True)
    (folder / "config").symlink_to(code / "config")
    (folder / "mine.yaml").write_text(yaml.safe_dump(settings))
    (folder / "programs.jsonl").write_text("".join(json.dumps(program) + "\n" for program in corpus(8)))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(code / "Snakefile"), "--cores", "2"]
    command += ["--workflow-profile", str(code / "profiles/default"), "--configfile", "mine.yaml"]
    plain = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(code / "workflow"), "SEQPLAY_LIQUID_PACKAGE_DB": ""}
    ran = subprocess.run(
        command, cwd=folder, env=plain | environment, umask=0o002, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]


@pytest.mark.slow
def test_two_users_play_with_one_read_only_copy_of_the_code_each_in_a_folder_of_their_own(
    shared: Path, tmp_path: Path
) -> None:
    before = contents(shared)
    nothing = {"engine": {"kind": "none"}, "model": {"name": "none"}, "evaluation": {"enabled": False}}
    alone = {"alice": {"proposers": [{"name": "mutate", "weight": 1}]}}
    for user in ("user one", "user two"):
        settings = {**SMALL, **nothing, **alone, "experiment": "mine", "iterations": 1}
        settings["programs"] = {**SMALL["programs"], "per_iteration": 2}
        play(shared, tmp_path / user, settings, SEQPLAY_HOME=str(tmp_path / user / "home"))
    assert contents(shared) == before
    first, second = (tmp_path / user / "results/mine" for user in ("user one", "user two"))
    assert (first / "iter_1/pairs.jsonl").read_bytes() == (second / "iter_1/pairs.jsonl").read_bytes() != b""
    written = [path for path in first.rglob("*") if not path.is_symlink()]
    assert all(path.stat().st_mode & stat.S_IWGRP for path in written), "the group writes what its umask says"
    assert (tmp_path / "user one/home/seqplay").is_dir(), "the Haskell worker"


def test_every_cache_lies_below_one_folder_unless_its_own_variable_says_otherwise(tmp_path: Path) -> None:
    environment = {home.VARIABLE: str(tmp_path), "HF_HOME": "/models"}
    home.settle(environment)
    assert environment.pop("HF_HOME") == "/models"
    assert {Path(value).parent for name, value in environment.items() if name != home.VARIABLE} == {tmp_path}
    assert set(home.FOLDERS) <= {*environment, "HF_HOME"}
    unset: dict[str, str] = {}
    home.settle(unset)
    assert unset == {}
