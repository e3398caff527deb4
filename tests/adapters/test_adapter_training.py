"""A training learns what it was given, writes a folder that others load, and repeats to the byte."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from tiny_models import example
from transformers import AutoModelForCausalLM

from seqplay.adapters import TrainingJob, has_adapter, select_examples, train_adapter
from seqplay.adapters.data import chat_messages
from seqplay.adapters.loop import learning_rate
from seqplay.adapters.memory import plan_memory
from seqplay.config import EngineConfig, LoraConfig, ModelConfig, Sampling, TrainConfig
from seqplay.engines.base import Request
from seqplay.engines.transformers import TransformersEngine
from seqplay.errors import ConfigError, InputError, ToolError
from seqplay.records import Role

SMALL = TrainConfig(
    max_steps=4, accumulation=1, batch_tokens=256, max_length=300, heldout_share=0.2, learning_rate=1e-3
)
FILES = {
    "README.md",
    "adapter_config.json",
    "adapter_model.safetensors",
    "data_report.json",
    "loss_curve.jsonl",
    "training.json",
}


@pytest.fixture
def run(base, base_model, examples, tmp_path):
    def train(name, what=None, train=SMALL, **given):
        options = {"lora": LoraConfig(), "previous": None, "seed": 5, "agent": Role.BOB, "iteration": 1} | given
        what = examples if what is None else what
        options.setdefault("base", str(base))
        called = {key: options.pop(key) for key in ("processes", "why_none") if key in options}
        job = TrainingJob(examples=what, base_model=base_model, train=train, output=tmp_path / name, **options)
        return train_adapter(job, **called)

    train.folder = tmp_path
    return train


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def answers(base, adapter, examples):
    """What the sampling engine says to the examples' prompts with the adapter, greedily."""
    engine = TransformersEngine(EngineConfig(threads=1), ModelConfig(path=str(base), dtype="float32"), adapter)
    requests = [
        Request(id=e.pair_id, messages=chat_messages(e), n=1, sampling=Sampling(temperature=0, max_tokens=40), seed=0)
        for e in examples
    ]
    said = {one.request_id: (one.text, one.finish_reason) for one in engine.sample(requests, lambda key: True)}
    return [said[e.pair_id] for e in examples]


