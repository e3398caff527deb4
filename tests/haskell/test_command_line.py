"""`seqplay check/run/diverge/compare`: the contract of exit codes, and one JSON object whatever happens."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seqplay.cli import app

pytestmark = pytest.mark.ghc

FILES = {
    "p.hs": "f :: Int -> Maybe Int -> Int\nf x (Just y) = x + y\nf x Nothing = x\n",
    "q.hs": "f :: Int -> Maybe Int -> Int\nf x (Just y) = x - y\nf x Nothing = x\n",
    "io.hs": "f :: Int -> IO Int\nf = return\n",
    "loop.hs": "f :: Int -> Maybe Int -> Int\nf x y = f y' y where y' = length (repeat x)\n",
}
CASES = [
    (["check", "p.hs"], 0, "usable"),
    (["check", "io.hs"], 2, "io_entry"),
    (["run", "p.hs", "--", "-1", "Just 3"], 0, "value"),
    (["run", "p.hs", "--", "-1"], 2, "bad_input"),
    (["run", "p.hs", "--", "1, 2", "Nothing"], 2, "bad_input"),
    (["run", "loop.hs", "--", "1", "Nothing"], 1, "timeout"),
    (["diverge", "p.hs", "q.hs", "--", "1", "Just 1"], 0, "diverges"),
    (["diverge", "p.hs", "q.hs", "--", "1", "Nothing"], 1, "no_difference"),
    (["compare", "p.hs", "q.hs"], 1, "diverges"),
    (["compare", "p.hs", "p.hs"], 0, "same_program"),
    (["diverge", "p.hs", "p.hs", "--", "1", "Nothing"], 1, "same_program"),
    (["check", "nowhere.hs"], 2, "bad_input"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("command", "code", "reason"), CASES)
def test_exit_codes_and_reasons_are_those_of_the_contract(
    folder: Path, command: list[str], code: int, reason: str
) -> None:
    at = command.index("--") if "--" in command else len(command)
    done = CliRunner().invoke(app, [*command[:at], "--json", *command[at:]])
    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["reason"]) == (code, reason), answer["message"]
    assert {"schema_version", "command", "verdict", "message", "entry", "evidence"} <= answer.keys()
    assert answer["command"] == command[0]


def test_words_say_what_was_found(folder: Path) -> None:
    done = CliRunner().invoke(app, ["diverge", "p.hs", "q.hs", "--", "1", "Just 1"])
    assert done.stdout == "diverges: P gives 2, Q gives 0\n"


@pytest.mark.parametrize("words", [["check", "--json"], ["compare", "--json", "P.hs", "--bogus"]])
def test_a_wrong_command_line_is_one_object_too(words: list[str]) -> None:
    command = [sys.executable, "-c", "from seqplay.cli import main; main()", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["command"], answer["reason"]) == (2, words[0], "bad_input")
    assert done.stderr == ""
