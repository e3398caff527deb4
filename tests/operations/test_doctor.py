"""The doctor: what lacks is named, with what it costs and a remedy that exists."""

from __future__ import annotations

import importlib.metadata
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seqplay.cli import app
from seqplay.config import HaskellConfig
from seqplay.haskell.sandbox.build import find_compiler
from seqplay.operations.doctor import Finding, examine
from seqplay.proof.liquid.locate import VARIABLE

ROOT = Path(__file__).parents[2]


def find(what: str, **haskell: object) -> Finding:
    return next(found for found in examine(HaskellConfig.model_validate(haskell)) if found.what.startswith(what))


def database(folder: Path, version: str) -> Path:
    """A package database that claims to hold a Liquid Haskell."""
    folder.mkdir(parents=True)
    (folder / f"liquidhaskell-{version}.conf").write_text("")
    return folder


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which nothing was made, on a machine with no tools."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv(VARIABLE, raising=False)
    find_compiler.cache_clear()
    return tmp_path


def test_every_lack_says_what_it_costs_and_what_mends_it(bare: Path) -> None:
    lacking = [finding for finding in examine(HaskellConfig()) if not finding.there]
    assert {"GHC", "z3", "Liquid Haskell", "Slurm", "vLLM"} <= {finding.what for finding in lacking}
    assert all(finding.cost and finding.mend for finding in lacking)


def test_missing_required_tool_exits_3(bare: Path) -> None:
    ended = CliRunner().invoke(app, ["doctor", "--json"])
    told = json.loads(ended.stdout)
    assert (ended.exit_code, told["ok"]) == (3, False)
    assert [finding["what"] for finding in told["findings"] if finding["needed"] and not finding["there"]] == [
        "GHC",
        "jailed Haskell session",
    ]


def test_a_package_that_is_asked_for_and_not_there_is_named(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.requires", lambda name: ["pydantic", "no-such-package>=2 ; python_version"])
    found = find("Python packages")
    assert (found.there, found.detail) == (False, "missing: no-such-package")


@pytest.mark.ghc
def test_a_liquid_haskell_of_another_compiler_is_said_not_to_match(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(database(tmp_path / "db", "0.8.10.7")))
    found = find("Liquid Haskell")
    assert not found.there
    assert "does not match GHC" in found.detail


def test_a_build_that_is_not_finished_is_no_liquid_haskell(bare: Path) -> None:
    database(bare / ".seqplay/liquid/store/ghc-9.0.2/package.db", "0.9.0.2.1")
    found = find("Liquid Haskell")
    assert (found.there, found.mend) == (False, "make liquid")
    assert "begun and not finished" in found.detail


def test_sources_without_an_installation_are_no_crash(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> list[str]:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.requires", missing)
    found = find("Python packages")
    assert (found.there, found.needed) == (False, False)


def test_a_missing_plugin_for_slurm_stops_no_game(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.requires", lambda name: ["snakemake-executor-plugin-slurm"])
    monkeypatch.setattr("seqplay.operations.doctor._version", lambda name: None)
    assert find("Python packages").there


def test_what_is_to_be_copied_is_printed_whole(bare: Path) -> None:
    """Piped, the table is not cut at 80 columns, and each remedy is a line of its own."""
    told = CliRunner().invoke(app, ["doctor"]).stdout
    for finding in examine(HaskellConfig()):
        if not finding.there:
            assert f"\n    {finding.mend}\n" in told


def test_a_vllm_in_an_environment_of_its_own_is_found(bare: Path) -> None:
    python = bare / ".seqplay/vllm/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho 0.1\n")
    python.chmod(0o755)
    assert find("vLLM").detail.startswith("0.1 in .seqplay/vllm")


def test_a_slurm_whose_controller_does_not_answer_is_no_slurm(bare: Path) -> None:
    for name, said in (("sbatch", "slurm 22.05.8"), ("scontrol", "Slurmctld(primary) at here is DOWN")):
        tool = bare / "bin" / name
        tool.parent.mkdir(exist_ok=True)
        tool.write_text(f"#!/bin/sh\necho '{said}'\n")
        tool.chmod(0o755)
    found = find("Slurm")
    assert (found.there, "DOWN" in found.detail) == (False, True)


def test_every_make_target_that_a_message_or_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    texts = [*(ROOT / "workflow").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), ROOT / "README.md"]
    texts += [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
    named = {
        (target, path.name)
        for path in texts
        for target in re.findall(r"`make ([a-z][\w-]*)", path.read_text(encoding="utf-8"))
    }
    assert {target for target, _ in named} >= {"liquid", "vllm-env"}
    assert not [(target, name) for target, name in named if target not in targets]
