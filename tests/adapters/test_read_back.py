"""What is taught reads as its label, behind every kind of chat template."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from seqplay import prompts
from seqplay.adapters.data import IGNORE, prepare, tokenize
from seqplay.adapters.read_back import completion_text
from seqplay.config import ModelConfig, parse_config
from seqplay.engines.chat import make_prompt, text_of
from seqplay.prompts import FoundInput
from seqplay.records import Answer, Role, Source, TrainingExample
from tests.templates import Family, families
from tests.templates.examples import ANSWERS, ASKED

EXPERIMENTS = Path(__file__).parents[2] / "config" / "experiments"
FAMILIES = families()
NAMES = [f"{one.name}-{number}" for number, one in enumerate(FAMILIES)]
OPENING = [one for one in FAMILIES if one.opens]


def taught(task: str, output: str, model: ModelConfig, source: Source = Source.MODEL) -> TrainingExample:
    answer = prompts.read_canonical(task, output, model.marks)
    return TrainingExample(
        system_prompt=ASKED[task][0].content,
        user_prompt=ASKED[task][-1].content,
        output=output,
        answer=answer if isinstance(answer, str) else "",
        source=source,
        agent=Role.BOB if task in ("judge", "find_input") else Role.ALICE,
        task=task,
        pair_id="pair",
        iteration=1,
        difficulty=5.0,
    )


def prepared(one: Family, example: TrainingExample, limit: int = 20000, overlong: str = "refuse"):
    turns = {task: messages[1:-1] for task, messages in ASKED.items()}
    return prepare(one.tokenizer, [example], limit, overlong, 0.0, one.model, turns)


def said(one: Family, answer: str) -> str:
    """What a model of the family says: with its reasoning where it reasons."""
    marks = one.model.marks
    return f"{marks.start}\nBoth add one.\n{marks.end}\n\n{answer}" if one.model.reasons else answer


@pytest.mark.parametrize("task", ASKED)
@pytest.mark.parametrize("source", [Source.MODEL, Source.MUTATE])
@pytest.mark.parametrize("one", FAMILIES, ids=NAMES)
def test_prompt_and_target_decoded_read_as_the_label(one: Family, source: Source, task: str) -> None:
    output = said(one, ANSWERS[task]) if source is Source.MODEL else ANSWERS[task]
    example = taught(task, output, one.model, source)
    data = prepared(one, example)
    assert data.report["unreadable"] == []
    [tokens] = data.train
    # as an engine: the prompt of inference, then tokens up to the end of the turn
    prompt = make_prompt(one.tokenizer, ASKED[task], one.model)
    assert list(tokens.input_ids[: len(prompt.ids)]) == prompt.ids
    *completion, last = tokens.input_ids[len(prompt.ids) :]
    assert one.tokenizer.decode([last]) == one.stop
    text = prompt.opening + text_of(one.tokenizer, completion, one.model.marks)
    assert prompts.read_canonical(task, text, one.model.marks) == example.answer
    assert ANSWERS[task] in text


@pytest.mark.parametrize("task", ASKED)
@pytest.mark.parametrize("one", FAMILIES, ids=NAMES)
def test_the_loss_covers_the_target_and_the_end_of_turn_alone(one: Family, task: str) -> None:
    example = taught(task, said(one, ANSWERS[task]), one.model)
    [tokens] = prepared(one, example).train
    prompt = make_prompt(one.tokenizer, ASKED[task], one.model)
    learnt = [token for token in tokens.targets if token != IGNORE]
    assert one.tokenizer.decode(learnt) == completion_text(example, prompt.opening, one.model.marks) + one.stop
    assert list(tokens.input_ids[-len(learnt) :]) == learnt
    assert set(tokens.targets[: len(prompt.ids) - 1]) == {IGNORE}


@pytest.mark.parametrize("source", [Source.MODEL, Source.MUTATE])
@pytest.mark.parametrize("one", FAMILIES, ids=NAMES)
def test_the_reasoning_is_opened_once_and_the_system_text_is_said_once(one: Family, source: Source) -> None:
    output = said(one, ANSWERS["judge"]) if source is Source.MODEL else ANSWERS["judge"]
    [tokens] = prepared(one, taught("judge", output, one.model, source)).train
    whole, marks = one.tokenizer.decode(tokens.input_ids), one.model.marks
    prompt = make_prompt(one.tokenizer, ASKED["judge"], one.model)
    assert bool(prompt.opening) == one.opens
    assert prompt.opening.strip() == (marks.start if one.opens else "")
    assert whole.count(marks.start) == whole.count(marks.end)
    assert whole.count(marks.start) <= 1 + (one.model.template_arguments == {"enable_thinking": False})
    for message in ASKED["judge"]:
        assert message.role == "assistant" or whole.count(message.content.strip()) == 1


@pytest.mark.parametrize("task", ASKED)
@pytest.mark.parametrize("one", OPENING, ids=[one.name for one in OPENING])
def test_a_bare_answer_behind_an_open_prompt_is_refused_counted_and_listed(one: Family, task: str) -> None:
    data = prepared(one, taught(task, ANSWERS[task], one.model))
    assert not data.train
    assert data.report["refused_unreadable"] == 1
    assert data.report["unreadable"] == [{"pair_id": "pair", "task": task, "reason": "the reasoning has no end"}]


@pytest.mark.parametrize("one", OPENING, ids=[one.name for one in OPENING])
def test_reasoning_that_is_cut_still_reads_as_the_label(one: Family) -> None:
    marks = one.model.marks
    output = f"{marks.start}\n" + "so it goes, and again\n" * 200 + f"{marks.end}\n\nAnswer: equivalent"
    size = len(make_prompt(one.tokenizer, ASKED["judge"], one.model).ids)
    data = prepared(one, taught("judge", output, one.model), size + 200, "cut")
    assert (len(data.train), data.report["cut_overlong"], data.report["refused_unreadable"]) == (1, 1, 0)
    assert prompts.read_canonical("judge", data.train[0].said, marks) == "Answer: equivalent"


@pytest.mark.parametrize("one", FAMILIES, ids=NAMES)
def test_a_target_that_says_another_answer_or_ends_its_turn_early_is_refused(one: Family) -> None:
    wrong = taught("judge", said(one, "Answer: inequivalent"), one.model)
    wrong = wrong.model_copy(update={"answer": "Answer: equivalent"})
    [refusal] = prepared(one, wrong).report["unreadable"]
    assert "its label is 'Answer: equivalent'" in refusal["reason"]
    early = taught("judge", said(one, f"I end here. {one.stop}\nAnswer: equivalent"), one.model)
    assert prepared(one, early).report["refused_unreadable"] == 1


def test_an_old_record_without_its_answer_must_be_readable() -> None:
    one = FAMILIES[0]
    old = taught("judge", "Answer: equivalent", one.model).model_copy(update={"answer": ""})
    assert prepared(one, old).report["refused_unreadable"] == 0
    assert prepared(one, old.model_copy(update={"output": "Perhaps."})).report["refused_unreadable"] == 1


LINE = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="`"), max_size=30)
PROGRAM = st.lists(LINE, min_size=1, max_size=8).map("\n".join).filter(str.strip)
MARKS = {mark for one in FAMILIES for mark in (*one.model.marks, *one.tokenizer.all_special_tokens)}


@given(
    st.sampled_from(FAMILIES),
    st.sampled_from([Source.MODEL, Source.TACTIC]),
    PROGRAM,
    st.lists(LINE.filter(lambda line: line and not line.startswith("--")), min_size=1, max_size=3),
    st.floats(0, 10),
    st.sampled_from([Answer.EQUIVALENT, Answer.INEQUIVALENT]),
)
def test_whatever_can_be_answered_can_be_taught(one, source, program, inputs, difficulty, answer) -> None:
    written = {
        "propose_seq": prompts.write_proposal(program),
        "propose_sinq": prompts.write_proposal(program, inputs),
        "prove": prompts.write_proof(program),
        "repair": prompts.write_proof(program),
        "judge": prompts.write_judgement(answer),
        "find_input": prompts.write_found_input(FoundInput(inputs)),
        "predict_difficulty": prompts.write_difficulty(difficulty),
    }
    for task, text in written.items():
        if any(mark in text for mark in MARKS):
            continue
        example = taught(task, said(one, text) if source is Source.MODEL else text, one.model, source)
        assert example.answer
        tokens = tokenize(one.tokenizer, example, 20000, "refuse", one.model)
        assert prompts.read_canonical(task, tokens.said, one.model.marks) == example.answer


@pytest.mark.parametrize("name", ["published_1gpu", "published_4gpu"])
@pytest.mark.parametrize("template", ["r1_distill", "r1_distill_first"])
def test_the_published_settings_do_not_train_a_model_into_silence(name: str, template: str) -> None:
    config = parse_config(yaml.safe_load((EXPERIMENTS / f"{name}.yaml").read_text(encoding="utf-8")))
    one = next(family for family in FAMILIES if family.name == template)._replace(model=config.model)
    assert config.model.reasons
    assert make_prompt(one.tokenizer, ASKED["judge"], config.model).opening == "<think>\n"
    for task, answer in ANSWERS.items():
        limit, overlong = config.train.max_length, config.train.overlong
        whole = prepared(one, taught(task, f"<think>\nI compare.\n</think>\n\n{answer}", config.model), limit, overlong)
        bare = prepared(one, taught(task, answer, config.model), limit, overlong)
        assert (len(whole.train), len(bare.train)) == (1, 0)
        assert bare.report["refused_unreadable"] == 1
