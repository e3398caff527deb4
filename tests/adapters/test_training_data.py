"""What a model is taught, token by token."""

from __future__ import annotations

import copy

import pytest
from tiny_models import example

from seqplay.adapters.data import IGNORE, answer_start, end_of_turn, held_out, prepare, tokenize
from seqplay.adapters.model import load_tokenizer
from seqplay.config import ModelConfig
from seqplay.errors import ConfigError
from seqplay.records import Message

REASONING = ModelConfig(reasoning_prefix="<think>\n")
CHATML_PROMPT = (
    "<|im_start|>system\nYou judge programs.<|im_end|>\n<|im_start|>user\nf x = x + 3\ng x = 3 + x\n"
    "Are they equivalent?<|im_end|>\n<|im_start|>assistant\n"
)
LLAMA_PROMPT = (
    "<|begin|><|start_header_id|>system<|end_header_id|>\n\nYou judge programs.<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\nf x = x + 3\ng x = 3 + x\nAre they equivalent?<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n"
)


@pytest.mark.parametrize(
    ("template", "prompt", "stop"), [("chatml", CHATML_PROMPT, "<|im_end|>"), ("llama", LLAMA_PROMPT, "<|eot_id|>")]
)
def test_each_token_of_an_example_has_the_right_label(request, template, prompt, stop):
    tokenizer = request.getfixturevalue(template)
    tokens = tokenize(tokenizer, example(3), 512, "refuse")
    prompt_ids = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    answer_ids = tokenizer("Case 3.\nAnswer: equivalent", add_special_tokens=False)["input_ids"]
    learnt = [*answer_ids, tokenizer.convert_tokens_to_ids(stop)]
    assert list(tokens.input_ids) == prompt_ids + learnt
    for position, target in enumerate(tokens.targets):
        follows = position + 1 - len(prompt_ids)
        assert target == (learnt[follows] if 0 <= follows < len(learnt) else IGNORE), position
    assert tokens.learnt == len(learnt)


@pytest.mark.parametrize("template", ["chatml", "llama"])
def test_the_prompt_is_what_inference_sends(request, template):
    tokenizer = request.getfixturevalue(template)
    turns = [Message(role="user", content="Is 1 = 1?"), Message(role="assistant", content="Yes.")]
    chat = [{"role": "system", "content": "You judge programs."}]
    chat += [turn.model_dump() for turn in turns] + [{"role": "user", "content": example(3).user_prompt}]
    sent = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=True, return_dict=True)["input_ids"]
    tokens = tokenize(tokenizer, example(3), 512, "refuse", turns=turns)
    assert list(tokens.input_ids[: len(sent)]) == list(sent)
    assert tokens.targets[len(sent) - 1] != IGNORE
    assert set(tokens.targets[: len(sent) - 1]) == {IGNORE}


def test_a_reasoning_prefix_belongs_to_the_prompt_and_is_not_learnt_twice(chatml):
    plain = tokenize(chatml, example(3, "<think>\nhm\n</think>\nYES"), 512, "refuse", REASONING)
    bare = tokenize(chatml, example(3, "hm\n</think>\nYES"), 512, "refuse", REASONING)
    assert plain == bare
    assert chatml.decode([t for t in plain.targets if t != IGNORE]) == "hm\n</think>\nYES<|im_end|>"


def test_reasoning_in_the_output_is_learnt_whole_even_where_the_template_would_drop_it(chatml):
    output = "<think>\nfirst this, then that\n</think>\nAnswer: equivalent"
    tokens = tokenize(chatml, example(3, output), 512, "refuse")
    assert chatml.decode([t for t in tokens.targets if t != IGNORE]) == output + "<|im_end|>"


@pytest.mark.parametrize(("template", "stop"), [("chatml", "<|im_end|>"), ("llama", "<|eot_id|>")])
def test_the_end_of_turn_is_read_off_the_template(request, template, stop):
    tokenizer = request.getfixturevalue(template)
    assert end_of_turn(tokenizer) == [tokenizer.convert_tokens_to_ids(stop)]


def test_a_tokenizer_without_chat_template_is_named_as_the_mistake(chatml, base_model, tmp_path):
    bare = copy.deepcopy(chatml)
    bare.chat_template = None
    bare.save_pretrained(tmp_path)
    with pytest.raises(ConfigError, match=r"model\.name.*no chat template"):
        load_tokenizer(tmp_path, base_model)


LONG = "<think>\n" + "one step and another step\n" * 40 + "</think>\nAnswer: equivalent"


def test_an_overlong_example_is_refused_and_counted(chatml):
    data = prepare(chatml, [example(0), example(1, LONG)], 300, "refuse", 0.0)
    assert len(data.train) == 1
    assert data.report["refused_overlong"] == 1
    assert data.report["cut_overlong"] == 0


def test_cutting_takes_the_middle_of_the_reasoning_and_leaves_prompt_and_verdict(chatml):
    data = prepare(chatml, [example(0), example(1, LONG)], 300, "cut", 0.0)
    cut = data.train[1]
    text = chatml.decode(cut.input_ids)
    assert len(cut.input_ids) <= 300
    assert text.startswith("<|im_start|>system\nYou judge programs.<|im_end|>\n<|im_start|>user\nf x = x + 1\n")
    assert "assistant\n<think>\none step" in text
    assert text.endswith("another step\n</think>\nAnswer: equivalent<|im_end|>")
    assert data.report["cut_overlong"] == 1
    assert data.report["tokens_cut"] == cut.removed > 0


def test_a_verdict_that_does_not_fit_is_refused_rather_than_cut(chatml):
    assert tokenize(chatml, example(1, "```haskell\n" + "f x = x\n" * 200 + "```"), 300, "cut") is None


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        ("<think>a\nb</think>\nVerdict: no", "</think>\nVerdict: no"),
        ("Because.\n```haskell\nf = 1\n```", "```haskell\nf = 1\n```"),
        ("Line one.\nLine two.\nVerdict: yes\n", "Verdict: yes\n"),
        ("Verdict: yes", "Verdict: yes"),
    ],
)
def test_the_answer_begins_after_the_reasoning(output, answer):
    assert output[answer_start(output) :] == answer


def test_duplicates_count_once_and_the_report_adds_up(chatml):
    data = prepare(chatml, [example(n) for n in (1, 2, 3, 3, 4, 5)] + [example(6, LONG)], 300, "refuse", 0.3)
    report = data.report
    assert report["duplicates"] == 1
    kept = report["trained"] + report["held_out"]
    assert report["examples"] == kept + sum(
        report[why] for why in ("duplicates", "refused_overlong", "refused_unreadable")
    )
    assert (report["trained"], report["held_out"]) == (len(data.train), len(data.heldout))
    assert sum(report["answers"].values()) == kept


def test_a_held_out_pair_stays_held_out_when_more_pairs_come():
    few, many = [f"pair{n}" for n in range(40)], [f"pair{n}" for n in range(80)]
    assert held_out(few, 0.2) == held_out(many, 0.2) & set(few)
    assert held_out(few, 0.2)


def test_all_examples_of_a_pair_are_on_one_side(chatml):
    twice = [example(n) for n in range(12)] + [example(n, f"Again {n}.\nAnswer: equivalent") for n in range(12)]
    data = prepare(chatml, twice, 512, "refuse", 0.3)
    assert len(data.heldout) % 2 == 0
    assert data.heldout
