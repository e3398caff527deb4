"""What ``preserving`` and ``breaking`` promise on every shipped program."""

# ruff: noqa: E501  (tables: one program a line)

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from seqplay.haskell.analysis.normalise import same_program
from seqplay.haskell.analysis.source import parse
from seqplay.mutate import LIMIT, Rewrite, borrowed_names, breaking, preserving
from tests.haskell.corpus import samples

SAMPLES = samples()
SOME = SAMPLES[::5]


@pytest.fixture(scope="module")
def kept() -> dict[str, list[Rewrite]]:
    return {sample.name: preserving(sample.code, sample.entry, 1) for sample in SOME}


@pytest.fixture(scope="module")
def broken() -> dict[str, list[Rewrite]]:
    return {sample.name: breaking(sample.code, sample.entry, 1) for sample in SOME}


@pytest.mark.slow
def test_nearly_all_programs_have_two_that_keep_and_four_that_break() -> None:
    kept = [len(preserving(sample.code, sample.entry, 1)) >= 2 for sample in SAMPLES]
    broken = [len(breaking(sample.code, sample.entry, 1)) >= 4 for sample in SAMPLES]
    assert sum(kept) >= 0.95 * len(SAMPLES)
    assert sum(broken) >= 0.94 * len(SAMPLES)


def test_every_candidate_is_another_program_and_parses(
    kept: dict[str, list[Rewrite]], broken: dict[str, list[Rewrite]]
) -> None:
    for sample in SOME:
        for rewrite in [*kept[sample.name], *broken[sample.name]]:
            assert parse(rewrite.code).errors == (), rewrite
            assert not same_program(sample.code, rewrite.code, sample.entry, sample.entry), rewrite


def test_candidates_of_one_program_differ_from_each_other(broken: dict[str, list[Rewrite]]) -> None:
    for sample in SOME:
        texts = [rewrite.code for rewrite in broken[sample.name]]
        assert len(texts) == len(set(texts)) <= LIMIT


def test_the_seed_decides_the_order_and_nothing_else_does() -> None:
    for sample in SAMPLES[::60]:
        assert breaking(sample.code, sample.entry, 7) == breaking(sample.code, sample.entry, 7)
        assert preserving(sample.code, sample.entry, 7) == preserving(sample.code, sample.entry, 7)
    orders = {tuple(r.code for r in breaking(SAMPLES[1].code, SAMPLES[1].entry, seed)) for seed in range(4)}
    assert len(orders) > 1


def test_a_rewrite_names_the_line_it_changed() -> None:
    code = "f :: Int -> Int\nf x\n  | x > 0 = 1\n  | otherwise = 2\n"
    lines = code.splitlines()
    for rewrite in breaking(code, "f", 1):
        if rewrite.rule in {"relation", "constant"}:
            changed = next(
                n for n, (a, b) in enumerate(zip(lines, rewrite.code.splitlines(), strict=False), 1) if a != b
            )
            assert rewrite.line == changed


def test_the_rest_of_the_text_stays_as_it_was() -> None:
    code = "-- a comment\nf :: Int -> Int\nf x =   x + 1   -- odd   spacing\n\ng   ::   Int\ng   =   2\n"
    for rewrite in breaking(code, "f", 1):
        assert rewrite.code.startswith("-- a comment\nf :: Int -> Int\n")
        assert rewrite.code.endswith("\n\ng   ::   Int\ng   =   2\n")


def test_composed_rewrites_name_both_rules(kept: dict[str, list[Rewrite]]) -> None:
    composed = [rewrite for found in kept.values() for rewrite in found if "+" in rewrite.rule]
    assert len(composed) > len(SOME)


@pytest.mark.parametrize(
    "code", ["f x = x +\n", "", "f = ((((\n", "main = print 1\n", "{-# LANGUAGE CPP #-}\n#if 1\nf x = x\n"]
)
def test_a_text_with_mistakes_has_no_candidates_and_does_not_raise(code: str) -> None:
    assert preserving(code, "f", 1) == []
    assert breaking(code, "f", 1) == []


def test_a_program_with_its_own_prelude_names_is_not_taken_for_the_preludes() -> None:
    code = "import Prelude hiding (map)\nmap :: (Int -> Int) -> [Int] -> Int\nmap g xs = g (length xs)\nf :: [Int] -> Int\nf xs = map (+ 1) xs\n"
    rules = {rule for rewrite in preserving(code, "f", 1) for rule in rewrite.rule.split("+")}
    assert not rules & {"to_comprehension", "list_by_fold", "functor", "fusion"}


