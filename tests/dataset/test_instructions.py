"""Instructions: read from rows of any shape, filtered, ordered, deduplicated, kept clear of other sets; resumable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import datasets
import pytest

from seqplay.config.dataset import ColumnsConfig, InstructionsConfig
from seqplay.dataset import instructions as stage
from seqplay.dataset.instructions import select_instructions
from seqplay.dataset.python.unit_tests import calls, function_name
from seqplay.dataset.records import DroppedRow, Instruction
from seqplay.dataset.rows import read_rows, read_tests, unfenced
from seqplay.errors import InputError
from seqplay.files import read_records


def row(name: str, text: str, python: str = "def f(x):\n    return x\n", **more: Any) -> dict[str, Any]:
    base = {"id": name, "input": text, "output": python, "domain": "generic", "generation_algorithm": "self-instruct"}
    return {**base, "average_test_score": "1.0", **more}


def select(
    folder: Path, rows: list[dict[str, Any] | str], **settings: Any
) -> tuple[list[Instruction], list[DroppedRow]]:
    source = folder / "in.jsonl"
    source.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in rows))
    kept, dropped = folder / "kept.jsonl", folder / "dropped.jsonl"
    select_instructions(InstructionsConfig(source=str(source), **settings), kept, dropped)
    return read_records(kept, Instruction), read_records(dropped, DroppedRow)


SUM = "Return the sum of the even integers in a list of integers."


def test_short_solutions_come_first_then_the_better_score(tmp_path: Path) -> None:
    rows = [
        row("long", "Reverse the words of a sentence.", "def f(x):\n    y = x\n    return y\n"),
        row("low", "Count the vowels of a text.", average_test_score="0.5"),
        row("high", "Square every number of a list.", average_test_score="0.9"),
    ]
    kept, _ = select(tmp_path, list(rows))
    assert [one.name for one in kept] == ["high", "low", "long"]
    assert [one.name for one in select(tmp_path, list(rows), limit=1)[0]] == ["high"]


def test_what_is_dropped_has_its_reason_and_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "heldout.jsonl").write_text(json.dumps({"q": "Tell whether a year is a leap year or it is not one."}))
    rows = [
        row("kept", SUM),
        row("same", SUM.upper().replace(" ", "  "), "def longer_name(x):\n    return x\n"),
        row("near", SUM.replace("Return", "Give"), "def longer_name(x):\n    return x\n"),
        row("other domain", "Sort a list of words.", domain="algorithmic"),
        row("evolved", "Sort a list of numbers.", generation_algorithm="evol-instruct"),
        row("bad score", "Sort a list of pairs.", average_test_score="0.1"),
        row("leaked", "Tell whether a year is a leap year or it is not."),
        "no JSON",
        {"input": "x"},
    ]
    kept, dropped = select(tmp_path, rows, least_score=0.5, decontaminate=(str(tmp_path / "heldout.jsonl"),))
    assert [one.name for one in kept] == ["kept"]
    assert [one.reason for one in dropped] == [
        "duplicate", "near_duplicate", "filtered", "filtered", "filtered", "contaminated", "invalid", "invalid",
    ]  # fmt: skip
    assert len(kept) + len(dropped) == len(rows)
    assert all(one.message for one in dropped)


def test_the_order_of_the_source_does_not_decide_what_is_kept(tmp_path: Path) -> None:
    rows: list[dict[str, Any] | str] = [
        row(str(n), f"Add {w} to each number.") for n, w in enumerate(["one", "two", "three"])
    ]
    first, second = select(tmp_path, rows)[0], select(tmp_path, rows[::-1])[0]
    assert [one.id for one in first] == [one.id for one in second]


def test_a_source_without_anything_usable_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of 1 rows"):
        select(tmp_path, ["no JSON"])
    with pytest.raises(InputError, match="is no file or saved folder"):
        list(read_rows(InstructionsConfig(source=str(tmp_path / "nothing"))))


def test_reading_goes_on_where_it_was_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[dict[str, Any] | str] = [row(str(n), f"Task number {n} {'x' * n}.") for n in range(20)]
    read: list[int] = []
    original = read_rows

    def watched(config: InstructionsConfig, start: int = 0) -> Any:
        for found in original(config, start):
            read.append(found.row)
            if found.row == 7 and start == 0:
                raise KeyboardInterrupt
            yield found

    monkeypatch.setattr(stage, "read_rows", watched)
    with pytest.raises(KeyboardInterrupt):
        select(tmp_path, rows)
    source, output = InstructionsConfig(source=str(tmp_path / "in.jsonl")), tmp_path / "kept.jsonl"
    select_instructions(source, output, tmp_path / "dropped.jsonl")
    assert read == [*range(8), *range(7, 20)]
    assert len(read_records(output, Instruction)) == 20


@pytest.mark.parametrize("kind", ["parquet", "saved"])
def test_parquet_and_saved_folders_are_read_like_lines(tmp_path: Path, kind: str) -> None:
    table = datasets.Dataset.from_list([row(str(n), f"Task {n}") for n in range(5)])
    path = tmp_path / ("x.parquet" if kind == "parquet" else "x")
    if kind == "parquet":
        table.to_parquet(str(path))
    else:
        table.save_to_disk(str(path))
    found = list(read_rows(InstructionsConfig(source=str(path)), 2))
    assert [(one.row, one.name) for one in found] == [(2, "2"), (3, "3"), (4, "4")]


def test_columns_are_named_in_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(json.dumps({"question": "Q", "answer": "def f(): pass"}) + "\n")
    columns = ColumnsConfig(instruction="question", python="answer")
    (found,) = read_rows(InstructionsConfig(source=str(tmp_path / "x.jsonl"), columns=columns))
    assert found.instruction is not None
    assert found.instruction.instruction == "Q"


def test_a_fenced_solution_is_taken_out_of_its_fence() -> None:
    assert unfenced("Text\n```python\ndef f(): pass\n```\nmore\n") == "def f(): pass\n"
    assert unfenced("def f(): pass\n") == "def f(): pass\n"


@pytest.mark.parametrize(
    ("given", "found"),
    [('["assert f(1)"]', ("assert f(1)",)), ("['assert f(1)']", ("assert f(1)",)), (["a", 1], ("a",)), ("x(", ()),
     (None, ())],
)  # fmt: skip
def test_unit_tests_are_read_as_json_or_python_writes_them(given: Any, found: tuple[str, ...]) -> None:
    assert read_tests(given) == found


def test_calls_are_read_out_of_unit_tests() -> None:
    code = "def helper(x): ...\ndef f(a, b=2, *, c=0): ...\n"
    tests = ["assert f([1, 2], 3) == 4", "assert f(a=1, b=-2) is None", "assert f(1, c=3)", "assert f(open('x'))",
             "assert f([1, 2], 3) == 5", "assert helper(1)", "not python (", "assert other(1)"]  # fmt: skip
    assert [call.arguments for call in calls(tests, code)] == [([1, 2], 3), (1, -2)]
    assert function_name(tests, code) == "f"
    assert function_name([], code) == "f"
    assert function_name([], "x = 1") == ""
