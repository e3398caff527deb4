"""Tiny models with chat templates, for games whose adapters are really trained."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.tiny_models import CHATML, byte_tokenizer, tiny_model

R1 = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'system' %}{{ m['content'] }}"
    "{% elif m['role'] == 'user' %}<|begin|>User: {{ m['content'] }}"
    "{% else %}<|begin|>Assistant: {{ m['content'].split('</think>')[-1] }}<|endoftext|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|begin|>Assistant: <think>\n{% endif %}"
)
"""A template of DeepSeek's kind: it opens the reasoning itself, and drops that of earlier turns."""


@pytest.fixture(scope="session")
def reasoning_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model whose chat template opens the reasoning."""
    folder = tmp_path_factory.mktemp("reasoning")
    tokenizer = byte_tokenizer(R1)
    model = tiny_model("qwen2", len(tokenizer))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny model, to train adapters on."""
    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = byte_tokenizer(CHATML)
    model = tiny_model("qwen2", len(tokenizer))
    model.generation_config.eos_token_id = [tokenizer.convert_tokens_to_ids("<|im_end|>"), tokenizer.eos_token_id]
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
