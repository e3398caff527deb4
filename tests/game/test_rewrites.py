"""Rewrites are made apart from the sampling, as many as are asked for, and do not tell their label by their looks."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest

from seqplay import mutate
from seqplay.config import AliceConfig, Config, Proposer, mutates
from seqplay.files import read_records
from seqplay.game.looks import SurfaceClassifier, TextPair
from seqplay.game.rewrites import EDITS, first_rewrites, rewrite, twins
from seqplay.haskell.analysis.normalise import normal_id
from seqplay.mutate import laws, mistakes
from seqplay.records import Goal, Rewrites, SampledProgram
from tests.game.builders import sampled
from tests.workflow.experiment import ROOT

SORT = """import Data.List (sort)
f :: [Int] -> Int
f xs = case sort xs of
  [] -> 0
  (y : ys) | y > 3 && not (null ys) -> y + sum ys
           | otherwise -> if y == 2 then length ys else y - 1
"""
CODES = [SORT, "f :: Int -> Int\nf 0 = 1\nf n = n * 2\n", "f :: Int -> Int\nf x = x\n"]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("goal", Goal)
@pytest.mark.parametrize("seed", [0, 7])
def test_fewer_are_the_first_of_more_and_no_two_are_the_same(code: str, goal: Goal, seed: int) -> None:
    many = first_rewrites(code, "f", goal, seed, 12)
    assert len({normal_id(one.code, "f") for one in many} | {normal_id(code, "f")}) == len(many) + 1
    for count in (1, 2, 3):
        assert first_rewrites(code, "f", goal, seed, count) == many[:count]


@pytest.mark.parametrize("seed", range(4))
def test_one_edit_of_a_sinq_proposal_is_a_mistake_wherever_it_stands(seed: int) -> None:
    kept, broken = (first_rewrites(SORT, "f", goal, seed, 12) for goal in Goal)
    assert all(set(one.rule.split("+")) <= laws.RULES.keys() for one in kept)
    for one in broken:
        rules = one.rule.split("+")
        assert sum(rule in mistakes.RULES for rule in rules) == 1
        assert all(rule in laws.RULES or rule in mistakes.RULES for rule in rules)
    assert {one.rule.count("+") for one in [*kept, *broken]} <= {1, 2}
    assert any(one.rule.split("+")[-1] in laws.RULES for one in broken)


def test_looks_do_not_tell_the_label() -> None:
    """A classifier that cannot read tells 96 % of the pairs of a law against a mistake."""
    told = []
    pairs = [
        [
            TextPair(code, one.code, goal is Goal.SEQ)
            for edits in EDITS
            for goal, one in twins(code, entry, edits, number).items()
        ]
        for number, (code, entry) in enumerate(shipped(80))
    ]
    for fold in range(4):
        train = [pair for number, found in enumerate(pairs) if number % 4 != fold for pair in found]
        test = [pair for found in pairs[fold::4] for pair in found]
        told.append(SurfaceClassifier.fit(train).balanced_accuracy(test))
    assert sum(told) / len(told) < 0.6


def shipped(count: int) -> list[tuple[str, str]]:
    with (ROOT / "config/data/programs.jsonl").open() as lines:
        rows = [json.loads(line) for line in islice(lines, count)]
    return [(row["code"], row["entry"]) for row in rows]


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
    assert len(failed) == 12, "both goals are made for every program"
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
