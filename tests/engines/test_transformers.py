"""What the `transformers` engine promises, on a tiny model with random weights."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer

from seqplay.config import EngineConfig, EngineKind, ModelConfig, Sampling
from seqplay.engines import transformers as engine_module
from seqplay.engines.base import Engine, Request
from seqplay.engines.chat import prompt_ids
from seqplay.engines.registry import open_engine
from seqplay.engines.transformers import shared_beginnings
from seqplay.errors import EngineError
from seqplay.prompts import JUDGE_CHOICES
from seqplay.records import Completion, Message

WORDS = ("Short.", "A somewhat longer question about programs?", "x" * 90)


def engine(folder: Path, adapter: Path | None = None, batch_size: int = 16, **model: object) -> Engine:
    config = ModelConfig.model_validate({"path": str(folder), "dtype": "float32", "max_length": 512, **model})
    return open_engine(EngineConfig(kind=EngineKind.TRANSFORMERS, batch_size=batch_size, threads=1), config, adapter)


def requests(n: int = 1, **sampling: object) -> list[Request]:
    drawn = Sampling.model_validate({"max_tokens": 12, **sampling})
    system = Message(role="system", content="You answer.")
    return [
        Request(
            id=f"r{number}", messages=(system, Message(role="user", content=text)), n=n, sampling=drawn, seed=number
        )
        for number, text in enumerate(WORDS)
    ]


def sampled(opened: Engine, asked: list[Request]) -> dict[str, Completion]:
    completions = {completion.key: completion for completion in opened.sample(asked, lambda key: True)}
    opened.close()
    return completions


def test_batches_padding_and_shared_prefixes_do_not_change_what_greedy_says(tiny: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    completions = sampled(engine(tiny), requests(temperature=0))
    for request in requests():
        ids = torch.tensor([prompt_ids(tokenizer, request.messages, ModelConfig())])
        output = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, do_sample=False)
        expected = tokenizer.decode(output[0, ids.shape[1] :], skip_special_tokens=True)
        assert completions[f"{request.id}/0"].text == expected


def test_a_sample_does_not_depend_on_its_neighbours(tiny: Path) -> None:
    together = sampled(engine(tiny), requests(n=3, temperature=1, top_k=0))
    alone = sampled(engine(tiny, batch_size=1), requests(n=3, temperature=1, top_k=0))
    assert {key: one.text for key, one in together.items()} == {key: one.text for key, one in alone.items()}


def test_only_wanted_samples_are_drawn_and_they_are_the_same(tiny: Path) -> None:
    whole = sampled(engine(tiny), requests(n=3, temperature=1))
    opened = engine(tiny)
    rest = list(opened.sample(requests(n=3, temperature=1), {"r1/2", "r2/0"}.__contains__))
    assert sorted(one.key for one in rest) == ["r1/2", "r2/0"]
    assert all(one == whole[one.key] for one in rest)


def test_samples_of_a_prompt_differ(tiny: Path) -> None:
    completions = sampled(engine(tiny), requests(n=4, temperature=1, top_k=0))
    assert len({completions[f"r0/{sample}"].text for sample in range(4)}) == 4


def test_tokens_are_counted_and_the_limit_is_kept(tiny: Path) -> None:
    for one in sampled(engine(tiny), requests(temperature=1, top_k=0)).values():
        assert one.completion_tokens == 12 or (one.finish_reason == "stop" and one.completion_tokens < 12)


def test_choices_are_the_only_answers(tiny: Path) -> None:
    asked = [one.model_copy(update={"choices": JUDGE_CHOICES}) for one in requests(n=4, temperature=2, max_tokens=60)]
    texts = {one.text for one in sampled(engine(tiny), asked).values()}
    assert texts == set(JUDGE_CHOICES)


def test_reasoning_that_the_prompt_opens_is_part_of_the_text(tiny: Path) -> None:
    completions = sampled(engine(tiny, reasoning_prefix="<think>\n"), requests())
    assert all(one.text.startswith("<think>\n") for one in completions.values())


def test_a_live_adapter_changes_the_answers(tiny: Path, live_adapter: Path) -> None:
    base = sampled(engine(tiny), requests(temperature=0))
    adapted = sampled(engine(tiny, live_adapter), requests(temperature=0))
    assert {key: one.text for key, one in base.items()} != {key: one.text for key, one in adapted.items()}


def test_a_dead_adapter_fails_the_stage_with_what_to_check(tiny: Path, dead_adapter: Path) -> None:
    with pytest.raises(EngineError, match="changes no log-probability"):
        sampled(engine(tiny, dead_adapter), requests())


def test_a_folder_that_is_no_adapter_is_named(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"lacks adapter_config\.json"):
        engine(tiny, tmp_path)


def test_a_prompt_that_is_too_long_is_that_items_outcome_and_no_others(tiny: Path) -> None:
    short = sampled(engine(tiny), requests())
    some = sampled(engine(tiny, max_length=128), requests())
    assert [(one.finish_reason, one.text) for one in some.values() if one.request_id == "r2"] == [("overlong", "")]
    assert some["r0/0"].text == short["r0/0"].text
    assert "leaves no room for an answer" in (some["r2/0"].unanswered or "")


def test_an_unknown_model_is_one_line() -> None:
    config = ModelConfig(name="no-such-model")
    with pytest.raises(EngineError, match="no-such-model") as caught:
        open_engine(EngineConfig(kind=EngineKind.TRANSFORMERS), config, None)
    assert "\n" not in str(caught.value)


def test_running_out_of_memory_is_one_line(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = engine(tiny)

    def full(*_: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes")

    monkeypatch.setattr(engine_module, "pad", full)
    with pytest.raises(EngineError, match="batch_size 16"):
        list(opened.sample(requests(), lambda key: True))


def test_the_beginnings_of_groups_of_prompts_are_computed_once() -> None:
    prompts = {"a": [1, 2, 3, 4, 9], "b": [1, 2, 3, 4, 8, 8], "c": [1, 7, 7, 7, 5], "d": [1, 7, 7, 7, 6], "e": [1, 4]}
    assert shared_beginnings(prompts) == {"a": 4, "b": 4, "c": 4, "d": 4, "e": 1}


@given(st.lists(st.lists(st.integers(0, 2), min_size=2, max_size=8), min_size=1, max_size=12))
def test_a_beginning_leaves_something_of_each_prompt_and_never_costs_more_than_none(tokens: list[list[int]]) -> None:
    prompts = {str(number): [9, *one] for number, one in enumerate(tokens)}
    lengths = shared_beginnings(prompts)
    assert all(0 < lengths[name] < len(one) for name, one in prompts.items())
    beginnings = {tuple(one[: lengths[name]]) for name, one in prompts.items()}
    computed = sum(map(len, beginnings)) + sum(len(one) - lengths[name] for name, one in prompts.items())
    assert computed <= sum(map(len, prompts.values()))
