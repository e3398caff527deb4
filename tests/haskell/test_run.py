"""`run`: values, exceptions and limits, each with its own verdict; arguments are whole Haskell expressions."""

from __future__ import annotations

import time

import pytest

from seqplay.haskell import Executor, Reason
from seqplay.records import Verdict

pytestmark = pytest.mark.ghc

SHAPES = """{-# LANGUAGE TypeOperators #-}
data Shape = Circle Int | Rect { width :: !Int, height :: Int } | Many [Shape] deriving (Eq, Ord)
newtype Box a = Box a
data a :+: b = a :+: b
instance Show Shape where show _ = "lies"
"""

VALUES = [
    ("f :: Int -> Int\nf = negate\n", ["-1"], "1"),
    ("f :: Int -> Int\nf x = x + 1\n", ["maxBound"], "-9223372036854775808"),
    ("f :: Maybe Int -> Int\nf = maybe 0 id\n", ["Just 3"], "3"),
    ("f :: Double -> [Double]\nf x = [x / 0, -0.0, 0 / 0]\n", ["1"], "[(1/0),-0.0,(0/0)]"),
    ("f :: (Int -> Int) -> [Int] -> [Int]\nf = map\n", ["\\x -> x * 2", "[1, 2]"], "[2,4]"),
    ("f :: String -> (Char, String)\nf s = (head s, tail s)\n", ['"a\\"b"'], '(\'a\',"\\"b")'),
    ("import qualified Data.Map as M\nf :: M.Map Int Char -> Int\nf = M.size\n", ["M.fromList [(1, 'a')]"], "1"),
    ("f :: [a] -> Int\nf = length\n", ['["x", "y"]'], "2"),
    ("f :: (Show a, Show b) => a -> b -> Int\nf a b = length (show a ++ show b)\n", ["1", "True"], "5"),
    ("f :: Functor t => t Int -> t Int\nf = fmap (+ 1)\n", ["[1]"], "[2]"),
    (SHAPES + "f :: Shape -> [Shape]\nf s = [s, Many [s]]\n", ["Rect 1 (-2)"], "[Rect 1 (-2),Many [Rect 1 (-2)]]"),
    (SHAPES + "f :: Box Int -> Box Bool :+: Int\nf (Box n) = Box (n > 0) :+: n\n", ["Box 3"], "(Box True) :+: 3"),
    ("f :: Int\nf = 42\n", [], "42"),
    ("(<+>) :: Int -> Int -> Int\n(<+>) = (+)\n", ["1", "2"], "3"),
]


@pytest.mark.parametrize(("code", "args", "output"), VALUES)
def test_values_are_rendered_by_the_pipeline(executor: Executor, code: str, args: list[str], output: str) -> None:
    answer = executor.run(code, args)
    assert (answer.verdict, answer.output) == (Verdict.ACCEPTED, output), answer.message


@pytest.mark.parametrize(
    ("body", "exception"),
    [
        ("x `div` 0", "ArithException: divide by zero"),
        ('error "boom"', "ErrorCall: boom"),
        ("head (drop x [])", "ErrorCall: Prelude.head: empty list"),
        ("case x of { 99 -> 1 }", "PatternMatchFail"),
        ("length [error (show x), 2] + sum [1, undefined]", "ErrorCall: Prelude.undefined"),
    ],
)
def test_exceptions_are_named_without_position(executor: Executor, body: str, exception: str) -> None:
    answer = executor.run(f"f :: Int -> Int\nf x = {body}\n", ["1"])
    assert (answer.reason, answer.exception, answer.exit_code) == (Reason.EXCEPTION, exception, 1)


def test_an_exception_hidden_in_a_lazy_value_is_found(executor: Executor) -> None:
    answer = executor.run('f :: Int -> [Maybe Int]\nf x = [Just x, Just (error "deep")]\n', ["1"])
    assert answer.exception == "ErrorCall: deep"


@pytest.mark.parametrize(
    ("code", "args", "reason"),
    [
        ("f :: Int -> Int\nf x = f (x + 1)\n", ["1"], Reason.TIMEOUT),
        ("f :: Int -> Int\nf x = length (cycle [x])\n", ["1"], Reason.TIMEOUT),
        ("f :: Int -> Int\nf x = let y = y + x in y\n", ["1"], Reason.TIMEOUT),
        ("f :: Int -> [Int]\nf = iterate (+ 1)\n", ["1"], Reason.OUTPUT_LIMIT),
        ("f :: Int -> String\nf n = replicate n 'a'\n", ["1000000000"], Reason.OUTPUT_LIMIT),
        (
            "import Data.Array\nf :: Int -> Int\nf n = listArray (0, n) [0 ..] ! 1\n",
            ["1000000000"],
            Reason.MEMORY,
        ),
    ],
)
def test_each_limit_has_its_verdict_and_costs_no_more(
    executor: Executor, code: str, args: list[str], reason: Reason
) -> None:
    started = time.monotonic()
    answer = executor.run(code, args)
    assert (answer.reason, answer.exit_code) == (reason, 1), answer.message
    assert answer.verdict is (Verdict.TIMEOUT if reason is Reason.TIMEOUT else Verdict.REJECTED)
    assert time.monotonic() - started < 20
    assert executor.run("g :: Int\ng = 7\n", []).output == "7"


@pytest.mark.parametrize(
    "arg",
    [
        "1, launchMissiles",
        "1 2",
        "'c'",
        "",
        "1 }",
        "x where x = 1",
        "1 -- c\n, 2",
        "{- ",
        "undefinedName",
        "(1",
        "1; 2",
        "$(1)",
    ],
)
def test_an_argument_is_one_well_typed_expression_or_bad_input(executor: Executor, arg: str) -> None:
    answer = executor.run("f :: Int -> Int\nf x = x\n", [arg])
    assert (answer.reason, answer.exit_code) == (Reason.BAD_INPUT, 2), answer.message


def test_too_few_or_too_many_arguments_are_bad_input(executor: Executor) -> None:
    for args in ([], ["1", "2"]):
        answer = executor.run("f :: Int -> Int\nf x = x\n", args)
        assert answer.reason is Reason.BAD_INPUT
        assert "takes 1 argument" in answer.message


def test_nothing_of_one_program_reaches_the_next(executor: Executor) -> None:
    assert executor.run("data T = A | B\nsecret :: Int\nsecret = 1\n", []).output == "1"
    assert executor.run("f :: Int\nf = secret\n", []).reason is Reason.TYPE_ERROR
    assert executor.check('instance Show (a -> b) where show _ = ""\nf :: Int\nf = 1\n').verdict is Verdict.ACCEPTED
    assert executor.check("f :: String\nf = show id\n").reason is Reason.TYPE_ERROR
