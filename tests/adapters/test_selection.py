"""What is trained on stays below the limit: the new before the old, the old of all iterations, both classes alike."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import example

from seqplay.adapters.selection import select_examples
from seqplay.config import Config, TrainConfig, parse_config
from seqplay.errors import ConfigError
from seqplay.operations.plan import Assumption, work
from seqplay.records import Goal, TrainingExample

FRESH = TrainConfig(min_examples=1)


def limited(most: int, **keys: object) -> TrainConfig:
    return TrainConfig.model_validate({"min_examples": 1, "max_examples": most, **keys})


def asked(iteration: int, seq: int, sinq: int, answers: int = 1) -> list[TrainingExample]:
    """So many questions of each class, each with so many different answers."""
    verdict = {Goal.SEQ: "equivalent", Goal.SINQ: "inequivalent"}
    return [
        example(number, f"Way {way}.\nAnswer: {verdict[goal]}", iteration=iteration).model_copy(update={"goal": goal})
        for number, goal in enumerate([Goal.SEQ] * seq + [Goal.SINQ] * sinq, 1000 * iteration)
        for way in range(answers)
    ]


def questions(found: list[TrainingExample]) -> Counter[tuple[int, Goal | None]]:
    return Counter((iteration, goal) for _, iteration, goal in {(e.pair_id, e.iteration, e.goal) for e in found})


SIZE = st.integers(0, 12)
ITERATIONS = st.lists(st.tuples(SIZE, SIZE), min_size=1, max_size=4)


@given(
    st.lists(st.tuples(SIZE, SIZE), min_size=1, max_size=4), st.integers(2, 30), st.integers(1, 3), st.integers(0, 9)
)
def test_a_limited_training_keeps_the_newest_and_the_balance_and_whole_questions(
    sizes: list[tuple[int, int]], most: int, answers: int, seed: int
) -> None:
    every = [asked(iteration, seq, sinq, answers) for iteration, (seq, sinq) in enumerate(sizes, 1)]
    *old, new = every
    earlier = [one for found in old for one in found]
    found = select_examples(new, earlier, limited(most), seed, "weights")
    assert found == select_examples(new, earlier, limited(most), seed, "weights")
    if not new:
        assert found == []
        return
    count, whole = questions(found), questions([*earlier, *new])
    assert sum(count.values()) == min(most, sum(whole.values()))
    assert len(found) == answers * sum(count.values())
    assert found == [one for one in [*earlier, *new] if one in found], "in the order in which they were said"
    for goal, other in ((Goal.SEQ, Goal.SINQ), (Goal.SINQ, Goal.SEQ)):
        of_goal = {iteration: count[iteration, goal] for iteration in range(1, len(sizes) + 1)}
        if sum(of_goal.values()) < sum(count[iteration, other] for iteration in of_goal) - 1:
            assert of_goal == {iteration: whole[iteration, goal] for iteration in of_goal}, "a small class is whole"
        if of_goal[len(sizes)] < whole[len(sizes), goal]:
            assert sum(of_goal.values()) == of_goal[len(sizes)], "an old one is there while a new one is not"


def test_without_a_limit_fresh_training_has_everything() -> None:
    old, new = asked(1, 5, 5), asked(2, 5, 5)
    assert select_examples(new, old, FRESH, 0, "weights") == [*old, *new]


def test_old_examples_of_all_iterations_are_drawn_alike_and_others_in_the_next_training() -> None:
    old = [one for iteration in range(1, 11) for one in asked(iteration, 20, 20)]
    new = asked(11, 20, 20)
    first, second = (select_examples(new, old, limited(240), seed, "weights") for seed in (0, 1))
    drawn = Counter(one.iteration for one in first if one.iteration < 11)
    assert sum(drawn.values()) == 200
    assert min(drawn.values()) >= 8
    assert max(drawn.values()) <= 32
    assert first != second


def test_without_balance_the_classes_are_drawn_as_they_come() -> None:
    found = select_examples(asked(2, 20, 380), asked(1, 0, 0), limited(100), 0, "none")
    assert questions(found)[2, Goal.SEQ] < 20


def test_onward_training_is_limited_too_and_rewards_are_not() -> None:
    old, new = asked(1, 20, 20), asked(2, 20, 20)
    found = select_examples(new, old, limited(30, continuity="onward", replay_share=1.0), 0, "weights")
    assert (len(found), {one.iteration for one in found}) == (30, {2})
    assert select_examples(new, old, limited(30, method="grpo"), 0, "weights") == new


def test_a_limit_below_what_a_training_needs_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"train.max_examples: found 7, and train.min_examples is 4"):
        parse_config({"train": {"max_examples": 7}})


def test_the_plan_knows_the_limit() -> None:
    def trained(most: int) -> list[float]:
        keys = {"iterations": 4, "programs": {"per_iteration": 400}, "train": {"max_steps": 0, "max_examples": most}}
        config = Config.model_validate(keys)
        return [one.gpu_seconds for one in work(config, Assumption()) if one.stage == "train bob"]

    assert trained(0) == sorted(trained(0))
    assert trained(0)[-1] == pytest.approx(4 * trained(0)[0])
    assert trained(100) == [pytest.approx(trained(0)[0])] * 4
