"""`check`: what can play as P, which entry is taken, and what is refused with which reason and line."""

from __future__ import annotations

import pytest

from seqplay.haskell import Executor, Reason
from seqplay.records import Verdict

pytestmark = pytest.mark.ghc

REFUSED = {
    "parse error": ("f :: Int -> Int\nf x = (x\n", Reason.PARSE_ERROR),
    "type error": ("f :: Int -> Int\nf x = 'c'\n", Reason.TYPE_ERROR),
    "options": ("{-# OPTIONS_GHC -F -pgmF cat #-}\nf :: Int\nf = 1\n", Reason.UNSAFE_PRAGMA),
    "preprocessor": ("{-# LANGUAGE CPP #-}\nf :: Int\nf = 1\n", Reason.UNSAFE_PRAGMA),
    "template haskell": ("{-# LANGUAGE TemplateHaskell #-}\nf :: Int\nf = 1\n", Reason.UNSAFE_PRAGMA),
    "trustworthy": ("{-# LANGUAGE Trustworthy #-}\nf :: Int\nf = 1\n", Reason.UNSAFE_PRAGMA),
    "foreign import": ('foreign import ccall "exp" e :: Double -> Double\n', Reason.UNSAFE_PRAGMA),
    "annotation": ('{-# ANN f "x" #-}\nf :: Int\nf = 1\n', Reason.UNSAFE_PRAGMA),
    "rules": ('{-# RULES "f" f = 2 #-}\nf :: Int\nf = 1\n', Reason.UNSAFE_PRAGMA),
    "unsafe module": ("import System.IO.Unsafe\nf :: Int\nf = 1\n", Reason.UNSAFE_IMPORT),
    "no such module": ("import My.Own\nf :: Int\nf = 1\n", Reason.UNSAFE_IMPORT),
    "IO": ("f :: Int -> IO Int\nf = return\n", Reason.IO_ENTRY),
    "takes an action": ("f :: IO Int -> Int\nf _ = 1\n", Reason.IO_ENTRY),
    "only main": ("main :: IO ()\nmain = print 1\n", Reason.NO_ENTRY),
    "no single root": ("f x = x + 1\ng x = x + 2\n", Reason.NO_ENTRY),
    "function result": ("f :: Int -> Maybe (Int -> Int)\nf _ = Nothing\n", Reason.UNPRINTABLE),
    "function inside a type": ("data T = T (Int -> Int)\nf :: Int -> T\nf n = T (+ n)\n", Reason.UNPRINTABLE),
    "existential": (
        "{-# LANGUAGE ExistentialQuantification #-}\ndata T = forall a. T a\nf :: T -> Int\nf _ = 1\n",
        Reason.NOTHING_TESTABLE,
    ),
    "constraint without instance": (
        "class C a where c :: a -> Int\nf :: C a => a -> Int\nf = c\n",
        Reason.NOTHING_TESTABLE,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_play_is_refused_by_its_reason(executor: Executor, name: str) -> None:
    code, reason = REFUSED[name]
    answer = executor.check(code)
    assert (answer.verdict, answer.reason) == (Verdict.REJECTED, reason), answer.message
    assert answer.exit_code == 2


def test_a_refusal_says_line_and_column(executor: Executor) -> None:
    answer = executor.check("f :: Int -> Int\nf x =\n  x + 'c'\n")
    assert "line 3, column 7" in answer.message


@pytest.mark.parametrize(
    ("code", "entry", "how"),
    [
        ("g :: Int -> Int\ng = h\nh :: Int -> Int\nh x = x\n", "g", "first signature"),
        ("h x = x\ng :: Int -> Int\ng = h\n", "g", "first signature"),
        ("h x = x + 1\ng x = h x * 2\n", "g", "the one binding that nothing calls"),
        ("f x = if x < 1 then 0 else f (x - 1)\n", "f", "the one binding that nothing calls"),
        ("f, g :: Int -> Int\nf = g\ng x = x\n", "f", "first signature"),
        ('-- f :: Int\ntext :: String\ntext = "g :: Int"\n', "text", "first signature"),
        ("(|>) :: Int -> (Int -> Int) -> Int\nx |> f = f x\n", "|>", "first signature"),
        ("module M where\nmain = print 1\ng :: Int\ng = 1\n", "g", "first signature"),
        ("module M (g) where\nf :: Int\nf = 1\ng :: Int\ng = f\n", "g", "the one function that is exported"),
        (
            "module Main (main, (<+>), T (..)) where\ndata T = T\nf :: Int\nf = 1\n"
            "a <+> b = f + a + b\nmain = print f\n",
            "<+>",
            "the one function that is exported",
        ),
        ("module M (g, f) where\nf :: Int\nf = 1\ng :: Int\ng = f\n", "f", "first signature"),
    ],
)
def test_the_entry_is_the_one_of_the_design(executor: Executor, code: str, entry: str, how: str) -> None:
    answer = executor.check(code)
    assert answer.verdict is Verdict.ACCEPTED, answer.message
    assert answer.entry is not None
    assert (answer.entry.name, answer.entry.chosen) == (entry, how)


def test_the_entry_asked_for_is_taken_or_missed_by_name(executor: Executor) -> None:
    code = "f :: Int\nf = 1\ng :: Int -> Bool -> Int\ng x _ = x\n"
    found = executor.check(code, "g").entry
    assert found is not None
    assert (found.name, found.arity, found.arguments) == ("g", 2, ["Int", "Bool"])
    missed = executor.check(code, "h")
    assert missed.reason is Reason.NO_ENTRY
    assert "f, g" in missed.message


def test_types_are_inferred_where_there_is_no_signature(executor: Executor) -> None:
    entry = executor.check("pairUp xs = zip xs (tail xs)\n").entry
    assert entry is not None
    assert entry.type == "[b] -> [(b, b)]"
    assert entry.instance == {"b": "Integer"}


def test_literate_programs_are_read(executor: Executor) -> None:
    answer = executor.run("Some words.\n\n> f :: Int -> Int\n> f x = x + 1\n\nMore words.\n", ["1"])
    assert answer.output == "2"


@pytest.mark.parametrize("module", ["Text.Parsec", "Text.Parsec.Token", "Text.ParserCombinators.Parsec", "Data.Map"])
def test_safe_modules_of_what_ships_with_ghc_may_be_imported(executor: Executor, module: str) -> None:
    found = executor.check(f"import {module} ()\nf :: Int -> Int\nf x = x\n")
    assert found.reason is Reason.USABLE, found.message


def test_a_program_of_a_parser_library_runs(executor: Executor) -> None:
    body = 'f = either (const (Left 1)) Right . parse (many1 digit) ""'
    code = f"import Text.Parsec\nf :: String -> Either Int String\n{body}\n"
    assert executor.run(code, ['"12a"']).output == 'Right "12"'
