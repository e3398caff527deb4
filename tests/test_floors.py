"""The package's floors (`importlinter` in `pyproject.toml`): an import that goes up, or round in a circle, is named."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CIRCLES = re.compile(r"No cycles are allowed in ([\w.]+)\.\n(.*?)(?=No cycles|\Z)", re.DOTALL)


def broken_imports(workflow: Path) -> list[str]:
    """Return what breaks a contract of the package in a folder: ``file:line: imports module``; a circle has no line."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    ended = subprocess.run(
        [*command, str(ROOT / "pyproject.toml"), "--no-cache"],
        env={**os.environ, "PYTHONPATH": str(workflow), "COLUMNS": "1000"},
        capture_output=True,
        text=True,
        check=False,
    )
    named = [
        f"{file_of(importer, workflow)}:{line}: imports {imported}"
        for importer, imported, line in re.findall(r"(seqplay[\w.]*) -> (seqplay[\w.]*) \(l\.\s?(\d+)", ended.stdout)
    ]
    for room, circles in re.findall(
        r"No cycles are allowed in ([\w.]+)\.\n(.*?)(?=No cycles|\Z)", ended.stdout, re.DOTALL
    ):
        for importer, imported in re.findall(r"^- (\.\w+) -> (\.\w+)", circles, re.MULTILINE):
            named.append(f"{file_of(room + importer, workflow)}: imports {room}{imported}")
    return named if ended.returncode == 0 or named else [ended.stdout + ended.stderr]


def file_of(module: str, workflow: Path) -> str:
    """Return the file of a module."""
    path = workflow / module.replace(".", "/")
    return (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).relative_to(workflow).as_posix()


def test_each_floor_imports_only_from_floors_below_it() -> None:
    assert broken_imports(ROOT / "workflow") == []


@pytest.mark.parametrize(
    ("file", "line", "named"),
    [
        ("seqplay/records/base.py", "from seqplay.game import alice", "seqplay.game.alice"),
        ("seqplay/haskell/syntax/nodes.py", "from seqplay.haskell.parsing import cst", "seqplay.haskell.parsing.cst"),
        ("seqplay/engines/base.py", "from seqplay.engines import registry", "seqplay.engines.registry"),
    ],
    ids=["a higher floor", "a higher wing", "a circle"],
)
def test_the_file_and_the_import_are_named(tmp_path: Path, file: str, line: str, named: str) -> None:
    shutil.copytree(ROOT / "workflow/seqplay", tmp_path / "seqplay", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / file).open("a") as source:
        source.write(f"{line}\n")
    (broken, *_) = broken_imports(tmp_path)
    assert broken.startswith(f"{file}:")
    assert broken.endswith(f": imports {named}")
