"""What is trained on: difficulty, the hard and the easy, balance, nothing twice, and one outcome a program."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqplay.config import AliceConfig, BobConfig, CurriculumConfig, ProofConfig
from seqplay.files import read_records
from seqplay.game.curriculum import KEPT, Players, balanced, curriculum, difficulty, outcomes, select_examples
from seqplay.records import Example, Goal, Outcome, TrainingExample, Verdict
from tests.game.builders import judgement, pair, proposal, sampled, votes

PLAYERS = Players(AliceConfig(), BobConfig(), ProofConfig())

cast = st.lists(st.tuples(st.sampled_from(Goal), st.integers(0, 4)), max_size=25)


def choose(counts: list[tuple[Goal, int]], settings: CurriculumConfig | None = None, seed: int = 0) -> list[Example]:
    pairs = [pair(index, goal) for index, (goal, _) in enumerate(counts)]
    ballots = [vote for one, (_, right) in zip(pairs, counts, strict=True) for vote in votes(one, right, 4)]
    return select_examples(pairs, ballots, [], curriculum=settings or CurriculumConfig(), seed=seed, iteration=1)


@pytest.mark.parametrize(("correct", "votes_", "expected"), [(0, 10, 10.0), (10, 10, 0.0), (5, 10, 5.0), (3, 4, 2.5)])
def test_difficulty_is_ten_times_the_share_of_wrong_votes(correct: int, votes_: int, expected: float) -> None:
    assert difficulty(correct, votes_) == expected


@given(cast)
def test_every_hard_pair_is_kept_and_no_easy_one_beyond_the_fraction(counts: list[tuple[Goal, int]]) -> None:
    examples = choose(counts)
    hard = [example for example in examples if example.difficulty is not None and example.difficulty > 5]
    assert all(example.kept == "hard" for example in hard)
    easy = [example for example in examples if example not in hard]
    kept = [example for example in easy if example.kept == "easy_sample"]
    assert len(kept) == round(0.2 * len(easy))
    assert all(example.kept in {"easy_sample", "easy_not_sampled"} for example in easy)


@given(cast)
def test_selection_depends_on_the_seed_and_nothing_else(counts: list[tuple[Goal, int]]) -> None:
    assert choose(counts, seed=7) == choose(counts, seed=7)


def test_easy_pairs_are_drawn_from_every_bin() -> None:
    counts = [(Goal.SEQ, right) for right in (4, 3, 2) for _ in range(10)]
    kept = [example.difficulty for example in choose(counts) if example.kept == "easy_sample"]
    assert Counter(kept) == {0.0: 2, 2.5: 2, 5.0: 2}


def test_a_pair_seen_in_an_earlier_iteration_is_not_kept_again() -> None:
    one = pair(1, normal="same")
    examples = select_examples([one], votes(one, 0, 4), ["same"], curriculum=CurriculumConfig(), seed=0, iteration=2)
    assert [example.kept for example in examples] == ["seen_before"]


def test_two_pairs_of_one_iteration_that_are_the_same_are_kept_once() -> None:
    pairs = [pair(1, normal="same"), pair(2, normal="same")]
    ballots = [vote for one in pairs for vote in votes(one, 0, 4)]
    examples = select_examples(pairs, ballots, [], curriculum=CurriculumConfig(), seed=0, iteration=1)
    assert [example.kept for example in examples] == ["hard", "seen_before"]


def test_a_pair_without_votes_has_no_difficulty_and_is_not_trained_on() -> None:
    examples = select_examples([pair(1)], [], [], curriculum=CurriculumConfig(), seed=0, iteration=1)
    assert (examples[0].difficulty, examples[0].kept) == (None, "no_votes")


@given(cast)
def test_bobs_data_has_as_many_equivalent_as_inequivalent_pairs(counts: list[tuple[Goal, int]]) -> None:
    chosen = balanced(choose(counts), seed=3)
    tally = Counter(example.pair.goal for example in chosen)
    assert tally[Goal.SEQ] == tally[Goal.SINQ] == min(Counter(goal for goal, _ in counts)[goal] for goal in Goal)


@given(st.lists(st.tuples(st.sampled_from(Goal), st.sampled_from(Verdict), st.booleans()), max_size=12))
def test_every_sampled_program_has_exactly_one_outcome(plays: list[tuple[Goal, Verdict, bool]]) -> None:
    items = [sampled(index, goal) for index, (goal, _, _) in enumerate(plays)]
    proposals = [proposal(item) for item in items]
    judgements = [judgement(of, verdict, "some_reason") for of, (_, verdict, _) in zip(proposals, plays, strict=True)]
    pairs = [
        pair(index, goal)
        for index, (goal, verdict, proved) in enumerate(plays)
        if verdict is Verdict.ACCEPTED and (proved or goal is Goal.SINQ)
    ]
    ballots = [vote for one in pairs for vote in votes(one, 2, 4)]
    examples = select_examples(pairs, ballots, [], curriculum=CurriculumConfig(), seed=0, iteration=1)
    told = outcomes(items, proposals, judgements, [], examples)
    assert [outcome.program_id for outcome in told] == [item.program.id for item in items]
    unproved = sum(verdict is Verdict.ACCEPTED and goal is Goal.SEQ and not proved for goal, verdict, proved in plays)
    assert sum(outcome.outcome == "rejected:not_proved" for outcome in told) == unproved


def test_training_prompts_state_the_measured_difficulty_and_files_hold_what_was_kept(tmp_path) -> None:
    items = [sampled(0, Goal.SEQ), sampled(1, Goal.SINQ)]
    proposals = [proposal(item) for item in items]
    judgements = [judgement(of) for of in proposals]
    pairs = [pair(0, Goal.SEQ), pair(1, Goal.SINQ)]
    ballots = votes(pairs[0], 1, 4) + votes(pairs[1], 0, 4)
    outputs = {
        name: tmp_path / f"{name}.jsonl"
        for name in ("iteration_data", "alice_training_data", "bob_training_data", "outcomes")
    }
    curriculum(
        items, proposals, judgements, [], pairs, ballots, [], outputs,
        settings=CurriculumConfig(), players=PLAYERS, seed=0, iteration=1,
    )  # fmt: skip
    alice = read_records(outputs["alice_training_data"], TrainingExample)
    assert ["7.5" in example.user_prompt for example in alice] == [True, False]
    assert "10.0" in alice[1].user_prompt
    bob = read_records(outputs["bob_training_data"], TrainingExample)
    assert {example.task for example in bob} == {"judge"}
    assert len(bob) == 2
    kept = [example for example in read_records(outputs["iteration_data"], Example) if example.kept in KEPT]
    assert len(kept) == 2
    assert {told.outcome for told in read_records(outputs["outcomes"], Outcome)} == {"kept:hard"}


def test_an_empty_iteration_passes_through(tmp_path) -> None:
    items = [sampled(0)]
    proposals = [proposal(items[0], code=None)]
    judgements = [judgement(proposals[0], Verdict.REJECTED, "unparsed")]
    outputs = {
        name: tmp_path / f"{name}.jsonl"
        for name in ("iteration_data", "alice_training_data", "bob_training_data", "outcomes")
    }
    curriculum(
        items, proposals, judgements, [], [], [], [], outputs,
        settings=CurriculumConfig(), players=PLAYERS, seed=0, iteration=1,
    )  # fmt: skip
    assert read_records(outputs["iteration_data"], Example) == []
    assert [told.outcome for told in read_records(outputs["outcomes"], Outcome)] == ["rejected:unparsed"]
