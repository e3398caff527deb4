"""The loss: summed cross-entropy over the learnt positions, and logits for those alone.

Prompt positions never reach the output layer, which for a vocabulary of 150,000 is the largest matrix of the model.
"""

from __future__ import annotations

import importlib.util
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear
from torch.utils.checkpoint import checkpoint

from seqplay.adapters.attention import arguments
from seqplay.adapters.model import Trainee
from seqplay.adapters.packing import Batch

CHUNK = 1024
"""Learnt positions whose logits exist at one time."""


def hidden_states(trainee: Trainee, batch: Batch, longest: int) -> Tensor:
    """Return the last hidden states of the learnt positions: learnt × hidden size."""
    out = trainee.decoder(
        input_ids=batch.input_ids,
        position_ids=batch.position_ids,
        use_cache=False,
        **arguments(batch, trainee.path, longest),
    )
    states: Tensor = out.last_hidden_state
    return states.flatten(0, 1).index_select(0, batch.index)


def _chunk_loss(hidden: Tensor, weight: Tensor, bias: Tensor | None, targets: Tensor) -> Tensor:
    """Return the summed cross-entropy of a chunk, in fp32."""
    return cross_entropy(linear(hidden, weight, bias).float(), targets, reduction="sum")


def _fused_function() -> Any:
    """Return liger's fused linear cross-entropy, or none without the package."""
    try:
        from liger_kernel.ops.fused_linear_cross_entropy import LigerFusedLinearCrossEntropyFunction
    except ImportError:
        return None
    return LigerFusedLinearCrossEntropyFunction


def _ours_fits(hidden: Tensor, head: nn.Linear) -> bool:
    """Say whether ``fused_loss`` can learn from these: on a GPU with Triton, a frozen plain weight, no bias."""
    plain = type(head.weight) is nn.Parameter and not head.weight.requires_grad and head.bias is None
    learning = torch.is_grad_enabled() and hidden.requires_grad
    return hidden.is_cuda and plain and learning and importlib.util.find_spec("triton") is not None


def summed_loss(hidden: Tensor, head: nn.Linear, targets: Tensor, fused: bool, own: bool = False) -> Tensor:
    """Return the summed cross-entropy of the learnt positions (a scalar, fp32).

    ``own``: by our kernel where it fits; ``fused``: by liger's where there is a GPU and the package; otherwise in
    chunks that are recomputed backward.
    """
    if own and _ours_fits(hidden, head):
        from seqplay.adapters.fused_loss import SummedLoss

        ours: Tensor = SummedLoss.apply(hidden, head.weight, targets)  # type: ignore[no-untyped-call]
        return ours
    function = _fused_function() if fused and hidden.is_cuda else None
    if function is not None:
        result = function.apply(hidden, head.weight, targets, head.bias, None, -100, 0.0, 0.0, "sum")
        loss: Tensor = result[0] if isinstance(result, tuple) else result
        return loss.float()
    total = hidden.new_zeros((), dtype=torch.float32)
    for states, wanted in zip(torch.split(hidden, CHUNK), torch.split(targets, CHUNK), strict=True):
        if torch.is_grad_enabled() and len(hidden) > CHUNK:
            part = checkpoint(_chunk_loss, states, head.weight, head.bias, wanted, use_reentrant=False)
        else:
            part = _chunk_loss(states, head.weight, head.bias, wanted)
        total = total + part
    return total


def batch_loss(trainee: Trainee, batch: Batch, longest: int, fused: bool, own: bool = False) -> Tensor:
    """Return the summed loss of one micro-batch (a scalar, fp32)."""
    return summed_loss(hidden_states(trainee, batch, longest), trainee.head, batch.targets, fused, own)
