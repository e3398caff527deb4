"""Inspecting a file shows what stands in it, letter for letter."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from seqplay.cli import app
from seqplay.files import write_records
from seqplay.records import Program


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "programs.jsonl"
    code = "f :: Eq a => [a] -> [a]\nf xs = xs\n"
    write_records(path, [Program(id="abc123", code=code, entry="f", type="Eq a => [a] -> [b]", name="[red]x[/red]")])
    return path


@pytest.mark.parametrize("wanted", ["1", "abc"])
def test_a_type_with_lists_in_it_is_shown_whole(file: Path, wanted: str) -> None:
    shown = CliRunner().invoke(app, ["inspect", str(file), wanted]).output
    assert 'type "Eq a => [a] -> [b]"' in shown
    assert 'name "[red]x[/red]"' in shown
    assert "f :: Eq a => [a] -> [a]" in shown


def test_a_record_that_is_not_there_is_refused_with_what_may_be_asked(file: Path) -> None:
    ended = CliRunner().invoke(app, ["inspect", str(file), "7"])
    assert ended.exit_code != 0
    assert "give a line from 1 to 1" in str(ended.exception)
