"""Rewards: every sampled answer has one, by what became of it; a copy earns less than a failure."""

from __future__ import annotations

import pytest

from seqplay.config import (
    AliceConfig,
    BobConfig,
    CurriculumConfig,
    GrpoConfig,
    ModelConfig,
    PredictConfig,
    ProofConfig,
    TrainConfig,
    parse_config,
)
from seqplay.errors import ConfigError
from seqplay.game.curriculum import select_examples
from seqplay.game.rewards import proposal_rollouts, vote_rollouts
from seqplay.game.training_examples import Players
from seqplay.records import Example, Goal, Kept, Pair, ProposalOutcome, TrainingExample
from tests.game.builders import ballots, greedy_proposal, memory, pair, played, said, sampled, scored, votes

PLAYERS = Players(
    AliceConfig(few_shot=False, predict=PredictConfig(samples=0)),
    BobConfig(few_shot=False),
    ProofConfig(few_shot=False),
    TrainConfig(method="grpo"),
    ModelConfig(),
)


def example(of: Pair, correct: int = 1, total: int = 4) -> Example:
    (found,) = select_examples(
        played([of], votes(of, correct, total)), memory(), curriculum=CurriculumConfig(), seed=0, iteration=1
    )
    return found


def test_every_vote_is_a_rollout_of_its_pair_right_or_wrong_or_unreadable() -> None:
    of = pair(0, Goal.SINQ)
    cast = ballots(of, ["Answer: inequivalent", "Answer: equivalent", "who knows"])
    found = vote_rollouts([example(of)], scored(of, cast), cast, PLAYERS)
    assert [one.reward for one in found] == [1.0, 0.0, -0.5]
    assert [one.output for one in found] == ["Answer: inequivalent", "Answer: equivalent", "who knows"]
    assert {(one.group, one.goal) for one in found} == {(of.id, Goal.SINQ)}


def test_a_cut_vote_has_no_end_to_learn() -> None:
    of = pair(0)
    cast = [
        one.model_copy(update={"completion": one.completion.model_copy(update={"finish_reason": "length"})})
        for one in ballots(of, ["Let me think"])
    ]
    (found,) = vote_rollouts([example(of)], scored(of, cast), cast, PLAYERS)
    assert not found.finished


def test_what_the_engine_gave_no_answer_for_is_no_rollout() -> None:
    of = pair(0)
    cast = [
        one.model_copy(update={"completion": one.completion.model_copy(update={"finish_reason": why})})
        for one, why in zip(ballots(of, ["Answer: equivalent", "", ""]), ("stop", "overlong", "refused"), strict=True)
    ]
    assert [one.reward for one in vote_rollouts([example(of)], scored(of, cast), cast, PLAYERS)] == [1.0]


def test_a_pair_of_an_earlier_iteration_is_no_rollout() -> None:
    of = pair(0)
    cast = ballots(of, ["Answer: equivalent"])
    seen = example(of).model_copy(update={"kept": Kept.SEEN_BEFORE})
    assert vote_rollouts([seen], scored(of, cast), cast, PLAYERS) == []


def rollout(outcome: str, became: Example | None = None) -> list[float | None]:
    return [one.reward for one in rollouts(outcome, became)]


def rollouts(outcome: str, became: Example | None = None) -> list[TrainingExample]:
    item = sampled(0, Goal.SINQ)
    mine = said(item, "Here is Q.")
    if became is not None:
        became = became.model_copy(update={"pair": became.pair.model_copy(update={"proposal_id": mine.id})})
    result = ProposalOutcome(proposal_id=mine.id, program_id=item.program.id, outcome=outcome)
    return proposal_rollouts([mine], [result], [became] if became else [], GrpoConfig(), 1)


@pytest.mark.parametrize(
    ("outcome", "reward"),
    [
        ("rejected:no_difference", 0.0),
        ("rejected:unparsed", -0.5),
        ("rejected:same_program", -0.25),
        ("dropped:duplicate", -0.25),
        ("rejected:not_proved", 0.0),
    ],
)
def test_a_refused_proposal_earns_by_why(outcome: str, reward: float) -> None:
    assert rollout(outcome) == [reward]


@pytest.mark.parametrize("outcome", ["infra_error:worker_lost", "timeout:compile", "dropped:near_heldout"])
def test_what_nobody_can_judge_is_left_out(outcome: str) -> None:
    assert rollout(outcome) == []


@pytest.mark.parametrize(("correct", "reward"), [(0, 0.5), (1, 0.875), (2, 1.0), (4, 0.5)])
def test_a_valid_pair_earns_most_where_bob_is_right_half_the_time(correct: int, reward: float) -> None:
    became = example(pair(0, Goal.SINQ), correct)
    assert rollout(f"kept:{became.kept}", became) == [pytest.approx(reward)]


def test_an_earlier_bob_has_a_say_in_what_a_pair_earns() -> None:
    became = example(pair(0, Goal.SINQ), 4).model_copy(update={"earlier_votes": 4, "earlier_correct": 0})
    assert rollout(f"kept:{became.kept}", became) == [pytest.approx(1.0)]


@pytest.mark.parametrize(("worth", "reward"), [(1.0, 1.0), (0.25, 0.25), (0.0, 0.0)])
def test_a_valid_pair_earns_less_the_more_of_its_kind_were_accepted(worth: float, reward: float) -> None:
    became = example(pair(0, Goal.SINQ), 2).model_copy(update={"worth": worth})
    assert rollout(f"kept:{became.kept}", became) == [pytest.approx(reward)]
    assert [one.worth for one in rollouts(f"kept:{became.kept}", became)] == [worth]
    assert [one.worth for one in rollouts("rejected:no_difference")] == [None]


def test_a_pair_seen_before_pays_no_more_than_a_copy() -> None:
    became = example(pair(0, Goal.SINQ), 2).model_copy(update={"kept": Kept.SEEN_BEFORE})
    assert rollout("dropped:seen_before", became) == [-0.25]


def test_greedy_proposals_and_rewrites_are_nobodys_samples() -> None:
    item = sampled(0)
    mine = greedy_proposal(item)
    result = ProposalOutcome(proposal_id=mine.id, program_id=item.program.id, outcome="rejected:type_error")
    assert proposal_rollouts([mine], [result], [], GrpoConfig(), 1) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"train": {"method": "grpo"}, "alice": {"samples": 1}}, "alice.samples"),
        ({"train": {"method": "grpo", "agents": ["bob"]}, "bob": {"votes": 1}}, "bob.votes"),
        ({"train": {"method": "grpo", "agents": ["bob"]}, "bob": {"sampling": {"temperature": 0}}}, "temperature"),
        ({"train": {"method": "grpo", "agents": ["bob"], "initial_data": {"bob": "x.jsonl"}}}, "initial_data"),
    ],
)
def test_a_configuration_without_anything_to_compare_is_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_config(settings)
