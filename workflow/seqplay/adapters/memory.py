"""Memory arithmetic: does a training fit without gradient checkpointing?

Checkpointing runs every layer's forward pass twice, a third more time, so it is used only when the activations would
not fit. What a layer keeps for the backward pass, in numbers per token (hidden h, keys and values k, feed-forward f):
residuals, normed inputs, query, attention and its output 7h + 2k; gate, up and their product 3f; with dropout the
dropped input and its mask for each projection. Measured against this: docs/performance.md, "Training".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import psutil
import torch
from transformers import PreTrainedConfig

RESERVE = 0.9
"""Share of the free memory that may be planned for; the rest is fragmentation and kernels' scratch."""
OPTIMIZER_BYTES = 18
"""Bytes for each adapter weight: fp32 master, gradient, two moments, and the computing copy."""
_LOGIT_ROWS = 1024
"""Learnt positions whose logits exist at one time (``losses.CHUNK``), in fp32, with their gradient."""


@dataclass(frozen=True)
class MemoryPlan:
    """The estimate in bytes, and what follows from it."""

    fixed: int
    """Base, adapter, optimiser, logits."""
    activations: int
    """Without checkpointing."""
    free: int
    """Bytes free on the device, the base already loaded."""
    checkpointing: bool


def free_bytes(device: torch.device) -> int:
    """Return the bytes that a training may still take on the device."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def activation_bytes(config: PreTrainedConfig, tokens: int, dtype: torch.dtype, dropout: float, fused: bool) -> int:
    """Return what all layers keep for the backward pass of a micro-batch of so many tokens.

    ``fused``: liger kernels or ``torch.compile``, which recompute the pointwise parts.
    """
    hidden, feed = int(config.hidden_size), int(config.intermediate_size)
    heads = int(config.num_attention_heads)
    size = int(getattr(config, "head_dim", None) or hidden // heads)
    keys = size * int(getattr(config, "num_key_value_heads", heads) or heads)
    width = torch.finfo(dtype).bits // 8
    numbers = width * (7 * hidden + 2 * keys + 3 * feed)
    if dropout:  # a dropped input for each projection instead of the shared one, and its mask
        numbers += width * 4 * hidden + 6 * hidden + feed
    if not fused:  # fp32 copies within the norms, the activation function's result, rotated queries and keys
        numbers += width * (feed + hidden + keys) + 4 * 2 * 2 * hidden
    return numbers * tokens * int(config.num_hidden_layers)


def plan_memory(
    config: PreTrainedConfig,
    adapter_weights: int,
    tokens: int,
    dtype: torch.dtype,
    dropout: float,
    fused: bool,
    setting: Literal["auto", "on", "off"],
    free: int,
) -> MemoryPlan:
    """Return the estimate for micro-batches of ``tokens`` and whether to checkpoint.

    ``adapter_weights``: their number. ``free``: bytes free with the base loaded.
    """
    logits = min(tokens, _LOGIT_ROWS) * int(config.vocab_size) * 4 * 3
    fixed = adapter_weights * OPTIMIZER_BYTES + logits
    activations = activation_bytes(config, tokens, dtype, dropout, fused)
    needed = setting == "on" or (setting == "auto" and fixed + activations > RESERVE * free)
    return MemoryPlan(fixed=fixed, activations=activations, free=free, checkpointing=needed)
