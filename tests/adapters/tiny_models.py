"""Tiny random models with real chat templates, and examples to teach them: no network, no downloads."""

from __future__ import annotations

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from seqplay.records import Role, TrainingExample

CHATML = (
    "{% if messages[0]['role'] != 'system' %}<|im_start|>system\nYou are helpful.<|im_end|>\n{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LLAMA = (
    "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m['role'] }}<|end_header_id|>\n\n"
    "{{ m['content'] }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
TEXTS = [
    "f x = x + 1",
    "g :: Int -> Int",
    "map filter foldr reverse where case of let in",
    "You judge programs. Are they equivalent? Answer: equivalent Answer: inequivalent",
]


def byte_tokenizer(template: str) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer with the special tokens of a chat template."""
    special = ["<pad>", "<|begin|>", "<|endoftext|>"]
    special += ["<|im_start|>", "<|im_end|>"] if template is CHATML else []
    special += ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"] if template is LLAMA else []
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    inner.train_from_iterator(
        TEXTS, trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=alphabet)
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, bos_token="<|begin|>", eos_token="<|endoftext|>", pad_token="<pad>"
    )
    tokenizer.chat_template = template
    return tokenizer


def tiny_model(kind: str, vocabulary: int) -> Qwen2ForCausalLM | LlamaForCausalLM:
    """A random two-layer model with grouped queries; Qwen2 has biases and tied embeddings, Llama neither."""
    torch.manual_seed(7)
    sizes = {
        "vocab_size": vocabulary,
        "hidden_size": 48,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
        "initializer_range": 0.5,
    }
    if kind == "qwen2":
        return Qwen2ForCausalLM(Qwen2Config(**sizes, tie_word_embeddings=True)).eval()
    return LlamaForCausalLM(LlamaConfig(**sizes, tie_word_embeddings=False)).eval()


def example(number: int, output: str | None = None, agent: Role = Role.BOB, iteration: int = 1) -> TrainingExample:
    """A training example that differs from every other number's."""
    verdict = "equivalent" if number % 2 else "inequivalent"
    return TrainingExample(
        system_prompt="You judge programs.",
        user_prompt=f"f x = x + {number}\ng x = {number} + x\nAre they equivalent?",
        output=f"Case {number}.\nAnswer: {verdict}" if output is None else output,
        agent=agent,
        task="judge",
        pair_id=f"pair{number}",
        iteration=iteration,
        difficulty=float(number % 10),
    )
