"""On a GPU: bf16, varlen attention, liger and compiled layers train the same way, and repeat to the byte."""

from __future__ import annotations

import pytest
import torch
from tiny_models import example
from transformers import Qwen2Config, Qwen2ForCausalLM

from seqplay.adapters import TrainingJob, train_adapter
from seqplay.config import LoraConfig, ModelConfig, TrainConfig
from seqplay.records import Role

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
EXAMPLES = [example(number) for number in range(64)]


@pytest.fixture(scope="module")
def half(tmp_path_factory, chatml):
    """A base whose heads flash attention takes."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("half")
    sizes = {"hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": 2, "num_attention_heads": 4}
    Qwen2ForCausalLM(
        Qwen2Config(vocab_size=len(chatml), num_key_value_heads=2, initializer_range=0.1, **sizes)
    ).save_pretrained(folder)
    chatml.save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    "changes", [{}, {"compile": True}, {"fused": False}, {"checkpointing": "on"}, {"packing": "flex"}]
)
def test_each_way_learns_and_repeats_to_the_byte(half, tmp_path, changes):
    train = TrainConfig(max_steps=12, epochs=12, accumulation=1, batch_tokens=1024, learning_rate=2e-3, **changes)
    results = [
        train_adapter(
            TrainingJob(
                examples=EXAMPLES,
                base=str(half),
                base_model=ModelConfig(name="half"),
                lora=LoraConfig(),
                train=train,
                previous=None,
                output=tmp_path / name,
                seed=3,
                agent=Role.BOB,
                iteration=1,
            )
        )
        for name in ("first", "second")
    ]
    assert results[0].attention == changes.get("packing", "varlen")
    assert results[0].heldout_loss < 0.7 * results[0].heldout_loss_before
    first, second = ((tmp_path / name / "adapter_model.safetensors").read_bytes() for name in ("first", "second"))
    assert first == second
