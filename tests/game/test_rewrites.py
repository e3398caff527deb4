"""Rewrites are made apart from the sampling: as many as are asked for, the same as all of them would be."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqplay import mutate
from seqplay.config import AliceConfig, Config, Proposer, mutates
from seqplay.files import read_records
from seqplay.game.rewrites import first_rewrites, rewrite
from seqplay.records import Goal, Rewrites, SampledProgram
from tests.game.builders import sampled

SORT = """import Data.List (sort)
f :: [Int] -> Int
f xs = case sort xs of
  [] -> 0
  (y : ys) | y > 3 && not (null ys) -> y + sum ys
           | otherwise -> if y == 2 then length ys else y - 1
"""
CODES = [SORT, "f :: Int -> Int\nf 0 = 1\nf n = n * 2\n", "f :: Int -> Int\nf x = x\n"]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("count", [1, 2, 3, 8, 40])
@pytest.mark.parametrize("seed", [0, 7])
def test_the_first_of_them_are_the_first_of_all(code: str, count: int, seed: int) -> None:
    assert first_rewrites(code, "f", Goal.SEQ, seed, count) == mutate.preserving(code, "f", seed)[:count]
    assert first_rewrites(code, "f", Goal.SINQ, seed, count) == mutate.breaking(code, "f", seed)[:count]


def programs(proposer: str = "mutate") -> list[SampledProgram]:
    goals = [Goal.SEQ, Goal.SINQ]
    return [sampled(number, goals[number % 2], proposer) for number in range(12)]


def written(tmp_path: Path, items: list[SampledProgram], *, workers: int = 1, play: str = "iter_1") -> list[Rewrites]:
    output = tmp_path / f"rewrites{workers}.jsonl"
    rewrite(items, output, alice=AliceConfig(samples=2, retries=1), seed=3, play=play, workers=workers)
    return read_records(output, Rewrites)


def test_each_program_has_as_many_as_its_attempts_may_take(tmp_path: Path) -> None:
    found = written(tmp_path, [*programs(), *programs("model")])
    assert [one.program_id for one in found] == [item.program.id for item in programs()]
    assert max(len(one.rewrites) for one in found) == 4
    assert max(len(one.rewrites) for one in written(tmp_path, programs(), play="eval_1")) == 2


def test_several_processes_write_what_one_does(tmp_path: Path) -> None:
    assert written(tmp_path, programs(), workers=3) == written(tmp_path, programs())


def test_a_rule_that_fails_is_the_programs_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(mutate, "each_breaking", fail)
    found = written(tmp_path, programs())
    failed = [one for one in found if one.why_none]
    assert len(failed) == 6
    assert all("report it as a bug" in one.why_none and not one.rewrites for one in failed)


@pytest.mark.parametrize(
    ("proposers", "iteration", "evaluation"),
    [(("model", "mutate"), True, False), (("mutate",), True, True), (("model",), False, False)],
)
def test_programs_are_rewritten_only_where_somebody_asks(
    proposers: tuple[str, ...], iteration: bool, evaluation: bool
) -> None:
    config = Config(alice=AliceConfig(proposers=tuple(Proposer(name=name, weight=1) for name in proposers)))
    assert mutates(config, evaluation=False) is iteration
    assert mutates(config, evaluation=True) is evaluation
