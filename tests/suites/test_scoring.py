"""`seqplay suites score`: one line out for each answer, in order, whatever stands in the files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from seqplay.cli import app
from tests.suites.tasks import TASKS

pytestmark = pytest.mark.ghc

ITEMS = [task.item for task in TASKS]
FIRST = str(ITEMS[0]["task_id"])
ANSWERS: list[tuple[object, bool, str]] = [
    ({"task_id": FIRST, "code": TASKS[0].right[0]}, True, "passed"),
    ("no JSON", False, "unreadable"),
    ({"task_id": FIRST, "code": TASKS[0].wrong[0], "model": "kept by nobody"}, False, "failed"),
    ({"task_id": "Haskell/99", "code": "f = 1"}, False, "unknown_task"),
    ({"task_id": FIRST}, False, "unreadable"),
    ({"task_id": FIRST, "code": None}, False, "unreadable"),
    ({"task_id": {"a": 1}, "code": "f = 1"}, False, "unreadable"),
    ([1], False, "unreadable"),
    ({"task_id": FIRST, "code": ""}, False, "no_entry"),
    ({"task_id": 7, "code": "f = 1"}, False, "bad_item"),
    ({"task_id": "twice", "code": "f = 1"}, False, "bad_item"),
    ({"task_id": FIRST, "code": TASKS[0].right[1]}, True, "passed"),
]
ODD_ITEMS = ["{", {"prompt": "p"}, {"task_id": 7, "prompt": "f :: Int"}, {"task_id": "twice"}, {"task_id": "twice"}]


def write(path: Path, lines: list[Any]) -> Path:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def score(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["suites", "score", *map(str, arguments)])


def test_each_answer_gives_one_line_in_order_and_the_command_ends_with_0(tmp_path: Path) -> None:
    items = write(tmp_path / "items.jsonl", [*ITEMS, *ODD_ITEMS])
    answers = write(tmp_path / "answers.jsonl", [answer for answer, _, _ in ANSWERS])
    done = score(items, answers, "--out", tmp_path / "out.jsonl", "--json")
    assert done.exit_code == 0, done.output
    found = read(tmp_path / "out.jsonl")
    assert [(line["passed"], line["reason"]) for line in found] == [(passed, why) for _, passed, why in ANSWERS]
    for (answer, _, _), line in zip(ANSWERS, found, strict=True):
        assert {"task_id", "passed", "reason", "seconds"} <= line.keys()
        if isinstance(answer, dict) and not isinstance(answer["task_id"], dict):
            assert line["task_id"] == answer["task_id"]
        assert line["passed"] or line["message"]
    told = json.loads(done.stdout)
    assert (told["answers"], told["passed"]) == (len(ANSWERS), 2)


def test_canonical_scores_the_items_own_solutions(tmp_path: Path) -> None:
    items = write(tmp_path / "items.jsonl", ITEMS)
    done = score(items, "--canonical", "--out", tmp_path / "out.jsonl")
    assert done.exit_code == 0, done.output
    found = read(tmp_path / "out.jsonl")
    assert [line["task_id"] for line in found] == [item["task_id"] for item in ITEMS]
    assert [line["reason"] for line in found] == [
        "passed" if "canonical_solution" in item else "no_solution" for item in ITEMS
    ]


@pytest.mark.parametrize("which", ["items", "answers"])
def test_a_file_that_is_not_there_is_one_line_and_exit_code_2(tmp_path: Path, which: str) -> None:
    paths = {"items": write(tmp_path / "i.jsonl", ITEMS), "answers": write(tmp_path / "a.jsonl", [])}
    paths[which] = tmp_path / "nowhere.jsonl"
    command = [sys.executable, "-c", "from seqplay.cli import main; main()", "suites", "score"]
    arguments = [str(paths["items"]), str(paths["answers"]), "--out", str(tmp_path / "o.jsonl")]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"seqplay: {tmp_path / 'nowhere.jsonl'}: cannot be read")
    assert done.stderr.count("\n") == 1


def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    items = write(tmp_path / "items.jsonl", ITEMS)
    answers = write(
        tmp_path / "answers.jsonl", [{"task_id": FIRST, "code": f"{TASKS[0].right[0]}\n-- {n}\n"} for n in range(60)]
    )
    out, partial = tmp_path / "out.jsonl", tmp_path / ".out.jsonl.partial"
    command = [sys.executable, "-c", "from seqplay.cli import main; main()", "suites", "score"]
    arguments = [*command, str(items), str(answers), "--out", str(out), "--workers", "1"]
    run = subprocess.Popen(arguments, start_new_session=True, stderr=subprocess.DEVNULL)
    limit = time.monotonic() + 120
    while not (partial.is_file() and partial.read_bytes().count(b"\n") > 8) and time.monotonic() < limit:
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    before = partial.read_bytes().splitlines()[1:-1]
    again = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    after = out.read_bytes().splitlines()
    assert (len(after), after[: len(before)]) == (60, before)
    assert all(line["passed"] for line in read(out))
