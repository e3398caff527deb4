"""`seqplay dataset validate`: a line for each line, whatever stands in it; resumable; counts at the end."""

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

from seqplay.config import HaskellConfig
from seqplay.dataset.lines import OUTPUT, read_line, validate_file
from seqplay.runtime.ordered import OrderedFile, in_order

pytestmark = pytest.mark.ghc
IDENTITY = "f :: Int -> Int\nf x = x\n"

LINES: list[tuple[str | dict[str, Any], dict[str, Any]]] = [
    ({"code": "f :: [Int] -> Int -> [Int]\nf xs n = map (+ n) xs\n", "input": "[1,2] 3", "id": 7},
     {"tier": "C", "status": "accepted", "reason": "value", "entry": "f", "type": "[Int] -> Int -> [Int]",
      "output": "[4,5]", "id": 7}),
    ({"code": IDENTITY, "input": ["-3"], "output": "-3"},
     {"tier": "C", "output": "-3", "recorded_output": "-3", "output_matches": True}),
    ({"code": IDENTITY, "input": "3", "output": "3\n"},
     {"tier": "C", "output": "3", "recorded_output": "3\n", "output_matches": True}),
    ({"code": IDENTITY, "input": "3", "output": "4"},
     {"tier": "C", "output": "3", "recorded_output": "4", "output_matches": False}),
    ({"code": "f :: Maybe Int -> Int\nf = maybe 0 id\n", "input": "Just 3"}, {"tier": "C", "output": "3"}),
    ({"code": "g :: Int -> Int\ng = (+ 1)\n\nf :: [Int] -> Int -> [Int]\nf xs n = map (+ g n) xs\n", "input": "[1] 3"},
     {"tier": "C", "entry": "f", "output": "[5]"}),
    ({"code": "g :: Int -> Int\ng = (+ 1)\n\nf :: Int -> Int\nf = (* 5) . g\n", "input": "3"},
     {"tier": "C", "entry": "g", "entry_by": "first signature", "output": "4"}),
    ({"code": "g :: Int -> Int\ng = (+ 1)\n\nf :: Int -> Int\nf = (* 5) . g\n", "input": "3", "output": "20"},
     {"tier": "C", "entry": "f", "entry_by": "gives the recorded output", "output": "20"}),
    ({"code": "g :: Int -> Int\ng x = h (x + 1)\nh :: Int -> Int\nh x = 3 * x\n", "input": "2", "output": "6"},
     {"tier": "C", "entry": "h", "entry_by": "gives the recorded output", "output": "6"}),
    ({"code": "g :: Int -> Int\ng = (+ 1)\n\nf :: Int -> Int\nf = (* 5) . g\n", "input": "3", "output": "21"},
     {"tier": "C", "entry": "g", "output": "4", "output_matches": False}),
    ({"code": IDENTITY}, {"tier": "C", "reason": "value"}),
    ({"code": "f :: Int -> Int\nf x = y\n", "input": "3"}, {"tier": "A", "reason": "type_error", "output": None}),
    ({"code": "f ::", "input": "3"}, {"tier": "none", "reason": "parse_error"}),
    ({"code": "f :: Int -> Int\nf _ = error \"no\"\n", "input": "3"}, {"tier": "B", "reason": "exception"}),
    ({"code": "f :: Int -> Int\nf x = f x\n", "input": "3"}, {"tier": "B", "status": "timeout", "reason": "timeout"}),
    ({"code": "f :: Int -> IO Int\nf = return\n", "input": "3"}, {"tier": "B", "reason": "io_entry"}),
    ({"code": IDENTITY, "input": "\"x\""}, {"tier": "B", "reason": "bad_input"}),
    ({"code": IDENTITY, "input": 3}, {"tier": "B", "reason": "bad_input", "input": 3}),
    ({"code": IDENTITY, "input": "1", "tier": 9, "line": "x", "type": None},
     {"recorded_tier": 9, "recorded_line": "x", "recorded_type": None, "tier": "C", "type": "Int -> Int"}),
    ({"code": IDENTITY, "input": "1", "entry": "g"}, {"tier": "A", "reason": "no_entry", "entry": "g"}),
    ({"code": IDENTITY, "input": "1", "text": "ü\ud800", "big": 10**30}, {"text": "ü\ud800", "big": 10**30}),
    ({"input": "3"}, {"tier": "none", "reason": "no_code"}),
    ({"code": None}, {"tier": "none", "reason": "no_code"}),
    ("no JSON", {"tier": "none", "reason": "not_json"}),
    ("[1]", {"tier": "none", "reason": "not_json"}),
    ("", {"tier": "none", "reason": "not_json"}),
    ('{"code": NaN}', {"tier": "none", "reason": "not_json"}),
    ("[" * 100000, {"tier": "none", "reason": "not_json"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("lines")
    source = write(folder, [line if isinstance(line, str) else json.dumps(line) for line, _ in LINES])
    validate_file(source, folder, HaskellConfig(workers=2, seconds=1))
    return [json.loads(line) for line in (folder / OUTPUT).read_bytes().splitlines()]


def write(folder: Path, lines: list[str]) -> Path:
    source = folder / "in.jsonl"
    source.write_text("".join(line + "\n" for line in lines))
    return source


def test_each_line_gives_one_line_in_order(judged: list[dict[str, Any]]) -> None:
    assert [fields["line"] for fields in judged] == list(range(1, len(LINES) + 1))


@pytest.mark.parametrize("number", range(len(LINES)))
def test_a_line_keeps_its_fields_and_gets_tier_reason_and_output(judged: list[dict[str, Any]], number: int) -> None:
    given, expected = LINES[number]
    found = judged[number]
    assert {key: found.get(key, "absent") for key in expected} == expected
    assert {"line", "tier", "status", "reason", "entry", "type", "output"} <= found.keys()
    if isinstance(given, dict):
        kept = {key: value for key, value in given.items() if f"recorded_{key}" not in found}
        assert {key: found[key] for key in kept} == kept
    if found["tier"] != "C":
        assert found["message"]


def test_a_line_that_is_not_utf8_says_so() -> None:
    assert read_line(b'{"code": "\xff"}\n') == "not UTF-8 (byte 10)"


def command(source: Path, out: Path, *more: str) -> list[str]:
    seqplay = str(Path(sys.executable).with_name("seqplay"))
    return [seqplay, "dataset", "validate", str(source), "--out", str(out), "--workers", "1", *more]


def test_the_command_ends_with_counts_and_exit_code_0_whatever_the_tiers(tmp_path: Path) -> None:
    source = write(tmp_path, [json.dumps({"code": IDENTITY, "input": "1", "output": "1"}), "no JSON"])
    run = subprocess.run(command(source, tmp_path / "out", "--json"), capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["tiers"] == {"none": 1, "C": 1}
    assert told["recorded_outputs"] == {"same": 1, "different": 0}
    assert (tmp_path / "out" / OUTPUT).read_text().count("\n") == 2


@pytest.mark.parametrize("text", ["no JSON", "[1]", '{"program": "f = 1"}', '{"code": " "}'])
def test_a_file_in_which_no_line_can_be_read_is_one_line_and_exit_code_2(tmp_path: Path, text: str) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(f"{text}\n{text}\n")
    ended = subprocess.run(command(source, tmp_path / "out"), capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"{source}: none of its 2 lines holds a program (line 1: " in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_mixture_ends_with_a_count_of_what_could_not_be_read(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('no JSON\n{"code": "f :: Int -> Int\\nf x = x", "input": "1"}\n{"x": 1}\n')
    ended = subprocess.run(command(source, tmp_path / "out"), capture_output=True, text=True)
    assert ended.returncode == 0
    assert f"2 of 3 lines of {source} hold no program that can be read" in ended.stderr


def test_a_file_that_is_not_there_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    run = subprocess.run(command(tmp_path / "no.jsonl", tmp_path), capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.startswith("seqplay: ")
    assert run.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_killed_command_goes_on_where_it_stopped(tmp_path: Path) -> None:
    lines = [json.dumps({"code": f"f :: Int -> Int\nf x = x + {n}\n", "input": "1"}) for n in range(500)]
    source, out = write(tmp_path, lines), tmp_path / "out"
    partial = out / f".{OUTPUT}.partial"
    run = subprocess.Popen(command(source, out), start_new_session=True, stderr=subprocess.DEVNULL)
    limit = time.monotonic() + 120
    while not (partial.is_file() and partial.read_bytes().count(b"\n") > 100) and time.monotonic() < limit:
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    before = partial.read_bytes().splitlines()[1:-1]
    again = subprocess.run(command(source, out), capture_output=True, text=True, check=False)
    assert again.returncode == 0
    done = int(again.stderr.split("/500 done before")[0].rsplit(" ", 1)[-1])
    assert 90 <= len(before) <= done < 500
    after = (out / OUTPUT).read_bytes().splitlines()
    assert after[: len(before)] == before
    assert [json.loads(line)["output"] for line in after] == [str(n + 1) for n in range(500)]


def test_a_torn_last_line_is_dropped_and_other_inputs_start_anew(tmp_path: Path) -> None:
    output = tmp_path / "x.jsonl"
    with OrderedFile(output, "a") as rows:
        rows.append("1")
        rows.append("2")
    with rows.path.open("ab") as handle:
        handle.write(b'{"torn')
    with OrderedFile(output, "a") as rows:
        assert rows.count == 2
        rows.append("3")
    with OrderedFile(output, "a") as rows:
        assert b"".join(rows.lines()) == b"1\n2\n3\n"
    with OrderedFile(output, "b") as rows:
        assert rows.count == 0
        rows.append("4")
        rows.finish()
    assert output.read_text() == "4\n"
    assert list(tmp_path.iterdir()) == [output]


def test_a_stream_is_read_only_so_far_ahead_and_keeps_its_order() -> None:
    read: list[int] = []

    def items() -> Any:
        for n in range(1000):
            read.append(n)
            yield n

    stream = in_order(items(), lambda n: n * n, 2)
    assert [next(stream) for _ in range(3)] == [0, 1, 4]
    assert len(read) < 100
    assert list(stream) == [n * n for n in range(3, 1000)]
