"""Every program that ships can play, and the quick way to run it gives what the compiled way gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seqplay.haskell import Executor
from seqplay.haskell.execution import driver as drive
from seqplay.records import Verdict

pytestmark = pytest.mark.ghc

DATA = Path(__file__).parents[2] / "config" / "data"


def rows(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (DATA / name).read_text().splitlines()]


def test_every_shipped_program_can_play(executor: Executor) -> None:
    refused = [
        (row["name"], answer.message)
        for row in rows("programs.jsonl")
        if (answer := executor.check(row["code"], row["entry"])).verdict is not Verdict.ACCEPTED
    ]
    assert refused == []


@pytest.mark.parametrize("step", [16, pytest.param(1, marks=pytest.mark.slow)])
def test_plans_and_drivers_give_the_same(executor: Executor, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    plan, planned = drive.plan, 0
    for row in (rows("programs.jsonl") + rows("odd_programs.jsonl"))[::step]:
        for args in executor.examples(row["code"], row["entry"], count=2):
            monkeypatch.setattr(drive, "plan", plan)
            quick = executor.run(row["code"], args, row["entry"])
            monkeypatch.setattr(drive, "plan", lambda *_: "")
            assert executor.run(row["code"], args, row["entry"]) == quick, (row["name"], args)
            planned += 1
    assert planned
