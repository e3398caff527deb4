"""`diverge`: when two programs differ on an input, and when nothing may be concluded."""

from __future__ import annotations

import pytest

from seqplay.config import HaskellConfig
from seqplay.haskell import Executor, Reason
from seqplay.records import Verdict

pytestmark = pytest.mark.ghc


def program(body: str, ty: str = "Int -> Int", name: str = "f") -> str:
    return f"{name} :: {ty}\n{name} x = {body}\n"


@pytest.mark.parametrize(
    ("p", "q", "ty", "arg", "reason"),
    [
        ("x + 1", "x + 2", "Int -> Int", "1", Reason.DIVERGES),
        ("x + 1", "1 + x", "Int -> Int", "1", Reason.NO_DIFFERENCE),
        ("x", "if x > 0 then x else undefined", "Int -> Int", "0", Reason.DIVERGES),
        ('error "a"', 'error "b"', "Int -> Int", "0", Reason.DIVERGES),
        ('error "a"', 'error ("a" ++ "")', "Int -> Int", "0", Reason.NO_DIFFERENCE),
        ("case x of { 1 -> 2 }", "case x + 1 of { 2 -> 3 }", "Int -> Int", "0", Reason.NO_DIFFERENCE),
        ("0 / x", "(0 / x) * 1 + 0 / x", "Double -> Double", "0", Reason.NO_DIFFERENCE),
        ("x", "x + 0", "Double -> Double", "-0.0", Reason.DIVERGES),
        ("x", "if x > 0 then x else length (repeat x)", "Int -> Int", "0", Reason.TIMEOUT),
        ("[x]", "[x ..]", "Int -> [Int]", "0", Reason.OUTPUT_LIMIT),
    ],
)
def test_difference_is_about_outputs_and_exceptions(
    executor: Executor, p: str, q: str, ty: str, arg: str, reason: Reason
) -> None:
    answer = executor.diverge(program(p, ty), program(q, ty), [arg])
    assert answer.reason is reason, answer.message
    assert (answer.verdict is Verdict.ACCEPTED) == (reason is Reason.DIVERGES)


def test_a_timeout_diverges_only_where_the_configuration_asks() -> None:
    slow = program("if x > 0 then x else length (repeat x)")
    with Executor.open(HaskellConfig(workers=1, seconds=1, timeout_diverges=True)) as asked:
        assert asked.diverge(program("x"), slow, ["0"]).reason is Reason.DIVERGES


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (program("x"), program("x", "Integer -> Integer")),
        (program("x", "a -> a"), program("x", "Eq a => a -> a")),
        ("f :: a -> b -> a\nf x _ = x\n", "f :: a -> a -> a\nf x _ = x\n"),
        ("data T = A | B\nf :: T -> Int\nf _ = 1\n", "data T = A | C\nf :: T -> Int\nf _ = 1\n"),
        ("data T = A Int\nf :: T -> Int\nf _ = 1\n", "data T = A Bool\nf :: T -> Int\nf _ = 2\n"),
        ("data T = A { n :: Int }\nf :: T -> Int\nf _ = 1\n", "data T = A { m :: Int }\nf :: T -> Int\nf _ = 2\n"),
    ],
)
def test_other_types_are_a_mismatch_and_never_a_divergence(executor: Executor, p: str, q: str) -> None:
    answer = executor.diverge(p, q, ["undefined"])
    assert (answer.verdict, answer.reason, answer.exit_code) == (Verdict.REJECTED, Reason.TYPE_MISMATCH, 1)


def test_types_are_the_same_up_to_renaming_of_variables(executor: Executor) -> None:
    p = "f :: (Ord a, Show b) => a -> [b] -> Int\nf _ = length\n"
    q = "f :: (Show c, Ord d) => d -> [c] -> Int\nf _ xs = length xs + 1\n"
    assert executor.diverge(p, q, ["1", "[2]"]).reason is Reason.DIVERGES


def test_a_type_that_both_declare_is_one_type(executor: Executor) -> None:
    data = "data T = Leaf | Node T Int T\n"
    total = "g :: T -> Int\ng Leaf = 0\ng (Node l x r) = g l + x + g r\n"
    other = "g :: T -> Int\ng Leaf = 0\ng (Node l x r) = g l + g r\n"
    answer = executor.diverge(data + total, data + other, ["Node Leaf 3 (Node Leaf 4 Leaf)"])
    assert (answer.p_output, answer.q_output) == ("7", "0")


def test_an_argument_means_what_it_means_in_p(executor: Executor) -> None:
    p = "f :: Int -> Int\nf x = x\nk :: Int\nk = 5\n"
    q = "f :: Int -> Int\nf x = x * 1\nk :: Int\nk = 6\n"
    answer = executor.diverge(p, q, ["k"])
    assert (answer.reason, answer.p_output) == (Reason.NO_DIFFERENCE, "5")


def test_a_program_is_not_compared_with_itself(executor: Executor) -> None:
    renamed = "-- the same\nf :: Int -> Int\nf y   = y + 1\n"
    assert executor.diverge(program("x + 1"), renamed, ["1"]).reason is Reason.SAME_PROGRAM


def test_q_that_does_not_compile_is_never_a_divergence(executor: Executor) -> None:
    answer = executor.diverge(program("x"), program("'c'"), ["1"])
    assert (answer.reason, answer.exit_code) == (Reason.TYPE_ERROR, 2)
    assert answer.message.startswith("Q, line 2")


def test_the_entry_of_q_is_named_as_in_p_or_its_first_signature(executor: Executor) -> None:
    q = program("x", name="h") + program("x + 1")
    assert executor.diverge(program("x"), q, ["1"]).q_entry == "f"
    assert executor.diverge(program("x"), program("x + 1", name="h"), ["1"]).q_entry == "h"
