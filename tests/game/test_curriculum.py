"""What is trained on: the hard and a sample of the easy, or what Bob solves sometimes; nothing twice or unreliable."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqplay.config import AliceConfig, BobConfig, CurriculumConfig, ModelConfig, ProofConfig, TrainConfig
from seqplay.errors import CollapseError
from seqplay.files import read_records
from seqplay.game.bob import opponent
from seqplay.game.curriculum import curriculum, difficulty, select_examples
from seqplay.game.training_examples import Players
from seqplay.records import (
    Alarm,
    Answer,
    Example,
    Goal,
    GuardReport,
    Kept,
    Outcome,
    Role,
    TrainingExample,
    Verdict,
    Vote,
)
from tests.game.builders import ballots, judgement, memory, pair, played, proposal, said, sampled, scored, votes

PLAYERS = Players(AliceConfig(), BobConfig(), ProofConfig(), TrainConfig(), ModelConfig())
OUTPUTS = ("iteration_data", "alice_training_data", "bob_training_data", "outcomes", "proposal_outcomes")

cast = st.lists(st.tuples(st.sampled_from(Goal), st.integers(0, 4)), max_size=25)


def choose(counts: list[tuple[Goal, int]], settings: CurriculumConfig | None = None, seed: int = 0) -> list[Example]:
    pairs = [pair(index, goal) for index, (goal, _) in enumerate(counts)]
    cast = [vote for one, (_, right) in zip(pairs, counts, strict=True) for vote in votes(one, right, 4)]
    return select_examples(
        played(pairs, cast), memory(), curriculum=settings or CurriculumConfig(), seed=seed, iteration=1
    )


def chosen(pairs: list[Any], cast: list[Vote], **more: Any) -> list[Kept]:
    settings = more.pop("settings", CurriculumConfig())
    known = more.pop("memory", memory())
    found = select_examples(played(pairs, cast, **more), known, curriculum=settings, seed=0, iteration=2)
    return [example.kept for example in found]


@pytest.mark.parametrize(("correct", "votes_", "expected"), [(0, 10, 10.0), (10, 10, 0.0), (5, 10, 5.0), (3, 4, 2.5)])
def test_difficulty_is_ten_times_the_share_of_wrong_votes(correct: int, votes_: int, expected: float) -> None:
    assert difficulty(correct, votes_) == expected


@given(cast)
def test_every_hard_pair_is_kept_and_no_easy_one_beyond_the_fraction(counts: list[tuple[Goal, int]]) -> None:
    examples = choose(counts)
    hard = [example for example in examples if example.difficulty is not None and example.difficulty > 5]
    assert all(example.kept is Kept.HARD for example in hard)
    easy = [example for example in examples if example not in hard]
    kept = [example for example in easy if example.kept is Kept.EASY_SAMPLE]
    assert len(kept) == round(0.2 * len(easy))
    assert all(example.kept in {Kept.EASY_SAMPLE, Kept.EASY_NOT_SAMPLED} for example in easy)


@given(cast)
def test_selection_depends_on_the_seed_and_nothing_else(counts: list[tuple[Goal, int]]) -> None:
    assert choose(counts, seed=7) == choose(counts, seed=7)


def test_easy_pairs_are_drawn_from_every_bin() -> None:
    counts = [(Goal.SEQ, right) for right in (4, 3, 2) for _ in range(10)]
    kept = [example.difficulty for example in choose(counts) if example.kept is Kept.EASY_SAMPLE]
    assert Counter(kept) == {0.0: 2, 2.5: 2, 5.0: 2}


def test_easy_pairs_can_be_asked_for_by_the_number_of_hard_ones() -> None:
    counts = [(Goal.SEQ, 0)] * 10 + [(Goal.SINQ, 4)] * 30
    kept = Counter(example.kept for example in choose(counts, CurriculumConfig(easy_per_hard=0.5)))
    assert (kept[Kept.HARD], kept[Kept.EASY_SAMPLE]) == (10, 5)


def test_learnability_keeps_what_bob_solves_sometimes() -> None:
    counts = [(Goal.SEQ, right) for right in range(5)]
    kept = [example.kept for example in choose(counts, CurriculumConfig(select="learnability", min_learnability=0.7))]
    assert kept == [Kept.NOT_LEARNABLE, Kept.LEARNABLE, Kept.LEARNABLE, Kept.LEARNABLE, Kept.NOT_LEARNABLE]


def unreadable(of: Any, right: int, lost: int) -> list[Vote]:
    told = votes(of, right, right)
    blank = [
        Vote(pair_id=of.id, sample=right + n, answer=Answer.UNPARSED, correct=False, tokens=3) for n in range(lost)
    ]
    return told + blank


def test_a_pair_whose_votes_cannot_be_read_is_unreliable_and_not_hard() -> None:
    one = pair(1)
    assert chosen([one], unreadable(one, 0, 4)) == [Kept.UNRELIABLE]
    assert chosen([one], unreadable(one, 2, 2)) == [Kept.EASY_NOT_SAMPLED]


def test_the_difficulty_over_readable_votes_stands_beside_that_over_all() -> None:
    one = pair(1)
    (example,) = select_examples(
        played([one], unreadable(one, 1, 3)), memory(), curriculum=CurriculumConfig(), seed=0, iteration=1
    )
    assert (example.difficulty, example.difficulty_parsed, example.unparsed) == (7.5, 0.0, 3)


def told(of: Any, right: int, wrong: int, iteration: int = 1) -> Example:
    """A pair that Bob always solves, and of which an earlier Bob was so often right and wrong."""
    before = ballots(of, ["Answer: equivalent"] * right + ["Answer: inequivalent"] * wrong)
    game = replace(played([of], votes(of, 4, 4)), earlier_ballots=before)
    (example,) = select_examples(game, memory(), curriculum=CurriculumConfig(), seed=0, iteration=iteration)
    return example


def test_votes_of_an_earlier_bob_count_for_the_difficulty_and_for_nothing_else() -> None:
    example = told(pair(1), 1, 3)
    assert (example.votes, example.correct, example.earlier_votes, example.earlier_correct) == (4, 4, 4, 1)
    assert (example.difficulty, example.difficulty_parsed, example.solved) == (3.75, 3.75, 0.625)
    assert (told(pair(1), 0, 12).kept, told(pair(1), 12, 0).kept) == (Kept.HARD, Kept.EASY_NOT_SAMPLED)


@given(st.integers(0, 2**31 - 1), st.integers(1, 40))
def test_the_opponent_is_a_bob_of_an_earlier_iteration_than_the_one_who_plays(seed: int, iteration: int) -> None:
    chosen = opponent(seed, iteration)
    assert chosen == opponent(seed, iteration)
    assert 0 <= chosen < max(1, iteration - 1), "who plays was trained after the iteration before"


def test_every_earlier_bob_is_drawn() -> None:
    assert {opponent(seed, 5) for seed in range(60)} == {0, 1, 2, 3}


def test_a_pair_seen_in_an_earlier_iteration_is_not_kept_again() -> None:
    one = pair(1, normal="same")
    (before,) = select_examples(
        played([one], votes(one, 0, 4)), memory(), curriculum=CurriculumConfig(), seed=0, iteration=1
    )
    assert chosen([one], votes(one, 0, 4), memory=memory([before])) == [Kept.SEEN_BEFORE]


def test_a_pair_that_was_not_trained_on_may_come_again() -> None:
    one = pair(1, normal="same")
    (before,) = select_examples(
        played([one], votes(one, 4, 4)), memory(), curriculum=CurriculumConfig(), seed=0, iteration=1
    )
    assert before.kept is Kept.EASY_NOT_SAMPLED
    assert chosen([one], votes(one, 0, 4), memory=memory([before])) == [Kept.HARD]


def test_a_pair_near_the_held_out_side_is_not_trained_on() -> None:
    one = pair(1)
    assert chosen([one], votes(one, 0, 4), memory=memory(near=lambda q: q == one.q)) == [Kept.NEAR_HELDOUT]


def test_two_pairs_of_one_iteration_that_are_the_same_are_kept_once() -> None:
    pairs = [pair(1, normal="same"), pair(2, normal="same")]
    cast = [vote for one in pairs for vote in votes(one, 0, 4)]
    assert chosen(pairs, cast) == [Kept.HARD, Kept.SEEN_BEFORE]


def test_a_pair_that_bob_was_not_asked_about_is_kept_as_a_record_alone() -> None:
    pairs = [pair(1), pair(2)]
    assert chosen(pairs, votes(pairs[0], 0, 4), asked=pairs[:1]) == [Kept.HARD, Kept.NOT_ASKED]


def test_a_pair_without_votes_has_no_difficulty_and_is_not_trained_on() -> None:
    (example,) = select_examples(played([pair(1)], []), memory(), curriculum=CurriculumConfig(), seed=0, iteration=1)
    assert (example.difficulty, example.kept) == (None, Kept.NO_VOTES)


def write(folder: Path, game: Any, **more: Any) -> dict[str, Path]:
    outputs = {name: folder / f"{name}.jsonl" for name in OUTPUTS}
    settings = {"settings": CurriculumConfig(easy_fraction=1.0), "players": PLAYERS, "seed": 0, "iteration": 1}
    curriculum(game, memory(), outputs, **(settings | more))
    return outputs


def test_140_inequivalent_and_8_equivalent_pairs_all_teach_bob(tmp_path: Path) -> None:
    goals = [Goal.SINQ] * 140 + [Goal.SEQ] * 8
    pairs = [pair(index, goal) for index, goal in enumerate(goals)]
    cast = [one for of in pairs for one in ballots(of, ["Answer: equivalent", "Answer: inequivalent"])]
    told = [vote for of in pairs for vote in scored(of, [one for one in cast if one.pair_id == of.id])]
    game = played(pairs, told, ballots=cast, sampled=[sampled(n, goal) for n, goal in enumerate(goals)])
    game = played(
        pairs,
        told,
        ballots=cast,
        sampled=game.sampled,
        proposals=[proposal(item) for item in game.sampled],
        judgements=[judgement(proposal(item)) for item in game.sampled],
    )
    found = read_records(write(tmp_path, game)["bob_training_data"], TrainingExample)
    assert Counter(example.goal for example in found) == {Goal.SINQ: 140, Goal.SEQ: 8}


def game_of(proposals: list[Any], items: list[Any], pairs: list[Any], right: list[int]) -> Any:
    """A game in which Bob has answered each pair four times, and so often right."""
    words = ("Answer: equivalent", "Answer: inequivalent")
    cast = [one for n, of in zip(right, pairs, strict=True) for one in ballots(of, [words[k >= n] for k in range(4)])]
    told = [vote for of in pairs for vote in scored(of, [one for one in cast if one.pair_id == of.id])]
    judgements = [judgement(one) for one in proposals]
    return played(pairs, told, ballots=cast, sampled=items, proposals=proposals, judgements=judgements)


def test_alice_imitates_a_kind_of_edit_the_less_the_more_of_it_were_accepted(tmp_path: Path) -> None:
    items = [sampled(n) for n in range(40)]
    proposals = [said(item, f"```haskell\nf x = x - {n}\n```") for n, item in enumerate(items)]
    pairs = [pair(n).model_copy(update={"q": one.code, "proposal_id": one.id}) for n, one in enumerate(proposals)]
    game = game_of(proposals, items, pairs, [0] * 40)

    def imitated(folder: str, most: int) -> list[str]:
        outputs = write(tmp_path / folder, game, settings=CurriculumConfig(max_same_edit=most))
        return [one.pair_id for one in read_records(outputs["alice_training_data"], TrainingExample)]

    assert len(imitated("all", 0)) == 40
    few = imitated("few", 20)
    assert 4 <= len(few) <= 16
    assert few[0] == pairs[0].id
    assert imitated("again", 20) == few


@pytest.mark.parametrize("method", ["imitate", "grpo"])
def test_bob_learns_on_pairs_that_he_solves_neither_too_seldom_nor_too_often(tmp_path: Path, method: str) -> None:
    items = [sampled(n) for n in range(5)]
    pairs = [pair(n) for n in range(5)]
    game = game_of([proposal(item) for item in items], items, pairs, list(range(5)))
    train = TrainConfig.model_validate({"method": method})
    players = Players(AliceConfig(), BobConfig(), ProofConfig(), train, ModelConfig())

    def taught(folder: str, **keys: float) -> set[str]:
        settings = CurriculumConfig.model_validate(keys)
        outputs = write(tmp_path / folder, game, settings=settings, players=players)
        return {one.pair_id for one in read_records(outputs["bob_training_data"], TrainingExample)}

    assert taught("all") == {one.id for one in (pairs[1:] if method == "imitate" else pairs)}
    assert taught("some", bob_min_solved=0.2, bob_max_solved=0.8) == {one.id for one in pairs[1:4]}
    assert taught("edges", bob_min_solved=0.25, bob_max_solved=0.5) == {one.id for one in pairs[1:3]}


def collapsed(action: str, agent: Role) -> GuardReport:
    alarm = Alarm(
        agent=agent, guard="unparsed", message="80% of Bob's votes cannot be read, and at most 50% is allowed"
    )
    return GuardReport.model_validate({"iteration": 1, "measures": {}, "alarms": [alarm], "action": action})


def test_a_collapse_stops_the_run_with_one_message_that_says_what_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CollapseError, match=r"iteration 1.*guards\.unparsed: 80%.*keep_previous") as told:
        write(tmp_path, played([], [], guard=collapsed("stop", Role.BOB)))
    assert "\n" not in str(told.value)
    assert not list(tmp_path.iterdir())


def test_where_a_collapse_does_not_stop_the_run_the_player_learns_nothing_from_it(tmp_path: Path) -> None:
    one = pair(0)
    cast = ballots(one, ["Answer: equivalent", "Answer: inequivalent"])
    item = sampled(0)
    for agent, bobs in ((Role.BOB, 0), (Role.ALICE, 1)):
        game = played(
            [one],
            scored(one, cast),
            ballots=cast,
            sampled=[item],
            proposals=[proposal(item)],
            judgements=[judgement(proposal(item))],
            guard=collapsed("keep_previous", agent),
        )
        assert len(read_records(write(tmp_path, game)["bob_training_data"], TrainingExample)) == bobs


def test_an_empty_iteration_passes_through(tmp_path: Path) -> None:
    items = [sampled(0)]
    proposals = [proposal(items[0], code=None)]
    judgements = [judgement(proposals[0], Verdict.REJECTED, "unparsed")]
    outputs = write(tmp_path, played([], [], sampled=items, proposals=proposals, judgements=judgements))
    assert read_records(outputs["iteration_data"], Example) == []
    assert [told.outcome for told in read_records(outputs["outcomes"], Outcome)] == ["rejected:unparsed"]
