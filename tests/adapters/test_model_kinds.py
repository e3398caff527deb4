"""Mixtures of experts, tied embeddings: what is learnt, what is said to be left out, and what is refused."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from tiny_models import example
from transformers import (
    AutoModelForCausalLM,
    MixtralConfig,
    MixtralForCausalLM,
    Qwen2MoeConfig,
    Qwen2MoeForCausalLM,
    Qwen3MoeConfig,
    Qwen3MoeForCausalLM,
)

from seqplay.adapters import TrainingJob, train_adapter
from seqplay.config import LoraConfig, TrainConfig
from seqplay.engines.vllm_worker import Deltas, merged_weights
from seqplay.errors import ConfigError
from seqplay.records import Role

SIZES = {
    "hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4, "head_dim": 12,
    "num_key_value_heads": 2, "max_position_embeddings": 512, "initializer_range": 0.3,
}  # fmt: skip
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32}
KINDS = {
    "mixtral": lambda size: MixtralForCausalLM(
        MixtralConfig(**SIZES, vocab_size=size, num_local_experts=4, num_experts_per_tok=2)
    ),
    "qwen3_moe": lambda size: Qwen3MoeForCausalLM(Qwen3MoeConfig(**SIZES, **EXPERTS, vocab_size=size)),
    "qwen2_moe": lambda size: Qwen2MoeForCausalLM(
        Qwen2MoeConfig(**SIZES, **EXPERTS, vocab_size=size, shared_expert_intermediate_size=32)
    ),
}
HABIT = TrainConfig(
    max_steps=20, epochs=20, accumulation=1, batch_tokens=512, max_length=300, heldout_share=0.2, learning_rate=1e-2
)


@pytest.fixture
def mixture(request, tmp_path, chatml):
    torch.manual_seed(5)
    KINDS[request.param](len(chatml)).save_pretrained(tmp_path / "base")
    chatml.save_pretrained(tmp_path / "base")
    return tmp_path / "base"


def train(base, base_model, output, lora):
    examples = [example(n, "Answer: equivalent") for n in range(12)]
    job = TrainingJob(
        examples=examples, base=str(base), base_model=base_model, lora=lora, train=HABIT, previous=None, output=output,
        seed=5, agent=Role.BOB, iteration=1,
    )  # fmt: skip
    return train_adapter(job)


@pytest.mark.parametrize("mixture", list(KINDS), indirect=True)
def test_a_mixture_of_experts_learns_in_what_all_tokens_share_and_says_what_is_left_out(mixture, base_model, tmp_path):
    result = train(mixture, base_model, tmp_path / "adapter", LoraConfig())
    assert result.heldout_loss < 0.7 * result.heldout_loss_before
    weights = load_file(tmp_path / "adapter/adapter_model.safetensors")
    names = {name.split(".lora_")[0].rpartition(".")[2] for name in weights}
    shared = {"q_proj", "k_proj", "v_proj", "o_proj"}
    if "shared" in (mixture / "config.json").read_text():
        assert names == shared | {"gate_proj", "up_proj", "down_proj"}
        assert result.notes == []
    else:
        assert names == shared
        assert result.notes == [
            "lora.targets: this model has no linear layer gate_proj, up_proj, down_proj; nothing is learnt there"
        ]


@pytest.mark.parametrize("mixture", list(KINDS), indirect=True)
def test_an_adapter_of_a_mixture_loads_and_merges_as_that_of_any_model(mixture, base_model, tmp_path):
    train(mixture, base_model, tmp_path / "adapter", LoraConfig())
    model = AutoModelForCausalLM.from_pretrained(mixture, dtype=torch.float32)
    ids = torch.arange(20, 60).unsqueeze(0)
    with torch.no_grad():
        plain = model(input_ids=ids).logits
        adapted = (
            PeftModel.from_pretrained(model, tmp_path / "adapter", torch_device="cpu").eval()(input_ids=ids).logits
        )
    assert not torch.allclose(adapted, plain, atol=1e-3)
    # The way that the vllm engine merges, into the files of the base.
    whole = shutil.copytree(mixture, tmp_path / "whole")
    merged = dict(merged_weights(mixture, Deltas(tmp_path / "adapter", torch.device("cpu"))))
    save_file(merged, whole / "model.safetensors", metadata={"format": "pt"})
    again = AutoModelForCausalLM.from_pretrained(whole, dtype=torch.float32)
    with torch.no_grad():
        torch.testing.assert_close(again.eval()(input_ids=ids).logits, adapted, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("target", ["lm_head", "embed_tokens"])
def test_an_embedding_is_no_target(base, base_model, tmp_path, target):
    with pytest.raises(ConfigError, match=rf"lora\.targets: found {target}; allowed: linear layers within"):
        train(base, base_model, tmp_path / "adapter", LoraConfig(targets=("q_proj", target)))


def test_tied_embeddings_stay_tied_and_untouched(base, base_model, tmp_path):
    assert json.loads((base / "config.json").read_text())["tie_word_embeddings"]
    train(base, base_model, tmp_path / "adapter", LoraConfig())
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    before = model.get_input_embeddings().weight.clone()
    merged = PeftModel.from_pretrained(model, tmp_path / "adapter", torch_device="cpu").merge_and_unload()
    assert merged.get_input_embeddings().weight is merged.get_output_embeddings().weight
    assert torch.equal(merged.get_input_embeddings().weight, before)
    merged.save_pretrained(tmp_path / "whole")
    assert "lm_head.weight" not in load_file(tmp_path / "whole" / "model.safetensors")