LAWS_THAT_FAIL = [
    ("addition is not exchanged for Double", "f :: Double -> Double -> Double\nf x y = x + y\n", "commute"),
    ("comparison is not negated for Double", "f :: Double -> Int\nf x = if x < 1 then 2 else 3\n", "opposite_comparison"),
    ("a summand is not dropped for Double", "f :: Double -> Double\nf x = x + 0\n", "neutral"),
    ("succ is not written for Int", "f :: Int -> Int\nf x = x + 1\n", "successor"),
    ("a sum is not folded the other way for Double", "f :: [Double] -> Double\nf xs = sum xs\n", "aggregate"),
    ("an accumulator is not used for Double", "f :: [Double] -> Double\nf [] = 0\nf (x : xs) = x + f xs\n", "accumulate_list"),
    ("failing conjuncts stay in order", "f :: [Int] -> Bool\nf xs = not (null xs) && head xs > 0\n", "commute_connective"),
    ("overlapping guards stay in order", "f :: Int -> Int\nf x | x > 0 = 1 | x > 5 = 2 | otherwise = 3\n", "exclusive_guards"),
    ("an own type's order is not trusted", "data T = A | B\ninstance Eq T where _ == _ = False\nf :: T -> T -> Bool\nf x y = x == y\n", "mirror_comparison"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "rule"), [row[1:] for row in LAWS_THAT_FAIL], ids=[row[0] for row in LAWS_THAT_FAIL])
def test_a_law_is_not_applied_where_it_fails(code: str, rule: str) -> None:
    assert rule not in {part for rewrite in preserving(code, "f", 1) for part in rewrite.rule.split("+")}


def typechecks(folder: Path, texts: list[str]) -> int:
    """How many of the programs GHC accepts, all in one run."""
    for number, text in enumerate(texts):
        lines = text.split("\n")
        at = next(i for i, line in enumerate(lines) if line.strip() and not line.startswith("{-#"))
        (folder / f"M{number}.hs").write_text("\n".join([*lines[:at], f"module M{number} where", *lines[at:]]))
    files = [f"M{number}.hs" for number in range(len(texts))]
    command = ["ghc", "--make", "-fno-code", "-fkeep-going", "-v0", *files]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    wrong = set(re.findall(r"^(M\d+\.hs):\d+:\d+: error", done.stderr, re.MULTILINE))
    assert done.returncode == 0 or wrong, done.stderr[:500]
    return len(texts) - len(wrong)


def test_ninety_five_percent_of_candidates_typecheck(
    tmp_path: Path, kept: dict[str, list[Rewrite]], broken: dict[str, list[Rewrite]]
) -> None:
    texts = [r.code for sample in SOME for found in (kept, broken) for r in found[sample.name][:6]]
    assert len(texts) > 300
    assert typechecks(tmp_path, texts) >= 0.95 * len(texts)


# A mistake that its form shows to be none: what must not be among the candidates.
NO_MISTAKE = {
    "equations that match different values exchanged": (
        "f :: [Int] -> Int\nf [] = 0\nf [1] = 3\nf [2] = 4\nf (x : xs) = x\n",
        "f :: [Int] -> Int\nf [1] = 3\nf [] = 0\n",
    ),
    "a Show that nothing uses": (
        "data T = T Int\ninstance Show T where\n  show (T n) = show (n + 1)\nf :: T -> Int\nf (T n) = n * 2\n",
        "show (n + 2)",
    ),
    "the reverse of one element": ("f :: Int -> [Int]\nf n = [n + 1]\n", "reverse [n + 1]"),
    "the length of a reverse": ("f :: [Int] -> Int\nf xs = length xs * sum xs\n", "(reverse xs)"),
    "a condition on all elements of a reverse": ("f :: [Int] -> Bool\nf xs = all even xs\n", "(reverse xs)"),
}


@pytest.mark.parametrize(("code", "never"), NO_MISTAKE.values(), ids=list(NO_MISTAKE))
def test_what_cannot_change_the_meaning_is_no_mistake(code: str, never: str) -> None:
    found = breaking(code, "f", 0)
    assert found
    assert not [rewrite.code for rewrite in found if never in rewrite.code]


def test_equations_that_may_match_the_same_value_are_exchanged() -> None:
    found = [rewrite.code for rewrite in breaking("f :: Int -> Int\nf 0 = 1\nf n = n * 2\n", "f", 0)]
    assert "f :: Int -> Int\nf n = n * 2\nf 0 = 1\n" in found


def test_a_show_that_the_entry_uses_is_rewritten() -> None:
    code = 'data T = T Int\ninstance Show T where\n  show (T n) = "t" ++ show (n + 1)\nf :: T -> String\nf t = show t\n'
    assert any("show (n + 2)" in rewrite.code for rewrite in breaking(code, "f", 0))


@pytest.mark.parametrize(
    ("q", "borrowed"),
    [
        ("f x = let value = x + 1 in value", {"value"}),
        ("f x = go1 x where go1 y = y", {"go1"}),
        ("f x = go x where go acc = acc", set()),
        ("f part = part", set()),
    ],
)
def test_names_that_the_rules_give_are_told_from_the_programs_own(q: str, borrowed: set[str]) -> None:
    assert borrowed_names("f x = x\npart = 1", q) == borrowed
