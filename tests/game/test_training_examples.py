"""Targets are what was said: whole answers behind the prompts that asked for them; what was not said is rendered."""

from __future__ import annotations

import pytest

from seqplay import prompts
from seqplay.config import (
    AliceConfig,
    BobConfig,
    CurriculumConfig,
    ModelConfig,
    PredictConfig,
    ProofConfig,
    SourcesConfig,
    TrainConfig,
)
from seqplay.game.curriculum import select_examples
from seqplay.game.training_examples import (
    Players,
    bob_examples,
    prediction_examples,
    proof_examples,
    proposal_examples,
)
from seqplay.records import Example, Goal, Pair, ProofAttempt, ProofProposal, SampledProgram, Source, Verdict
from tests.game.builders import (
    ballots,
    completion,
    memory,
    pair,
    played,
    prediction,
    proposal,
    said,
    sampled,
    scored,
    votes,
)

REASONING = ModelConfig(reasoning_prefix="<think>\n")
THOUGHT = "<think>\nP adds zero, so does Q.\n</think>\nThey agree.\nAnswer: equivalent"


def players(model: ModelConfig | None = None, **train: object) -> Players:
    alice = AliceConfig(few_shot=False, predict=PredictConfig(samples=4, few_shot=False))
    bob, proof = BobConfig(few_shot=False), ProofConfig(few_shot=False)
    return Players(alice, bob, proof, TrainConfig.model_validate(train), model or ModelConfig())


def example(of: Pair, correct: int = 1, total: int = 4) -> Example:
    (found,) = select_examples(
        played([of], votes(of, correct, total)), memory(), curriculum=CurriculumConfig(), seed=0, iteration=1
    )
    return found


def taught(item: SampledProgram, text: str) -> tuple[Example, list[object]]:
    mine = said(item, text)
    of = pair(0, item.goal).model_copy(
        update={"proposal_id": mine.id, "q": mine.code, "diverging_input": mine.diverging_input}
    )
    one = example(of)
    return one, list(proposal_examples([one], [mine], {item.program.id: item}, players()))


def test_bob_learns_his_own_right_answer_with_its_reasoning() -> None:
    of = pair(0)
    cast = ballots(of, ["Answer: inequivalent", THOUGHT])
    (found,) = bob_examples([example(of)], scored(of, cast), cast, players(REASONING))
    assert found.output == THOUGHT
    assert found.answer == "Answer: equivalent"
    assert found.source is Source.MODEL


def test_bob_learns_at_most_so_many_answers_of_a_pair_and_no_two_alike() -> None:
    of = pair(0)
    texts = ["a\nAnswer: equivalent", "a\nAnswer: equivalent", "b\nAnswer: equivalent", "c\nAnswer: equivalent"]
    cast = ballots(of, texts)
    found = bob_examples([example(of)], scored(of, cast), cast, players(bob_answers=2))
    assert [one.output[0] for one in found] == ["a", "b"]


def test_a_pair_that_bob_never_solved_teaches_him_nothing_unless_its_label_is_asked_for() -> None:
    of = pair(0)
    cast = ballots(of, ["Answer: inequivalent", "no idea"])
    assert bob_examples([example(of)], scored(of, cast), cast, players()) == []
    (label,) = bob_examples([example(of)], scored(of, cast), cast, players(bob_unsolved="label"))
    assert (label.output, label.source) == ("Answer: equivalent", Source.LABEL)
    assert bob_examples([example(of)], scored(of, cast), cast, players(REASONING, bob_unsolved="label")) == []


def test_bob_learns_only_on_the_pairs_of_the_chosen_proposers() -> None:
    of = pair(0)
    cast = ballots(of, ["Answer: equivalent"])
    assert bob_examples([example(of)], scored(of, cast), cast, players(sources={"bob": ["mutate"]})) == []


@pytest.mark.parametrize(
    ("goal", "text"),
    [
        (Goal.SEQ, "Change: `x + 0` becomes `x`.\n```haskell\nf :: Int -> Int\nf x = x\n```"),
        (Goal.SINQ, "Change: `x` becomes `x + 1`.\n```input\n3\n```\n```haskell\nf :: Int -> Int\nf x = x + 1\n```"),
    ],
)
def test_alice_learns_her_whole_answer_behind_the_prompt_that_asked_for_it(goal: Goal, text: str) -> None:
    item = sampled(0, goal)
    _, (found,) = taught(item, text)
    assert found.output == text  # type: ignore[attr-defined]
    assert "difficulty 8.0 of 10" in found.user_prompt  # type: ignore[attr-defined]
    assert prompts.parse_proposal(text, goal) == prompts.parse_proposal(found.answer, goal)  # type: ignore[attr-defined]


