"""Bob's two classes weigh the same, a pair weighs one pair, and nothing that waits is lost."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import example

from seqplay.adapters.balance import MOST_COPIES, Question, copies, epoch_examples, questions, too_few
from seqplay.adapters.data import prepare
from seqplay.adapters.packing import epoch_bins
from seqplay.config import Config
from seqplay.records import Goal, Role

SIZES = st.integers(1, 40)


def asked(seq: int, sinq: int, iteration: int = 1, answers: int = 1) -> list[Question]:
    goals = [Goal.SEQ] * seq + [Goal.SINQ] * sinq
    return [
        Question(tuple(range(number * answers, (number + 1) * answers)), goal, iteration)
        for number, goal in enumerate(goals)
    ]


def weighed(found: list[Question], times: list[int]) -> Counter[Goal | None]:
    weight: Counter[Goal | None] = Counter()
    for one, count in zip(found, times, strict=True):
        weight[one.goal] += count
    return weight


@given(SIZES, SIZES, st.sampled_from(["weights", "carry_over"]), st.integers(0, 9), st.integers(0, 3))
def test_both_classes_weigh_the_same(seq: int, sinq: int, balance: str, seed: int, epoch: int) -> None:
    found = asked(seq, sinq)
    times = copies(found, balance, seed, epoch)
    weight = weighed(found, times)
    assert weight[Goal.SEQ] == weight[Goal.SINQ] > 0
    assert max(times) <= MOST_COPIES


@given(SIZES, SIZES)
def test_weights_repeat_the_smaller_class_and_leave_out_nothing_below_the_cap(seq: int, sinq: int) -> None:
    times = copies(asked(seq, sinq), "weights", 0, 0)
    if max(seq, sinq) <= MOST_COPIES * min(seq, sinq):
        assert min(times) >= 1
        assert sum(times) == 2 * max(seq, sinq)
    else:
        assert max(times) == MOST_COPIES
        assert sum(times) == 2 * MOST_COPIES * min(seq, sinq)


def test_what_pauses_where_the_cap_bites_comes_in_another_epoch() -> None:
    found = asked(1, 40)
    used = {index for epoch in range(40) for index, count in enumerate(copies(found, "weights", 0, epoch)) if count}
    assert used == set(range(41))


def test_carry_over_takes_the_newest_and_what_waited_comes_back() -> None:
    first = asked(2, 10)
    assert weighed(first, copies(first, "carry_over", 0, 0)) == {Goal.SEQ: 2, Goal.SINQ: 2}
    more = [*first, *asked(2, 2, iteration=2)]
    times = copies(more, "carry_over", 0, 0)
    assert times[-2:] == [1, 1]
    assert weighed(more, times) == {Goal.SEQ: 4, Goal.SINQ: 4}
    later = [*first, *asked(10, 0, iteration=2)]  # now there are partners for all that waited
    assert sum(copies(later, "carry_over", 0, 0)[2:12]) == 10
    assert copies(more, "carry_over", 0, 0) == times


def test_none_learns_everything_once() -> None:
    assert copies(asked(2, 10), "none", 0, 0) == [1] * 12


def test_a_pair_with_four_answers_weighs_what_a_pair_with_one_does() -> None:
    found = [Question((0, 1, 2, 3), Goal.SEQ, 1), Question((4,), Goal.SINQ, 1)]
    epochs = [epoch_examples(found, "weights", 0, epoch) for epoch in range(4)]
    assert [len(epoch) for epoch in epochs] == [2] * 4
    assert {index for epoch in epochs for index in epoch} == {0, 1, 2, 3, 4}


def test_the_copies_of_a_pair_show_its_different_answers() -> None:
    found = [Question((0, 1, 2), Goal.SEQ, 1), *(Question((number,), Goal.SINQ, 1) for number in (3, 4, 5))]
    assert sorted(epoch_examples(found, "weights", 0, 0)) == [0, 1, 2, 3, 4, 5]


@given(SIZES, SIZES, st.integers(1, 3), st.integers(0, 3))
def test_packing_keeps_every_copy(seq: int, sinq: int, answers: int, epoch: int) -> None:
    taken = epoch_examples(asked(seq, sinq, answers=answers), "weights", 0, epoch)
    lengths = [10 + number % 7 for number in range((seq + sinq) * answers)]
    bins = epoch_bins(lengths, 64, True, 0, None, taken)
    assert Counter(index for members in bins for index in members) == Counter(taken)


def test_exact_duplicates_are_gone_before_the_classes_are_weighed(chatml) -> None:
    seq, sinq = [example(n) for n in (1, 3)], [example(n) for n in (0, 2, 4, 6, 8)]
    data = prepare(chatml, [*seq, *seq, *seq, *sinq], 512, "refuse", 0.0)
    assert data.report["duplicates"] == 4
    assert weighed(list(data.questions), copies(data.questions, "weights", 0, 0)) == {Goal.SEQ: 5, Goal.SINQ: 5}


def test_alices_examples_are_no_classes() -> None:
    hers = [example(n, agent=Role.ALICE).model_copy(update={"task": "propose_seq", "goal": Goal.SEQ}) for n in range(3)]
    assert {one.goal for one in questions(hers, [""] * 3)} == {None}
    assert too_few(questions(hers, [""] * 3), "weights", 3) is None


@pytest.mark.parametrize(
    ("seq", "sinq", "balance", "why"),
    [
        (8, 0, "weights", "8 SEQ and 0 SINQ examples, and train.min_examples asks for 4 of each"),
        (3, 9, "carry_over", "3 SEQ and 9 SINQ examples, and train.min_examples asks for 4 of each"),
        (3, 0, "none", "3 examples, and train.min_examples asks for 4"),
        (4, 4, "weights", None),
        (4, 0, "none", None),
    ],
)
def test_a_handful_or_a_single_class_is_too_little(seq: int, sinq: int, balance: str, why: str | None) -> None:
    assert too_few(asked(seq, sinq), balance, 4) == why


def test_the_switch_of_earlier_versions_is_read() -> None:
    assert Config.model_validate({"curriculum": {"balance": True}}).curriculum.balance == "weights"
    assert Config.model_validate({"curriculum": {"balance": False}}).curriculum.balance == "none"
