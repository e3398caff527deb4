"""``preserving`` keeps the meaning and ``breaking`` usually breaks it, by differential testing of real runs."""

# ruff: noqa: E501  (tables: one program a line)

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seqplay.config import HaskellConfig
from seqplay.errors import ToolError
from seqplay.haskell import Executor, Reason
from seqplay.mutate import breaking, preserving
from tests.haskell.corpus import samples

SAMPLES = samples()
DIFFERENT = {Reason.DIVERGES, Reason.TYPE_MISMATCH, Reason.SAME_PROGRAM, Reason.TYPE_ERROR, Reason.PARSE_ERROR}


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    try:
        opened = Executor.open(HaskellConfig(workers=1))
    except ToolError as error:
        pytest.skip(str(error))
    with opened:
        yield opened


# One small program for each rule that the shipped programs show rarely, so that each rule is run.
RARE = [
    ("guard_to_literal", "f :: Int -> Int\nf n | n == 0 = 5 | otherwise = n * 2\n"),
    ("literal_to_guard", "f :: Int -> Int -> Int\nf k 0 = k\nf a n = a + n\n"),
    ("case_to_if", "f :: Int -> Int\nf n = case n > 3 of\n  True -> 1\n  False -> 2\n"),
    ("case_to_equations", "f :: [Int] -> Int\nf xs = case xs of\n  [] -> 0\n  (y : _) -> y + length xs\n"),
    ("case_to_let", "f :: Int -> Int\nf n = case n + 1 of m -> m * m\n"),
    ("eliminator", "f :: Maybe Int -> Int\nf m = case m of\n  Nothing -> 0\n  Just x -> x + 1\n"),
    ("analysis", "f :: Either Int Bool -> Int\nf = \\e -> either (+ 1) fromEnum e\n"),
    ("by_comparison", "f :: Int -> Int -> Int\nf a b = if a < b then b else a\n"),
    ("if_to_connective", "f :: Int -> Bool -> Bool\nf n b = if n > 3 then b else False\n"),
    ("emptiness", "f :: [Int] -> Bool\nf xs = length xs == 0\n"),
    ("doubling", "f :: Int -> Int\nf n = n ^ 2 + 2 * n\n"),
    ("distribute", "f :: Int -> Int -> Int\nf a b = a * (b - 3)\n"),
    ("associate", "f :: Integer -> Integer -> Integer\nf a b = a + b + 7\n"),
    ("neutral", "f :: Int -> Int\nf a = a * 1 + 0\n"),
    ("absolute", "f :: Int -> Int -> Int\nf a b = abs a + max a b + signum b\n"),
    ("successor", "f :: Integer -> Integer\nf n = n - 1\n"),
    ("literal_sum", "f :: Int -> Int\nf n = n + 7\n"),
    ("fusion", "f :: [Int] -> [Int]\nf xs = map (+ 1) (map (* 2) xs)\n"),
    ("concatenation", "f :: [Int] -> [Int]\nf xs = concatMap (\\x -> [x, x]) xs ++ [1] ++ xs\n"),
    ("from_comprehension", "f :: [Int] -> [Int]\nf xs = [x * y | (x, y) <- zip xs xs, odd x]\n"),
    ("comprehension_by_concat", "f :: [Maybe Int] -> [Int]\nf xs = [x + y | Just x <- xs, let y = x, x > 0]\n"),
    ("lambda_to_section", "f :: [Int] -> [Int]\nf xs = map (\\x -> 10 - x) (filter (\\x -> x > 2) xs)\n"),
    ("beta", "f :: Int -> Int\nf n = (\\x -> x * x) (n + 1)\n"),
    ("flipped", "f :: Int -> Int\nf n = flip div 3 n\n"),
    ("inline", "f :: Int -> Int\nf n = m * 2 where m = n + 1\n"),
    ("let_to_where", "f :: Int -> Int\nf n = let m = n + 1 in m * m\n"),
    ("unfold", "g :: Int -> Int\ng x = x * 3\nf :: Int -> Int\nf n = g (n + 1)\n"),
    ("recursion_to_fold", "f :: Int -> [Int] -> Int\nf k [] = k\nf k (x : xs) | x > k = x + f k xs | otherwise = f k xs\n"),
    ("recursion_to_map", "f :: [Int] -> [Int]\nf [] = []\nf (x : xs) = if x > 1 then f xs else x : f xs\n"),
    ("accumulate_list", "f :: [Int] -> Int\nf [] = 3\nf (x : xs) = x * 2 + f xs\n"),
    ("accumulate_number", "f :: Integer -> Integer\nf n | n <= 0 = 1 | otherwise = n * f (n - 1)\n"),
    ("exclusive_guards", "f :: Int -> Int\nf n | n < 0 = 1 | n > 0 = 2 | otherwise = 3\n"),
    ("conjunction", "f :: Int -> Int -> Int\nf a b = if a > 0 && b > 0 then a - b else 0\n"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "code"), RARE, ids=[row[0] for row in RARE])
def test_each_rule_keeps_the_meaning(executor: Executor, rule: str, code: str) -> None:
    found = [rewrite for rewrite in preserving(code, "f", 1) if rewrite.rule == rule]
    assert found, f"the rule does not apply to its example; applied: {[r.rule for r in preserving(code, 'f', 1)]}"
    for rewrite in found:
        answer = executor.compare(code, rewrite.code, entry="f", seed=1, evaluations=200)
        assert answer.reason is Reason.NO_DIFFERENCE, f"{answer.message}\n{rewrite.code}"


@pytest.mark.slow
def test_no_preserving_rewrite_of_the_shipped_programs_diverges(executor: Executor) -> None:
    for sample in SAMPLES[::3]:
        for rewrite in preserving(sample.code, sample.entry, 3)[:3]:
            answer = executor.compare(sample.code, rewrite.code, entry=sample.entry, seed=1, evaluations=200)
            assert answer.reason not in DIFFERENT, f"{rewrite.rule} on {sample.name}: {answer.message}\n{rewrite.code}"


@pytest.mark.slow
def test_most_breaking_rewrites_of_the_shipped_programs_diverge(executor: Executor) -> None:
    verdicts = [
        executor.compare(sample.code, rewrite.code, entry=sample.entry, seed=1, evaluations=300).reason
        for sample in SAMPLES[::5]
        for rewrite in breaking(sample.code, sample.entry, 3)[:2]
    ]
    assert sum(reason is Reason.DIVERGES for reason in verdicts) >= 0.6 * len(verdicts)
