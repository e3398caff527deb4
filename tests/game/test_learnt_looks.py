"""What Bob learned beside what looks tell: a Bob who looks loses where they mislead, one who reads gains everywhere."""

from __future__ import annotations

import pytest

from seqplay.game.intervals import Bootstrap
from seqplay.game.learnt_looks import LEAST, learnt_looks
from seqplay.game.measures import Measures
from seqplay.records import Example, Goal, Kept, LooksScores, Measured, Pair
from tests.game.builders import pair

LONG = "f :: Int -> Int\nf x = let value = x + 1 in (value + 2) * 3\n"
SHORT = "f :: Int -> Int\nf x = x\n"


def looking(number: int, goal: Goal, q: str) -> Pair:
    return pair(number, goal).model_copy(update={"p": "f :: Int -> Int\nf x = x + 1\n", "q": q})


def game(count: int) -> list[Example]:
    """In the game SEQ pairs are long, and SINQ ones short."""
    looks = {Goal.SEQ: LONG, Goal.SINQ: SHORT}
    return [
        Example(
            iteration=1,
            pair=looking(number, goal, q),
            votes=4,
            correct=2,
            unparsed=0,
            difficulty=5.0,
            difficulty_low=1.0,
            difficulty_high=9.0,
            kept=Kept.EASY_SAMPLE,
        )
        for goal, q in looks.items()
        for number in range(count)
    ]


HELD = [looking(100 + n, goal, (LONG, SHORT)[n % 2]) for goal in Goal for n in range(12)]
"""Held out, looks say nothing: half of each label is long."""


def says(equivalent: dict[str, bool]) -> Measures:
    return Measures(
        Measured(measure="bob", group=one.goal.value, item=one.id, hits=float(said is (one.goal is Goal.SEQ)), total=1)
        for one in HELD
        for said in [equivalent[one.id]]
    )


def found(equivalent: dict[str, bool]) -> LooksScores:
    always = says({one.id: True for one in HELD})
    scores = learnt_looks(HELD, says(equivalent), always, game(LEAST), Bootstrap(200, 0))
    assert scores is not None
    return scores


def test_a_bob_who_looks_gains_where_looks_tell_and_loses_where_they_mislead() -> None:
    scores = found({one.id: one.q == LONG for one in HELD})
    assert scores.accuracy == 0.5
    assert (scores.told.value, scores.misled.value) == (1.0, 0.0)
    assert (scores.told_difference.value, scores.misled_difference.value) == (0.5, -0.5)


def test_a_bob_who_reads_gains_where_looks_mislead_too() -> None:
    scores = found({one.id: one.goal is Goal.SEQ for one in HELD})
    assert (scores.told.value, scores.misled.value) == (1.0, 1.0)
    assert scores.misled_difference.value == 0.5


@pytest.mark.parametrize("asked", [[], game(LEAST - 1), [one for one in game(LEAST) if one.pair.goal is Goal.SEQ]])
def test_nothing_is_said_of_few_pairs_or_of_one_label(asked: list[Example]) -> None:
    always = says({one.id: True for one in HELD})
    assert learnt_looks(HELD, always, always, asked, Bootstrap(200, 0)) is None