def test_a_tiny_model_overfits_eight_examples_and_then_says_them(run, base):
    words = ["map", "filter", "foldr", "reverse", "where", "case", "let", "in"]
    examples = [example(n).model_copy(update={"user_prompt": " ".join([w] * 4)}) for n, w in enumerate(words)]
    hard = TrainConfig(
        max_steps=0, epochs=100, batch_tokens=2048, max_length=300, heldout_share=0, learning_rate=1e-2, warmup=0.1
    )
    result = run("taught", examples, train=hard, lora=LoraConfig(r=16, alpha=32, dropout=0.0))
    assert result.loss_last is not None
    assert result.loss_last < 0.02 < result.loss_first
    expected = [(e.output, "stop") for e in examples]
    assert answers(base, run.folder / "taught", examples) == expected != answers(base, None, examples)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(run):
    first, second, other = run("first"), run("second"), run("other", seed=6)
    assert contents(run.folder / "first") == contents(run.folder / "second")
    assert first.loss_last == second.loss_last != other.loss_last
    weights = [load_file(run.folder / name / "adapter_model.safetensors") for name in ("first", "other")]
    assert any(not torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_the_folder_is_whole_and_says_where_it_comes_from(run):
    result = run("adapter")
    folder = run.folder / "adapter"
    assert {path.name for path in folder.iterdir()} == FILES
    assert [path.name for path in run.folder.iterdir()] == ["adapter"]
    account = json.loads((folder / "training.json").read_text())
    assert account["base"]["name"] == "tiny"
    assert account["metrics"]["heldout_loss"] == result.heldout_loss
    assert account["data"]["trained"] + account["data"]["held_out"] == 8
    curve = [json.loads(line) for line in (folder / "loss_curve.jsonl").read_text().splitlines()]
    assert [line["step"] for line in curve] == [1, 2, 3, 4]
    card = (folder / "README.md").read_text()
    assert "base_model: tiny" in card
    assert "heldout_loss" in card
    for path in folder.iterdir():  # nothing of this machine
        assert str(run.folder).encode() not in path.read_bytes()


def test_peft_loads_the_folder_and_merging_it_keeps_the_logits(run, base):
    run("adapter")
    loaded = AutoModelForCausalLM.from_pretrained(base)
    model = PeftModel.from_pretrained(loaded, run.folder / "adapter", torch_device="cpu").eval()
    ids = torch.arange(20, 60).unsqueeze(0)
    with torch.no_grad():
        adapted = model(input_ids=ids).logits
        with model.disable_adapter():
            plain = model(input_ids=ids).logits
        merged = model.merge_and_unload()(input_ids=ids).logits
    assert not torch.allclose(adapted, plain, atol=1e-4)
    torch.testing.assert_close(merged, adapted, atol=1e-4, rtol=1e-4)


def test_training_lowers_the_held_out_loss_of_a_learnable_habit(run):
    same = [example(n, "Answer: equivalent") for n in range(12)]
    longer = SMALL.model_copy(update={"max_steps": 12, "learning_rate": 1e-2})
    result = run("habit", same, train=longer)
    assert result.held_out > 0
    assert result.heldout_loss < 0.5 * result.heldout_loss_before


@pytest.mark.parametrize("packing", ["sdpa", "none"])
@pytest.mark.parametrize("checkpointing", ["on", "off"])
def test_ways_of_computing_do_not_change_what_is_learnt(run, packing, checkpointing):
    plain = SMALL.model_copy(update={"packing": "none", "checkpointing": "off", "batch_tokens": 2048})
    other = plain.model_copy(update={"packing": packing, "checkpointing": checkpointing})
    dry = LoraConfig(dropout=0.0)
    expected, found = run("plain", train=plain, lora=dry), run("other", train=other, lora=dry)
    assert found.checkpointing == (checkpointing == "on")
    assert found.loss_last == pytest.approx(expected.loss_last, rel=1e-4)


def test_accumulated_micro_batches_are_one_large_one(run):
    whole = SMALL.model_copy(update={"batch_tokens": 4096, "max_steps": 3})
    parts = SMALL.model_copy(update={"batch_tokens": 200, "accumulation": 64, "max_steps": 3})
    dry = LoraConfig(dropout=0.0)
    assert run("parts", train=parts, lora=dry).loss_last == pytest.approx(
        run("whole", train=whole, lora=dry).loss_last, rel=1e-4
    )


def test_no_data_and_no_earlier_adapter_leaves_a_marker(run):
    result = run("none", [])
    assert result.status == "none"
    assert not has_adapter(run.folder / "none")
    assert "the base plays" in (run.folder / "none" / "README.md").read_text()


def test_no_data_carries_the_previous_adapter_over(run):
    run("first")
    result = run("second", [], previous=run.folder / "first", iteration=2)
    assert result.status == "carried_over"
    first, second = contents(run.folder / "first"), contents(run.folder / "second")
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        assert first[name] == second[name]
    assert "nothing new to learn" in second["README.md"].decode()
    third = run("third", [], previous=run.folder / "second", iteration=3)
    assert third.status == "carried_over"
    assert run("fourth", [], previous=run.folder / "gone").status == "none"


def test_only_overlong_examples_are_no_data_and_are_counted(run):
    result = run("none", train=SMALL.model_copy(update={"max_length": 16}))
    assert (result.status, result.refused_overlong) == ("none", 8)


def test_onward_training_starts_from_the_previous_adapter(run):
    onward = SMALL.model_copy(update={"continuity": "onward", "max_steps": 1, "learning_rate": 1e-9})
    run("first")
    run("second", previous=run.folder / "first", train=onward)
    first, second = (load_file(run.folder / n / "adapter_model.safetensors") for n in ("first", "second"))
    for name, tensor in first.items():
        torch.testing.assert_close(tensor, second[name], atol=1e-7, rtol=0)


def test_onward_training_from_another_shape_of_adapter_is_refused(run):
    run("first")
    onward = SMALL.model_copy(update={"continuity": "onward"})
    with pytest.raises(InputError, match=r"adapter of rank 8.*asks for rank 4.*train\.continuity: fresh"):
        run("second", previous=run.folder / "first", train=onward, lora=LoraConfig(r=4))


def test_onward_replays_a_share_of_the_old_examples_and_fresh_all():
    old, new = [example(n) for n in range(10)], [example(n, iteration=2) for n in range(20, 24)]
    fresh, onward = TrainConfig(), TrainConfig(continuity="onward", replay_share=0.5)
    assert select_examples(new, old, fresh, 0) == [*old, *new]
    drawn = select_examples(new, old, onward, 0)
    assert drawn[2:] == new
    assert all(one in old for one in drawn[:2])
    assert drawn == select_examples(new, old, onward, 0)
    assert select_examples([], old, onward, 0) == []


def test_a_diverging_training_stops_with_advice_and_leaves_no_adapter(run):
    wild = SMALL.model_copy(update={"learning_rate": 1e30, "max_steps": 20, "epochs": 20, "scheduler": "constant"})
    with pytest.raises(ToolError, match=r"not finite.*train\.learning_rate"):
        run("wild", train=wild)
    assert not (run.folder / "wild").exists()


def test_a_model_without_the_target_layers_is_named(run):
    with pytest.raises(ConfigError, match=r"lora\.targets: found c_attn; this model's linear layers: .*q_proj"):
        run("wrong", lora=LoraConfig(targets=("c_attn",)))


def test_a_folder_that_is_no_model_is_named(run, base_model, examples, tmp_path):
    with pytest.raises(InputError, match="no tokenizer can be loaded"):
        run("out", base=str(tmp_path))


@pytest.mark.skipif(importlib.util.find_spec("bitsandbytes") is None, reason="needs bitsandbytes: `make extras-env`")
def test_a_base_in_four_bits_is_learnt_on_about_as_well(run, base):
    longer = SMALL.model_copy(update={"max_steps": 12, "learning_rate": 1e-2})
    same = [example(n, "Answer: equivalent") for n in range(12)]
    whole, four = run("whole", same, train=longer), run("four", same, train=longer.model_copy(update={"base": "nf4"}))
    assert four.heldout_loss < 0.6 * four.heldout_loss_before
    assert four.heldout_loss_before != whole.heldout_loss_before
    assert four.metrics["merge_error"] < 1e-3
    files = [run.folder / name / "adapter_model.safetensors" for name in ("whole", "four")]
    assert [sorted(load_file(file)) for file in files] == [sorted(load_file(files[0]))] * 2
    PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), run.folder / "four", torch_device="cpu")


