"""What a program gives on an input is recorded as its own `show` writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from seqplay.config import HaskellConfig
from seqplay.haskell import Executor
from seqplay.haskell.analysis.arguments import readings
from seqplay.haskell.results import Reason
from tests.workflow.experiment import ROOT

pytestmark = pytest.mark.ghc


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with Executor.open(HaskellConfig(workers=1, seconds=1)) as opened:
        yield opened


def output(executor: Executor, code: str, text: str) -> str | None:
    ways = readings(text)
    assert not isinstance(ways, str)
    return executor.show(code, [ways])[0].output


@pytest.mark.parametrize(
    ("code", "given", "shown"),
    [
        ("f :: Int -> Double\nf x = fromIntegral x / 0\n", "1", "Infinity"),
        ("data P = P { x :: Int, y :: Maybe Int } deriving Show\nf :: Int -> P\nf n = P n Nothing\n", "-3", None),
        ("newtype M = M Int\ninstance Show M where show (M n) = '<' : show n\nf :: Int -> M\nf = M\n", "3", "<3"),
        ("import qualified Data.Map as M\nf :: [(Int,Char)] -> M.Map Int Char\nf = M.fromList\n", "[(1,'a')]",
         "fromList [(1,'a')]"),
        ("data T = A | B Int\nf :: Int -> T\nf = B\n", "-3", "B (-3)"),
        ("f :: Show a => a -> String\nf = show\n", "[Just True]", '"[Just True]"'),
        ("f :: (a -> b -> c) -> a -> [b] -> [c]\nf g a = map (g a)\n", '(\\x y -> (x, length y)) 1 ["a","bc"]',
         "[(1,1),(1,2)]"),
        ("import Data.Ratio\nf :: Integer -> Rational\nf n = 1 % n\n", "4", "1 % 4"),
        ("import Prelude hiding (show)\nshow :: Int -> Int\nshow = (+ 1)\n", "3", "4"),
    ],
)  # fmt: skip
def test_the_output_is_what_print_prints(executor: Executor, code: str, given: str, shown: str | None) -> None:
    assert output(executor, code, given) == (shown or "P {x = -3, y = Nothing}")


def test_several_inputs_of_one_program_give_each_its_own_output(executor: Executor) -> None:
    code = "import Data.List (nub)\nf :: Eq a => [a] -> [a]\nf = nub\n"
    runs = executor.show(code, [[["[1,1]"]], [["[2]"]], [['"aa"']], [["3"]]])
    assert [run.output for run in runs] == ["[1]", "[2]", '"a"', None]
    assert runs[3].reason is Reason.BAD_INPUT


def test_an_input_that_does_not_end_costs_only_itself(executor: Executor) -> None:
    code = "f :: Int -> Int\nf x = if x > 5 then f x else x\n"
    runs = executor.show(code, [[["1"]], [["9"]], [["2"]]])
    assert [run.reason for run in runs] == [Reason.VALUE, Reason.TIMEOUT, Reason.VALUE]


def test_a_call_cannot_be_broken_out_of(executor: Executor) -> None:
    code = "f :: Show a => a -> String\nf = show\n"
    for given in (["x) (2"], ["1) + length (f 2"], ["Nothing) where { f = 1"]):
        assert executor.show(code, [[given]])[0].reason is Reason.BAD_INPUT


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("f :: Int -> Maybe (Int -> Int)\nf n = Just (+ n)\n", Reason.UNPRINTABLE),
        ("f :: Int -> Int\nf x = x + f (x + 1)\n", Reason.TIMEOUT),
        ("f :: Int -> [Int]\nf x = [x ..]\n", Reason.OUTPUT_LIMIT),
        ("f :: Int -> Int\nf _ = head []\n", Reason.EXCEPTION),
        ("f :: Int -> IO Int\nf = return\n", Reason.IO_ENTRY),
        ("f :: Bool -> Int\nf _ = 1\n", Reason.BAD_INPUT),
        ("f :: Int -> Int -> Int\nf = (+)\n", Reason.BAD_INPUT),
    ],
)
def test_what_gives_no_output_says_why(executor: Executor, code: str, reason: Reason) -> None:
    run = executor.show(code, [[["1"]]])[0]
    assert (run.reason, run.output) == (reason, None)
    assert run.entry is not None
    assert run.message


@pytest.mark.slow
def test_every_odd_program_gives_its_recorded_output(executor: Executor) -> None:
    for line in (ROOT / "config/data/odd_programs.jsonl").read_text().splitlines():
        row = json.loads(line)
        ways = readings(row["input"])
        assert not isinstance(ways, str)
        assert executor.show(row["code"], [ways], row["entry"])[0].output == row["output"], row["name"]
