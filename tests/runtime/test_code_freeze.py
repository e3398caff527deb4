"""A run's code is frozen: what is edited while jobs wait is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

import seqplay
from seqplay.errors import ToolError
from seqplay.runtime import code_freeze


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Snakefile with a rule, a script and a prompt; the run starts in it."""
    for name in ("Snakefile", "rules/bob.smk", "workflow/scripts/vote.py", "config/prompts/judge.jinja"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("one")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(code_freeze.VARIABLE, "")
    monkeypatch.delenv(code_freeze.ALLOW, raising=False)
    code_freeze.freeze(tmp_path, {"seed": 1})
    return tmp_path


def test_an_unchanged_run_goes_on(repository: Path) -> None:
    code_freeze.check({"seed": 1})


@pytest.mark.parametrize(
    "name", ["Snakefile", "rules/bob.smk", "workflow/scripts/vote.py", "config/prompts/judge.jinja"]
)
def test_an_edited_file_is_refused_by_name(repository: Path, name: str) -> None:
    (repository / name).write_text("two")
    with pytest.raises(ToolError, match=name.removeprefix("config/prompts/")):
        code_freeze.check({"seed": 1})


def test_new_files_count_and_so_does_the_configuration(repository: Path) -> None:
    (repository / "workflow/scripts/new.py").write_text("")
    with pytest.raises(ToolError, match=r"new\.py"):
        code_freeze.check({"seed": 1})
    with pytest.raises(ToolError, match="configuration"):
        code_freeze.check({"seed": 2})


def test_who_works_on_seqplay_itself_may_edit(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "Snakefile").write_text("two")
    monkeypatch.setenv(code_freeze.ALLOW, "1")
    code_freeze.check({"seed": 1})


def test_every_room_of_the_package_is_watched(repository: Path) -> None:
    watched = code_freeze.manifest(repository, {})
    package = Path(seqplay.__file__).parent
    for path in package.rglob("*.py"):
        assert f"seqplay/{path.relative_to(package).as_posix()}" in watched
