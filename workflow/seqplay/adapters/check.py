"""The adapter check: what was written is an adapter that is there, that is sound, and that can be merged.

It works on the weights read back from the file, not on those in memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MethodType
from typing import Any

import torch
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn
from torch.nn.functional import linear

from seqplay.adapters.attention import AttentionPath
from seqplay.adapters.data import IGNORE, Tokens
from seqplay.adapters.losses import hidden_states
from seqplay.adapters.master_weights import MasterWeights
from seqplay.adapters.model import Trainee, read_weights, whole_weight
from seqplay.adapters.packing import Batch, pack, pad
from seqplay.adapters.training_job import WEIGHTS
from seqplay.config import LoraConfig
from seqplay.errors import ToolError

TOLERANCE = {torch.float32: 1e-3, torch.bfloat16: 0.1, torch.float16: 0.05}
"""Largest mean difference of merged from unmerged logits, as a share of the logits' spread; a merge rounds to the
base's precision."""
PROBE_TOKENS = 64
"""The end of a training example on which logits are compared."""


def _logits(trainee: Trainee, batch: Batch, longest: int) -> Tensor:
    """Return the probe's logits: positions × vocabulary, fp32."""
    logits: Tensor = trainee.head(hidden_states(trainee, batch, longest))
    return logits.float()


def _difference(left: Tensor, right: Tensor, scale: Tensor) -> float:
    """Return the mean absolute difference of logits as a share of ``scale``'s spread."""
    return float((left - right).abs().mean() / scale.std())


def _merged_forward(layer: Any, x: Tensor, *arguments: Any, **options: Any) -> Tensor:
    """Compute a LoRA layer as the one linear layer that it becomes when it is merged."""
    base = layer.base_layer
    weight = whole_weight(base)
    return linear(x, weight + layer.get_delta_weight("default").to(weight.dtype), base.bias)


@contextmanager
def _merged(model: nn.Module) -> Iterator[None]:
    """Let every LoRA layer compute as if it were merged; nothing is written into the base, which may be shared out over
    devices or quantised."""
    layers: list[Any] = [part for part in model.modules() if isinstance(part, LoraLayer)]
    before = [vars(layer).get("forward") for layer in layers]
    for layer in layers:
        layer.forward = MethodType(_merged_forward, layer)
    try:
        yield
    finally:
        for layer, forward in zip(layers, before, strict=True):
            if forward is None:
                del layer.forward
            else:
                layer.forward = forward


@torch.no_grad()
def check_adapter(
    trainee: Trainee,
    masters: MasterWeights,
    folder: Path,
    lora: LoraConfig,
    probe: Sequence[Tokens],
    heldout_loss: float | None,
) -> dict[str, float]:
    """Check the adapter in ``folder`` and return what was measured.

    ``probe``: examples, on the end of the shortest of which the logits are compared. Raises ``ToolError`` where the
    held-out loss is not finite, the adapter is zero or not finite, does not move the logits, or merging changes them
    beyond ``TOLERANCE``.
    """
    place = folder / WEIGHTS
    if heldout_loss is not None and not math.isfinite(heldout_loss):
        raise ToolError(f"{place}: the held-out loss is {heldout_loss}; lower train.learning_rate")
    weights = read_weights(folder, masters.names, lora)
    if not all(bool(torch.isfinite(tensor).all()) for tensor in weights.values()):
        raise ToolError(f"{place}: has numbers that are not finite; lower train.learning_rate")
    norm = math.sqrt(sum(float(t.double().square().sum()) for name, t in weights.items() if ".lora_B." in name))
    if norm == 0:
        raise ToolError(
            f"{place}: the adapter is zero, so nothing was learnt; raise train.max_steps or the learning rate"
        )
    masters.load(weights)
    ids = min(probe, key=lambda tokens: len(tokens.input_ids)).input_ids[-PROBE_TOKENS:]
    end = Tokens(ids, (*ids[1:], IGNORE))
    batch = (pad if trainee.path is AttentionPath.NONE else pack)([end]).to(trainee.device)
    longest = len(ids)
    trainee.model.eval()
    with torch.compiler.set_stance("force_eager"):
        adapted = _logits(trainee, batch, longest)
        with trainee.model.disable_adapter():
            base = _logits(trainee, batch, longest)
        with _merged(trainee.model):
            merged = _logits(trainee, batch, longest)
    trainee.model.train()
    effect, error = _difference(adapted, base, adapted), _difference(merged, adapted, adapted)
    if effect == 0:
        raise ToolError(
            f"{place}: the adapter does not change the logits of a training example; raise the learning rate"
        )
    if not error <= TOLERANCE[trainee.dtype]:
        raise ToolError(
            f"{place}: merged into the base, the logits differ by {error:.2g} of their spread (allowed: "
            f"{TOLERANCE[trainee.dtype]:g}); the adapter cannot be merged safely"
        )
    return {"adapter_norm": norm, "logits_moved": effect, "merge_error": error}