def mutated(goal: Goal, **train: object) -> list[object]:
    item = sampled(0, goal, "mutate")
    one = proposal(item, code="f :: Int -> Int\nf x = 0 + x\n")
    of = pair(0, goal).model_copy(update={"proposer": "mutate", "proposal_id": one.id, "q": one.code})
    return list(proposal_examples([example(of)], [one], {item.program.id: item}, players(**train)))


@pytest.mark.parametrize("goal", Goal)
def test_a_rewrite_is_rendered_in_the_form_that_the_prompt_asks_for(goal: Goal) -> None:
    (found,) = mutated(goal)
    lines = found.output.splitlines()  # type: ignore[attr-defined]
    assert lines[0] == "Change: `= x + 0` becomes `= 0 + x`."
    assert [line for line in lines if line.startswith("```") and line != "```"] == (
        ["```haskell"] if goal is Goal.SEQ else ["```input", "```haskell"]
    )
    assert found.source is Source.MUTATE  # type: ignore[attr-defined]


def test_rewrites_can_be_left_out_and_a_reasoning_model_does_not_learn_them() -> None:
    assert mutated(Goal.SEQ, sources=SourcesConfig(alice=())) == []
    assert mutated(Goal.SEQ, model=REASONING) == []
    assert len(mutated(Goal.SEQ, model=REASONING, sources=SourcesConfig(alice=("mutate",)))) == 1


def attempt(of: Pair, asked: ProofProposal | None, finder: str) -> ProofAttempt:
    return ProofAttempt(
        proposal_id=of.proposal_id, round=1, finder=finder, theorem="thm", names=["f"], proof="proof x = ()\n",
        verdict=Verdict.ACCEPTED, reason="proved", message="", asked=asked,
    )  # fmt: skip


def answered(of: Pair, task: str) -> ProofProposal:
    text = "By cases.\n```proof\nproof x = ()\n```"
    return ProofProposal.model_validate(
        {
            "proposal_id": of.proposal_id, "round": 2, "task": task, "proof": "proof x = ()\n", "system_prompt": "sys",
            "user_prompt": f"please {task}", "completion": completion(of.proposal_id, text),
        }
    )  # fmt: skip


@pytest.mark.parametrize("task", ["prove", "repair"])
def test_alice_learns_her_proof_behind_the_prompt_that_asked_for_it_also_of_a_pair_that_was_not_kept(task: str) -> None:
    of = pair(0)
    easy = example(of, correct=4)
    assert not easy.kept.trained_on
    asked = answered(of, task)
    (found,) = proof_examples([easy], [attempt(of, asked, "alice:round2")], players())
    assert (found.task, found.user_prompt, found.output) == (task, f"please {task}", asked.completion.text)


def test_a_tactics_proof_is_rendered_or_left_out_for_a_reasoning_model() -> None:
    of = pair(0)
    found = attempt(of, None, "tactic:induction")
    (rendered,) = proof_examples([example(of)], [found], players())
    assert (rendered.task, rendered.source) == ("prove", Source.TACTIC)
    assert proof_examples([example(of)], [found], players(REASONING)) == []


def predictions_of(one: Example, given: list[float | None], model: ModelConfig | None = None) -> list[str]:
    asked = [prediction(one.pair, value, n, f"I think.\nDifficulty: {value}") for n, value in enumerate(given)]
    settings = CurriculumConfig()
    return [found.output for found in prediction_examples([one], asked, players(model), settings, 0)]


def test_alice_learns_the_prediction_that_came_nearest_within_a_point() -> None:
    hard = example(pair(0), correct=1)  # difficulty 7.5
    assert predictions_of(hard, [3.0, 8.0, 7.0, 6.9]) == ["I think.\nDifficulty: 8.0"]


def test_the_bare_measured_number_teaches_only_a_model_that_does_not_reason() -> None:
    hard = example(pair(0), correct=1)
    assert predictions_of(hard, [1.0, None]) == ["Difficulty: 7.5"]
    assert predictions_of(hard, [1.0, None], REASONING) == []


def test_easy_pairs_teach_prediction_at_half_the_number_of_hard_ones() -> None:
    measured = [example(pair(n), correct=0) for n in range(6)] + [example(pair(9 + n), correct=4) for n in range(20)]
    asked = [prediction(one.pair, 5.0) for one in measured]
    found = prediction_examples(measured, asked, players(), CurriculumConfig(), 3)
    assert sorted(one.difficulty for one in found) == [0.0] * 3 + [10.0] * 6
