"""Kinds of edits, and what another accepted Q of a kind is worth: a new kind all, the hundredth of a kind nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqplay.config import CurriculumConfig
from seqplay.game.curriculum import select_examples
from seqplay.game.edits import edit_kind
from seqplay.game.variety import is_drawn, worths
from seqplay.records import Example, Goal, Pair
from tests.game.builders import memory, pair, played, votes

F = "f :: Int -> Int\nf x = x + 1\n"


@pytest.mark.parametrize(
    ("p", "q", "kind"),
    [
        (F, "f :: Int -> Int\nf x = 1 + x\n", "order"),
        (F, "f :: Int -> Int\nf x = (x) + 2\n", "literals"),
        ("f x y = x + y\n", "f x y = x + x\n", "names"),
        (F, "f x = x * 1\n", "+ → *"),
        (F, "-- adds\nf :: Int -> Int\nf n = succ n\n", "+ integer → succ"),
        (F, "f :: Int -> Int\nf x = go x\n  where go :: Int -> Int\n        go value = value + 1\n", "→ = where"),
        ("f xs = map g xs\ng y = y\n", "f xs = [g y | y <- xs]\ng z = z\n", "map → <- [ ] |"),
        ("data T = A | B\nf A = B\nf B = A\n", "data U = C | D\nf C = D\nf D = D\n", "names"),
    ],
)
def test_a_kind_is_what_went_and_what_came_whatever_it_is_called(p: str, q: str, kind: str) -> None:
    assert edit_kind(p, q) == kind


def test_a_kind_does_not_depend_on_names_or_on_where_the_edit_is() -> None:
    first = edit_kind("f x = if x > 0 then x else 0\n", "f x | x > 0 = x\n    | otherwise = 0\n")
    other = edit_kind(
        "g a b = a + (if b > 9 then a else b)\n", "g n m = n + h\n  where h | m > 9 = n\n          | otherwise = m\n"
    )
    assert set(first.split()) <= set(other.split())
    assert edit_kind("f x = x + 1", "f x = x - 1") == edit_kind("g [] = 3 + 4\ng _ = 0", "g [] = 3 - 4\ng _ = 0")


def test_what_does_not_parse_has_a_kind() -> None:
    assert isinstance(edit_kind("f x = ) 1", "f x = let ( 2"), str)


@given(st.text(alphabet="fgx=+-*()[]|1 \n→λ", max_size=40), st.text(alphabet="fgx=+-*()[]|1 \n→λ", max_size=40))
def test_the_way_back_is_the_kind_turned_round(p: str, q: str) -> None:
    there, back = edit_kind(p, q), edit_kind(q, p)
    if "→" in there and "→" not in p + q:
        assert [part.split() for part in there.split("→")] == [part.split() for part in back.split("→")][::-1]
    else:
        assert "→" in p + q or there == back


def renamings(count: int, iteration: int = 1, type_: str = "Int -> Int", proposer: str = "model") -> list[Pair]:
    return [
        pair(1000 * iteration + n).model_copy(update={"q": f"f x = x - {n}\n", "type": type_, "proposer": proposer})
        for n in range(count)
    ]


def examples(pairs: list[Pair], earlier: list[Example], most: int, iteration: int = 1) -> list[Example]:
    cast = [vote for one in pairs for vote in votes(one, 0, 4)]
    return select_examples(
        played(pairs, cast),
        memory(earlier),
        curriculum=CurriculumConfig(max_same_edit=most),
        seed=0,
        iteration=iteration,
    )


def test_the_first_of_a_kind_is_worth_all_and_the_hundredth_nothing() -> None:
    found = list(worths(renamings(101), [], 100).values())
    assert (found[0], found[50], found[100]) == (1.0, 0.5, 0.0)
    assert found == sorted(found, reverse=True)


def test_without_a_limit_all_are_worth_the_same() -> None:
    assert set(worths(renamings(101), [], 0).values()) == {1.0}


def test_what_earlier_iterations_accepted_counts_whatever_became_of_it() -> None:
    before = examples(renamings(5), [], 10)
    assert {one.worth for one in before} == {1.0, 0.9, 0.8, 0.7, 0.6}
    assert {one.edit for one in before} == {"+ → -"}
    (after,) = examples(renamings(1, 2), before, 10, 2)
    assert after.worth == 0.5


def test_records_that_do_not_name_their_kind_are_remembered_as_well() -> None:
    before = [one.model_copy(update={"edit": ""}) for one in examples(renamings(5), [], 10)]
    assert worths(renamings(1, 2), before, 10) == {renamings(1, 2)[0].id: 0.5}


def test_another_type_counts_half_and_another_goal_or_proposer_not_at_all() -> None:
    before = examples(renamings(4), [], 10)
    assert list(worths(renamings(1, 2, "[a] -> [a]"), before, 10).values()) == [0.8]
    assert list(worths(renamings(1, 2, proposer="mutate"), before, 10).values()) == [1.0]
    other = [one.model_copy(update={"goal": Goal.SINQ}) for one in renamings(1, 2)]
    assert list(worths(other, before, 10).values()) == [1.0]


def test_proposals_for_one_program_count_once() -> None:
    first, second, third = renamings(3)
    second = second.model_copy(update={"program_id": first.program_id})
    found = worths([first, second, third], [], 10)
    assert [found[one.id] for one in (first, second, third)] == [1.0, 1.0, 0.9]


@given(st.lists(st.sampled_from(["f x = x - 1\n", "f x = 2 + x\n", "f x = succ x\n"]), max_size=12), st.integers(1, 6))
def test_worth_lies_between_nothing_and_all_and_falls_for_each_kind(codes: list[str], most: int) -> None:
    pairs = [pair(n).model_copy(update={"q": code}) for n, code in enumerate(codes)]
    found = worths(pairs, [], most)
    kinds = [edit_kind(one.p, one.q) for one in pairs]
    for kind in set(kinds):
        of_kind = [found[one.id] for one, its in zip(pairs, kinds, strict=True) if its == kind]
        assert of_kind == sorted(of_kind, reverse=True)
        assert of_kind[0] == 1.0
        assert all(0 <= worth <= 1 for worth in of_kind)


@given(st.integers(0, 50))
def test_a_pair_is_drawn_as_often_as_it_is_worth(seed: int) -> None:
    (one,) = examples(renamings(1), [], 10)
    assert is_drawn(one, seed)
    assert not is_drawn(one.model_copy(update={"worth": 0.0}), seed)
    # Who is drawn at little worth is drawn at more.
    drawn = [is_drawn(one.model_copy(update={"worth": worth / 10}), seed) for worth in range(11)]
    assert drawn == sorted(drawn)


def test_half_of_what_is_worth_half_is_drawn() -> None:
    (one,) = examples(renamings(1), [], 10)
    drawn = sum(is_drawn(one.model_copy(update={"worth": 0.5}), seed) for seed in range(1000))
    assert 440 < drawn < 560
