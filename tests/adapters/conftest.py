"""Fixtures of the adapter tests: tokenizers, a base folder, examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tiny_models import CHATML, LLAMA, byte_tokenizer, example, tiny_model
from transformers import PreTrainedTokenizerFast

from seqplay.config import ModelConfig
from seqplay.records import TrainingExample


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Compute on one thread: tiny models gain nothing by more, and on a busy machine threads wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def chatml() -> PreTrainedTokenizerFast:
    return byte_tokenizer(CHATML)


@pytest.fixture(scope="session")
def llama() -> PreTrainedTokenizerFast:
    return byte_tokenizer(LLAMA)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory, chatml: PreTrainedTokenizerFast) -> Path:
    """A folder with a tiny Qwen2 and a ChatML tokenizer."""
    folder = tmp_path_factory.mktemp("base")
    model = tiny_model("qwen2", len(chatml))
    model.generation_config.eos_token_id = [chatml.convert_tokens_to_ids("<|im_end|>"), chatml.eos_token_id]
    model.save_pretrained(folder)
    chatml.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def base_model() -> ModelConfig:
    return ModelConfig(name="tiny", dtype="float32", max_length=512)


@pytest.fixture(scope="session")
def examples() -> list[TrainingExample]:
    return [example(number) for number in range(8)]