def test_four_bits_without_bitsandbytes_say_how_to_get_it(run, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "bitsandbytes" else found(name))
    with pytest.raises(ConfigError, match=r"train\.base: found nf4, which needs bitsandbytes; install it"):
        run("four", train=SMALL.model_copy(update={"base": "nf4"}))


def test_a_damaged_adapter_does_not_pass_the_check(run, monkeypatch):
    from seqplay.adapters import adapter_folder

    def zero(weights, place):
        save_file({name: torch.zeros_like(t) for name, t in weights.items()}, place / "adapter_model.safetensors")

    monkeypatch.setattr(adapter_folder, "save_weights", zero)
    with pytest.raises(ToolError, match="the adapter is zero"):
        run("zero")
    assert not (run.folder / "zero").exists()


def test_the_schedule_warms_up_and_comes_down():
    train = TrainConfig(learning_rate=1.0, warmup=0.2)
    rates = [learning_rate(train, step, 10) for step in range(10)]
    assert rates[:3] == [0.5, 1.0, 1.0]
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert 0 < rates[-1] < 0.1


def test_checkpointing_is_chosen_by_what_is_free(base):
    config = AutoModelForCausalLM.from_pretrained(base).config
    need = plan_memory(config, 10_000, 4096, torch.bfloat16, 0.05, True, "auto", 10**12)
    assert not need.checkpointing
    little = int((need.fixed + need.activations) * 0.9)
    assert plan_memory(config, 10_000, 4096, torch.bfloat16, 0.05, True, "auto", little).checkpointing
    assert not plan_memory(config, 10_000, 4096, torch.bfloat16, 0.05, True, "off", little).checkpointing


def test_a_game_without_a_model_waits_for_no_torch(tmp_path):
    script = f"""
import sys
from pathlib import Path
from seqplay.adapters.train import train
from seqplay.config import Config
from seqplay.records import GuardReport, Role
quiet = GuardReport(iteration=1, measures={{}}, alarms=[], action="stop")
alone = [{{"name": "mutate", "weight": 1}}]
config = Config.model_validate({{"engine": {{"kind": "none"}}, "alice": {{"proposers": alone}}}})
train([], quiet, [], [], Path({str(tmp_path / "bob_adapters")!r}), config=config, agent=Role.BOB, iteration=1)
print(sorted({{"torch", "transformers", "peft"}} & set(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "[]\n"), ran.stderr
    assert (tmp_path / "bob_adapters").is_dir()
