"""Probes are ours: programs compute with them what they compute as they are written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seqplay.config import HaskellConfig
from seqplay.haskell import Executor, Reason
from seqplay.haskell.execution import differential, loading
from seqplay.haskell.execution.search import Search
from seqplay.haskell.sandbox.session import Session
from seqplay.records import Verdict

pytestmark = pytest.mark.ghc

PROGRAMS = Path(__file__).parents[2] / "config/data/programs.jsonl"
SHIPPED = [json.loads(line) for line in PROGRAMS.read_text(encoding="utf-8").splitlines()]

NAMED = {
    "a whole that has a name": "f :: Int -> [Int]\nf n = go (n - 1) [n .. n + 7]\n"
    "go :: Int -> [Int] -> [Int]\ngo m rest@(x : xs)\n  | m >= x = go m xs\n  | otherwise = rest\n",
    "a whole alone": "f :: [Int] -> [Int]\nf whole@(_ : _) = whole\n",
    "a whole in a whole": "f :: [[Int]] -> ([[Int]], [Int])\nf outer@(inner@(_ : _) : _) = (outer, inner)\n",
    "a whole of a pair": "f :: (Int, Int) -> ((Int, Int), Int)\nf pair@(a, b) | a > b = (pair, a)\n"
    "f pair@(_, b) = (pair, b)\n",
    "a whole of one's own type": "data T = Leaf | Node T Int T\nf :: Int -> Int\nf n = size (grow n)\n"
    "grow :: Int -> T\ngrow n = if n <= 0 then Leaf else Node Leaf (n `mod` 50) (grow ((n `mod` 50) - 1))\n"
    "size :: T -> Int\nsize Leaf = 0\nsize t = inner t\n"
    "inner :: T -> Int\ninner whole@(Node l x r) | x > 3 = 1 + depth whole | otherwise = size l + size r\n"
    "depth :: T -> Int\ndepth Leaf = 0\n"
    "depth whole@(Node _ _ r) = case whole of { Node _ 7 _ -> 9; _ -> 1 + depth r }\n",
    "a whole of a case": "f :: Maybe Int -> Maybe Int\nf m = case m of { whole@(Just x) | x /= 4 -> whole }\n",
    "a whole behind a lazy pattern": "f :: [Int] -> Int\nf ~whole@(x : _) = if x > 2 then length whole else x\n",
    "a whole of a let": "f :: [Int] -> [Int]\n"
    "f xs = let whole@(y : _) = 1 : xs in if y == head whole then whole else xs\n",
    "a whole that is a literal": "f :: Int -> Int\nf whole@5 = whole + 1\nf whole = whole\n",
    "a whole that is a text": "f :: String -> String\nf whole@('a' : _) | whole == ['a', 'b'] = ['x']\n"
    "f whole@(c : _) = c : whole\n",
    "a view of a whole": "{-# LANGUAGE ViewPatterns #-}\nf :: [Int] -> [Int]\n"
    "f whole@(length -> n) | n > 2 = whole | otherwise = n : whole\n",
    "a banged whole": "{-# LANGUAGE BangPatterns #-}\nf :: [Int] -> [Int]\nf !whole@(x : _) | x >= 0 = whole\n",
}


class _OnlyPProbed(Search):
    """A comparison whose Q has no probes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._mode = f"probed {self.pair.p_entry.name} _"

    def _as_written(self, found: differential.Difference) -> differential.Difference:
        return found


@pytest.fixture
def half_probed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Executor]:
    """An executor that compares a program with probes with one without, also with itself."""
    monkeypatch.setattr(differential, "Search", _OnlyPProbed)
    monkeypatch.setattr(loading, "same_program", lambda *_: False)
    with Executor.open(HaskellConfig(workers=1)) as executor:
        yield executor


@pytest.mark.parametrize("name", NAMED)
def test_probes_leave_what_as_patterns_name(half_probed: Executor, name: str) -> None:
    answer = half_probed.compare(NAMED[name], NAMED[name], "f", min_coverage=0)
    assert answer.reason in {Reason.NO_DIFFERENCE, Reason.INCONCLUSIVE}, answer.message
    assert answer.agreed > 40, answer.message


def differing(executor: Executor, programs: list[dict[str, str]]) -> list[str]:
    """Return the programs that compute something else with probes than without."""
    found = []
    for row in programs:
        answer = executor.compare(row["code"], row["code"], row["entry"], min_coverage=0, evaluations=300)
        if answer.reason in {Reason.DIVERGES, Reason.BUG} or answer.verdict is Verdict.INFRA_ERROR:
            found.append(f"{row['name']}: {answer.message}")
    return found


def test_probes_leave_what_shipped_programs_compute(half_probed: Executor) -> None:
    assert differing(half_probed, SHIPPED[::12]) == []


@pytest.mark.slow
def test_probes_leave_what_every_shipped_program_computes(half_probed: Executor) -> None:
    assert differing(half_probed, SHIPPED) == []


def test_a_difference_that_only_probes_make_is_our_fault_and_no_label(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Search, "_run", lambda *_args, **_more: None)
    with Executor.open(HaskellConfig(workers=1)) as executor:
        answer = executor.compare("f :: Int -> Int\nf x = x\n", "f :: Int -> Int\nf x = x + 1\n")
    assert (answer.verdict, answer.reason) == (Verdict.INFRA_ERROR, Reason.BUG), answer.message
    assert "with probes" in answer.message


DEEP = """f :: Integer -> Integer
f n
  | n > 100 = n - 10
  | otherwise = part
  where
    part = (f . f) (n + 11)
"""


def test_what_crashes_with_probes_is_compared_without(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = Session.ask

    def crashing(session: Session, fields: list[str], **limits: float) -> dict[str, Any]:
        reply = ask(session, fields, **limits)
        probed = fields[0] == "drive" and fields[1].startswith("compare")
        return {"lost": "died", "code": -11, "board": [1]} if probed else reply

    monkeypatch.setattr(Session, "ask", crashing)
    with Executor.open(HaskellConfig(workers=1)) as executor:
        answer = executor.compare(DEEP, DEEP.replace("n > 100", "100 < n"))
    assert (answer.verdict, answer.coverage) == (Verdict.ACCEPTED, None), answer.message


@pytest.mark.slow
def test_a_recursion_that_crashed_with_probes_is_compared(executor: Executor) -> None:
    assert executor.compare(DEEP, DEEP.replace("n > 100", "100 < n")).reason is Reason.NO_DIFFERENCE
