"""What the system must have: found, advised as this system has it, and nothing refused that can be done without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seqplay.haskell.sandbox import system

SCRIPT = Path(system.__file__)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of a user without root: no package manager that may be used, and just the commands that a test puts."""
    for name in ("CONDA_PREFIX", "MODULESHOME", "LMOD_CMD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(system, "PYTHON", system.NEWEST_WITH_WHEELS)
    put(tmp_path, "flock", "")
    return tmp_path


def put(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def put_ghc(folder: Path, version: str) -> None:
    (folder / "db").mkdir(exist_ok=True)
    (folder / "db" / f"ghc-{version}.conf").write_text("")
    database = folder / "db"
    put(folder, "ghc", f'if [ "$1" = --numeric-version ]; then echo {version}; else echo {database}; fi')


def test_without_a_compiler_one_line_says_how_this_system_gets_one(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(bare, "dnf", "exit 1")
    assert system.setup("ghc") == 3
    assert capsys.readouterr().err == "seqplay needs ghc: sudo dnf install -y ghc bubblewrap z3\n"
    monkeypatch.setenv("CONDA_PREFIX", "/opt/conda")
    assert system.advice(["ghc", "bwrap", "z3"]) == "conda install -y -c conda-forge ghc z3"
    monkeypatch.delenv("CONDA_PREFIX")
    put(bare, "ghcup", "")
    assert system.advice(["ghc"]) == "sudo dnf install -y ghc; without root: ghcup install ghc --set recommended"


def test_a_python_that_cannot_make_environments_is_found_before_the_packages_are_installed(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Debian's python3 comes without `ensurepip`, which is in a package of its own for each version."""
    put_ghc(bare, "9.6.6")
    put(bare, "apt-get", "exit 1")
    monkeypatch.chdir(bare)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert system.setup("ghc") == 3
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    asked = f"seqplay needs python3-venv: sudo apt-get install -y {package} bubblewrap z3\n"
    assert capsys.readouterr().err == asked
    (bare / ".venv/bin").mkdir(parents=True)
    put(bare / ".venv/bin", "pip", "")
    assert system.setup("ghc") == 0, "an environment that is there needs no other"


def test_a_python_newer_than_the_wheels_needs_its_headers(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put_ghc(bare, "9.10.3")
    put(bare, "apt-get", "exit 1")
    monkeypatch.chdir(bare)
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(bare / name))
    assert system.setup("ghc") == 0, "no headers are asked for where nothing is built"
    major, minor = system.NEWEST_WITH_WHEELS
    monkeypatch.setattr(system, "PYTHON", (major, minor + 1))
    capsys.readouterr()
    assert system.setup("ghc") == 3
    assert capsys.readouterr().err.startswith("seqplay needs python3-dev: sudo apt-get install -y python3")
    (bare / "include").mkdir()
    (bare / "include/Python.h").write_text("")
    assert system.setup("ghc") == 0


def test_an_environment_that_was_left_without_pip_is_completed(tmp_path: Path) -> None:
    """As ``python3 -m venv`` leaves it where `ensurepip` is missing."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(SCRIPT.parents[4] / name, tmp_path)
    (tmp_path / "requirements.txt").write_text("no-such-package-anywhere==1\n")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", ".venv"], cwd=tmp_path, check=True)
    command = ["make", ".venv/installed", f"PYTHON={sys.executable}"]
    without_index = {**os.environ, "PIP_NO_INDEX": "1"}
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=without_index)
    assert "no-such-package-anywhere" in ended.stderr, ended.stderr
    assert "No module named pip" not in ended.stderr


def test_bubblewrap_and_solver_can_be_done_without(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put_ghc(bare, "9.6.6")
    assert system.setup("ghc") == 0
    notes = capsys.readouterr().err.splitlines()
    assert [line.split(" is not here")[0] for line in notes] == ["note: bubblewrap", "note: z3"]


def test_apt_is_used_where_it_may_be(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_ghc(bare, "9.0.2")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    put(bare, "apt-get", f'echo "$@" >> {bare}/said')
    assert system.setup("ghc") == 0
    said = (bare / "said").read_text().splitlines()
    assert said == ["update -qq", "install -y -qq --no-install-recommends bubblewrap z3"]


@pytest.mark.parametrize(("version", "works"), [("8.10.7", False), ("9.10.3", True), ("9.2.8", True), ("10.2.1", True)])
def test_versions_are_compared_as_numbers(
    bare: Path, capsys: pytest.CaptureFixture[str], version: str, works: bool
) -> None:
    put_ghc(bare, version)
    assert (system.setup("ghc") == 0) is works
    assert ("is too old" in capsys.readouterr().err) is not works


def test_the_check_needs_nothing_but_python(tmp_path: Path) -> None:
    """It comes before the packages are installed."""
    put(tmp_path, "ghc", "echo 8.8.4")
    put(tmp_path, "flock", "")
    command = [sys.executable, "-I", "-S", str(SCRIPT), "setup", "ghc"]
    ended = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert ended.returncode == 3
    assert "GHC 8.8.4 is too old, seqplay needs 9.0 or later" in ended.stderr
    assert "Traceback" not in ended.stderr
