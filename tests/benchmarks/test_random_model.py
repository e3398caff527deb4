"""Random weights whose answers end: their lengths are those that were asked for, with a fresh adapter too."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from benchmarks import random_model
from seqplay.adapters.model import add_adapter
from seqplay.config import LoraConfig

SMALL = random_model.Shape(hidden=128, inner=256, layers=2, heads=4, kv_heads=2, vocabulary=512)
LAST = 511
"""The token that ends a turn, in so small a vocabulary."""
MEAN = 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights of a small model."""
    made = tmp_path_factory.mktemp("model")
    torch.manual_seed(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(random_model, "END", LAST)
        random_model.write_config(made, SMALL)
        random_model.write_weights(made, SMALL, constant=True)
        random_model.calibrate(made, SMALL, MEAN)
    return made


@torch.inference_mode()
def lengths(model: Any, count: int) -> list[int]:
    """Return the lengths of sampled answers, the token that ends them included."""
    torch.manual_seed(1)
    prompts = torch.randint(SMALL.vocabulary, (count, 30))
    rows = model.generate(
        input_ids=prompts, attention_mask=torch.ones_like(prompts), do_sample=True, temperature=1.0, top_p=1.0, top_k=0,
        max_new_tokens=8 * MEAN, eos_token_id=LAST, pad_token_id=LAST,
    )[:, 30:]  # fmt: skip
    ends = (rows == LAST).int()
    return [int(row.argmax()) + 1 if row.any() else len(row) for row in ends]


def load(folder: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


def test_answers_are_as_long_as_asked(folder: Path) -> None:
    assert fmean(lengths(load(folder), 400)) == pytest.approx(MEAN, rel=0.15)


def test_a_fresh_adapter_changes_no_length(folder: Path) -> None:
    base = load(folder)
    expected = lengths(base, 20)
    adapted = add_adapter(base, LoraConfig(), 0).eval()
    assert lengths(adapted, 20) == expected


def test_an_answer_without_chance_ends_at_once(folder: Path) -> None:
    model = load(folder)
    assert int(model(input_ids=torch.randint(SMALL.vocabulary, (1, 30))).logits[0, -1].argmax()) == LAST
