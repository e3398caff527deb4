"""Inputs are split by the Haskell parser, the way one writes them after a function's name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqplay.haskell.analysis.arguments import readings, split_arguments


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("[1,2] 3", ["[1,2]", "3"]),
        ("-1", ["-1"]),
        ("3 -1 [2]", ["3", "-1", "[2]"]),
        ("-5 -2.5", ["-5", "-2.5"]),
        ("(-5) [-3,2] (-1.5)", ["(-5)", "[-3,2]", "(-1.5)"]),
        ("(Just 3) \"a b\" 'c'", ["(Just 3)", '"a b"', "'c'"]),
        ('(\\x y -> x + length y) 1 ["a","bc"]', ["(\\x y -> x + length y)", "1", '["a","bc"]']),
        ('Person { first = "Alan" }', ['Person { first = "Alan" }']),
        ("(+1)(2)", ["(+1)", "(2)"]),
        ('"(" ")"', ['"("', '")"']),
        ('"-- no comment" 3 -- a comment', ['"-- no comment"', "3"]),
        ('[1,\n 2]\n"x"', ["[1,\n   2]", '"x"']),
        ("größe 'ß'", ["größe", "'ß'"]),
    ],
)
def test_juxtaposed_arguments_are_split(text: str, arguments: list[str]) -> None:
    assert split_arguments(text) == arguments


@pytest.mark.parametrize(
    "text", ["1 + 2", "f $ 3", "x-1", "; y = 2", "3 where y = 2", '"open', "(1", "1) (2", "@Int 3", "{1}", "3 :: Int"]
)
def test_what_is_no_sequence_of_arguments_is_not_split(text: str) -> None:
    assert split_arguments(text) is None


def test_a_single_expression_is_the_second_way_to_read_a_text() -> None:
    assert readings("Just 3") == [["Just", "3"], ["Just 3"]]
    assert readings("1 + 2") == [["1 + 2"]]
    assert readings("") == [[]]


def test_a_list_holds_one_expression_for_each_argument() -> None:
    assert readings(["-1", "Just 3"]) == [["-1", "Just 3"]]
    assert readings([1]) == "argument 1 of the input is no text, but 1"
    assert isinstance(readings({"a": 1}), str)


ATOMS = st.one_of(
    st.integers(0, 99).map(str),
    st.integers(-99, -1).map(lambda n: f"({n})"),
    st.lists(st.integers(-9, 9)).map(lambda xs: f"[{','.join(map(str, xs))}]"),
    st.text("ab \"\\-{}()'", max_size=5).map(lambda s: '"' + s.replace("\\", "\\\\").replace('"', '\\"') + '"'),
    st.sampled_from(["True", "()", "(Just 'x')", "(1,'(')", "[]", "Nothing"]),
)


@given(st.lists(ATOMS, min_size=1, max_size=5))
def test_splitting_undoes_joining(atoms: list[str]) -> None:
    assert split_arguments(" ".join(atoms)) == atoms
