"""A tiny model with random weights, byte tokens and a chat template; and LoRA adapters for it."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def tiny_model(folder: Path) -> Path:
    """Write the model; the same weights every time."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(BPE(vocab={symbol: number for number, symbol in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|im_start|>")
    fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=len(fast),
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=1024,
        tie_word_embeddings=False,
        eos_token_id=fast.eos_token_id,
        bos_token_id=None,
        initializer_range=0.2,
    )
    model = Qwen2ForCausalLM(config)
    model.generation_config.eos_token_id = fast.eos_token_id
    model.save_pretrained(folder)
    return folder


def tiny_adapter(folder: Path, model: Path, strength: float) -> Path:
    """Write a LoRA adapter of rank 8 for the model; strength 0 is what an untrained adapter is."""
    weights = load_file(model / "model.safetensors")
    generator = torch.Generator().manual_seed(1)
    halves = {}
    for name, weight in weights.items():
        module = name.removesuffix(".weight")
        if module.split(".")[-1] in TARGETS and weight.ndim == 2:
            first = torch.randn((8, weight.shape[1]), generator=generator) * 0.1
            second = torch.randn((weight.shape[0], 8), generator=generator) * strength
            halves[f"base_model.model.{module}.lora_A.weight"] = first
            halves[f"base_model.model.{module}.lora_B.weight"] = second
    folder.mkdir(parents=True)
    save_file(halves, folder / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 8, "lora_alpha": 16, "bias": "none"}
    config["target_modules"] = list(TARGETS)
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder
