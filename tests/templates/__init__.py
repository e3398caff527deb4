"""Chat templates of model families, each with a byte-level tokenizer that has its special tokens: no downloads."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from seqplay.config import ModelConfig

FOLDER = Path(__file__).parent


class Family(NamedTuple):
    """A chat template under one setting of ``model``."""

    name: str
    tokenizer: PreTrainedTokenizerFast
    model: ModelConfig
    stop: str
    """What ends the assistant's turn."""
    opens: bool
    """Whether the prompt leaves the reasoning open."""


def tokenizer(name: str, given: dict[str, Any]) -> PreTrainedTokenizerFast:
    """Return a tokenizer of single bytes with a family's special tokens and its chat template."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(models.BPE(vocab={symbol: number for number, symbol in enumerate(alphabet)}, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.add_tokens([AddedToken(word, special=False, normalized=False) for word in given.get("words", ())])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token=given.get("bos"),
        eos_token=given["eos"],
        pad_token=given["eos"],
        additional_special_tokens=list(given["tokens"]),
    )
    fast.chat_template = (FOLDER / f"{name}.jinja").read_text(encoding="utf-8")
    return fast


def families() -> list[Family]:
    """Return every family under each of its settings."""
    table = yaml.safe_load((FOLDER / "families.yaml").read_text(encoding="utf-8"))
    return [
        Family(name, tokenizer(name, given), ModelConfig.model_validate(model), given["stop"], opens)
        for name, given in table.items()
        for model, opens in zip(given["models"], given["opens"], strict=True)
    ]
