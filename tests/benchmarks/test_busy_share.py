"""The busy and the useful share of a GPU, from a small recorded game."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks import busy_share

NOON = 1796126400
"""2026-12-01 12:00:00 UTC."""


def log(results: Path, name: str, first: int, last: int, end: str = "done") -> None:
    """Write a stage's log from one second after noon to another."""
    path = results / "logs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        f"2026-12-01 12:{at // 60:02}:{at % 60:02},000 INFO root: {said}" for at, said in ((first, "rule"), (last, end))
    ]
    path.write_text("\n".join([lines[0], "not a line of its own", lines[1]]) + "\n")


def completions(path: Path, *tokens: int) -> None:
    """Write proposals with completions of these lengths, and a rewrite, which has none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [{"completion": {"completion_tokens": count}} for count in tokens] + [{"completion": None}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def training(results: Path, name: str, tokens: int | None) -> None:
    """Write the account of a training; without tokens the adapter of before was carried over."""
    (results / name).mkdir(parents=True)
    account = (
        {"status": "carried over", "metrics": {}}
        if tokens is None
        else {"status": "trained", "metrics": {"tokens": tokens}}
    )
    (results / name / "training.json").write_text(json.dumps(account))


@pytest.fixture
def game(tmp_path: Path) -> Path:
    """Two iterations: 0 to 60 s and 60 to 100 s; of the evaluation between them half lies within each."""
    log(tmp_path, "iter_1/propose/attempt_0.shard_0.log", 0, 20)
    completions(tmp_path / "iter_1/proposals/attempt_0.shard_0.jsonl", 100, 200)
    log(tmp_path, "iter_1/train_alice.log", 30, 60)
    training(tmp_path, "iter_1/alice_adapters", 5000)
    log(tmp_path, "iter_1/train_bob.log", 30, 50)
    training(tmp_path, "iter_1/bob_adapters", None)
    log(tmp_path, "eval_1/vote/shard_0.log", 55, 65)
    completions(tmp_path / "eval_1/ballots/shard_0.jsonl", 50, 50)
    log(tmp_path, "iter_2/propose/attempt_0.shard_0.log", 62, 70)
    completions(tmp_path / "iter_2/proposals/attempt_0.shard_0.jsonl", 150)
    log(tmp_path, "iter_2/train_alice.log", 80, 100)
    training(tmp_path, "iter_2/alice_adapters", 1000)
    log(tmp_path, "iter_2/train_bob.log", 80, 90, "step 3")
    return tmp_path


@pytest.fixture
def readings(tmp_path: Path) -> Path:
    """A reading each second: busy in every other one; the last line is cut."""
    path = tmp_path / "gpu.csv"
    path.write_text("".join(f"{NOON + at},{50 * (at % 2)},615,78\n" for at in range(200)) + f"{NOON + 200},5")
    return path


def rows(game: Path, readings: Path, *more: str) -> dict[str, dict[str, object]]:
    arguments = [str(game), str(readings), "--sampling-rate", "10", "--training-rate", "100", *more]
    app = busy_share.typer.Typer()
    app.command()(busy_share.main)
    result = CliRunner().invoke(app, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return {line["window"]: line for line in map(json.loads, result.output.splitlines())}


def test_each_iteration_and_each_period_is_a_window(game: Path, readings: Path) -> None:
    found = rows(game, readings)
    assert {name: one["seconds"] for name, one in found.items()} == {
        "iteration 1": 60,
        "iteration 2": 38,
        "steady 2": 40,
    }


def test_tokens_count_with_the_part_of_their_time_that_lies_within(game: Path, readings: Path) -> None:
    steady = rows(game, readings)["steady 2"]
    assert steady["sampled"] == {"eval_1 vote": 50, "iter_2 propose": 150}
    assert steady["trained"] == {"alice": 1000}
    assert steady["useful"] == pytest.approx((200 / 10 + 1000 / 100) / 40)


def test_busy_is_the_share_of_readings_above_zero(game: Path, readings: Path) -> None:
    first = rows(game, readings)["iteration 1"]
    assert (first["busy"], first["load"], first["readings"]) == (0.5, 0.25, 60)


def test_an_adapter_that_was_carried_over_has_trained_nothing(game: Path, readings: Path) -> None:
    assert rows(game, readings)["iteration 1"]["trained"] == {"alice": 5000, "bob": 0}


def test_a_clock_that_is_not_the_logs_is_refused(game: Path, readings: Path) -> None:
    with pytest.raises(ValueError, match="no reading of the GPU lies within"):
        rows(game, readings, "--hours", "2")
