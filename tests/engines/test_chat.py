"""A prompt is what the template says, opened once, with nothing of the chat lost."""

from __future__ import annotations

import pytest

from seqplay.config import ModelConfig
from seqplay.engines.chat import make_prompt, text_of
from seqplay.errors import EngineError
from seqplay.records import Message
from tests.templates import Family, families

CHAT = (Message(role="system", content="You judge."), Message(role="user", content="Are they equal?"))
FAMILIES = {one.name: one for one in families()}


def tail(one: Family, **model: object) -> tuple[str, str]:
    """The end of the prompt after the user's question, and the opening of the answer."""
    prompt = make_prompt(one.tokenizer, CHAT, ModelConfig.model_validate(model))
    return one.tokenizer.decode(prompt.ids).rpartition(CHAT[1].content)[2], prompt.opening


@pytest.mark.parametrize("prefix", ["<think>\n", "<think>", "", "<think>\n\n"])
def test_a_template_that_opens_the_reasoning_needs_no_prefix(prefix: str) -> None:
    expected = "<｜Assistant｜><think>\n", "<think>\n"
    assert tail(FAMILIES["r1_distill"], reasoning_prefix=prefix) == expected


def test_a_template_that_does_not_gets_the_prefix() -> None:
    first = FAMILIES["r1_distill_first"]
    assert tail(first, reasoning_prefix="<think>\n") == ("<｜Assistant｜><think>\n", "<think>\n")
    assert tail(first) == ("<｜Assistant｜>", "")


def test_arguments_reach_the_template_and_reasoning_that_is_switched_off_is_not_opened_again() -> None:
    off = {"template_arguments": {"enable_thinking": False}}
    expected = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n", ""
    assert tail(FAMILIES["qwen3"], **off) == tail(FAMILIES["qwen3"], **off, reasoning_prefix="<think>\n") == expected
    assert tail(FAMILIES["qwen3"]) == ("<|im_end|>\n<|im_start|>assistant\n", "")


def test_the_opening_goes_by_the_configured_mark() -> None:
    marks = {"reasoning_start": "◁think▷", "reasoning_end": "◁/think▷"}
    assert tail(FAMILIES["kimi"], **marks)[1] == "◁think▷"
    assert tail(FAMILIES["kimi"])[1] == ""


@pytest.mark.parametrize("name", ["gemma2", "chatml_without_system"])
def test_a_system_text_that_the_template_does_not_take_begins_the_first_user_turn(name: str) -> None:
    one = FAMILIES[name]
    text = one.tokenizer.decode(make_prompt(one.tokenizer, CHAT, one.model).ids)
    assert "user\nYou judge.\n\nAre they equal?" in text


@pytest.mark.parametrize("name", ["magistral", "r1_distill", "kimi"])
def test_decoding_shows_the_marks_of_reasoning_and_no_other_special_token(name: str) -> None:
    one = FAMILIES[name]
    start, end = one.model.marks
    ids = one.tokenizer(f"{start}hm{end}yes{one.stop}", add_special_tokens=False)["input_ids"]
    assert text_of(one.tokenizer, ids, one.model.marks) == f"{start}hm{end}yes"


def test_a_chat_that_the_template_refuses_all_the_same_is_one_line() -> None:
    twice = (CHAT[0], CHAT[1], CHAT[1])
    one = FAMILIES["gemma2"]
    with pytest.raises(EngineError, match=r"chat template refuses the chat \(Conversation roles must alternate"):
        make_prompt(one.tokenizer, twice, one.model)
