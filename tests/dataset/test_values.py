"""Values between Haskell and Python: what one language writes, the other reads back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqplay.dataset.python.values import Untranslatable, fitted, from_haskell, same, signed, to_haskell

TYPES: dict[str, st.SearchStrategy[Any]] = {
    "Int": st.integers(-(2**63), 2**63 - 1),
    "Integer": st.integers(),
    "Word8": st.integers(0, 255),
    "Double": st.floats(allow_nan=False, allow_infinity=False),
    "Bool": st.booleans(),
    "Char": st.characters(exclude_categories=["Cs"]),
    "String": st.text(st.characters(exclude_categories=["Cs"])),
    "[Int]": st.lists(st.integers(-99, 99)),
    "[[String]]": st.lists(st.lists(st.text('ab"\\\n\x0eHé', max_size=4))),
    "(Integer, String, Bool)": st.tuples(st.integers(), st.text("xyz"), st.booleans()),
    "Maybe Int": st.none() | st.integers(-9, 9),
    "[Maybe (Int, Char)]": st.lists(st.none() | st.tuples(st.integers(-9, 9), st.characters(codec="ascii"))),
    "Map String [Int]": st.dictionaries(st.text("ab", max_size=3), st.lists(st.integers(-9, 9), max_size=2)),
    "Set Int": st.sets(st.integers(-9, 9)),
    "[a]": st.lists(st.integers(-9, 9)),
}


@pytest.mark.parametrize("name", TYPES)
@given(data=st.data())
def test_a_value_written_as_haskell_reads_back_the_same(name: str, data: st.DataObject) -> None:
    ty = signed(f"{name} -> Int").arguments[0]
    value = data.draw(TYPES[name])
    assert same(from_haskell(to_haskell(value, ty), ty), fitted(value, ty))


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("Just (-3)", "Maybe Int", -3),
        ("[1.0e-2,-Infinity]", "[Double]", [0.01, float("-inf")]),
        ("fromList [('a',3),('b',-1)]", "Map Char Int", {"a": 3, "b": -1}),
        ('"\\1234\\&5\\SOH"', "String", "\u04d25\x01"),
        ("[]", "String", ""),
        ("[Just 1,Nothing]", "[Maybe Int]", [1, None]),
    ],
)
def test_what_show_writes_is_read(text: str, name: str, value: Any) -> None:
    assert from_haskell(text, signed(f"Int -> {name}").result) == value


@pytest.mark.parametrize(
    ("value", "name", "why"),
    [
        (2**63, "Int", "out of Int's range"),
        (-1, "Natural", "out of Natural's range"),
        (True, "Int", "bool where the type has int"),
        (1, "Bool", "int where the type has bool"),
        ("ab", "Char", "not one character"),
        ((1, 2), "(Int, Int, Int)", "a tuple of 2"),
        (None, "Int", "NoneType"),
        (object(), "a", "object"),
        (1, "Maybe (Maybe Int)", "nested Maybe"),
    ],
)
def test_what_has_no_counterpart_says_why(value: Any, name: str, why: str) -> None:
    with pytest.raises(Untranslatable, match=why):
        to_haskell(value, signed(f"{name} -> Int").arguments[0])


@pytest.mark.parametrize(
    ("name", "why"),
    [("Either Int Bool -> Int", "Either"), ("(Int -> Int) -> Int", "functions"), ("Tree -> Int", "Tree")],
)
def test_a_type_outside_the_subset_says_so(name: str, why: str) -> None:
    with pytest.raises(Untranslatable, match=why):
        signed(name)


def test_a_type_that_the_program_declares_is_none_of_ours() -> None:
    with pytest.raises(Untranslatable, match="Maybe"):
        signed("Maybe Int -> Int", "data Maybe a = Perhaps a\n")


def test_floating_point_agrees_up_to_rounding_and_nothing_else_does() -> None:
    assert same([0.1 + 0.2], [0.3])
    assert not same(1.0, 1.001)
    assert not same(1, True)
    assert same(float("nan"), float("nan"))
