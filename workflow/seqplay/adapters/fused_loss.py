"""The cross-entropy of an output layer as one function: logits become their own gradient in place.

Products with the output layer's weight are cuBLAS's, over so many rows at a time that they run at full speed; the
softmax between them is one Triton kernel. Only for frozen output layers without a bias.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

ROWS = 4096
"""Learnt positions whose logits exist at one time, in the base's precision."""


@triton.jit
def _softmax_kernel(
    logits: tl.tensor, targets: tl.tensor, losses: tl.tensor, VOCABULARY: tl.constexpr, BLOCK: tl.constexpr
) -> None:
    """Write one row's loss, and over its logits their gradient."""
    row = tl.program_id(0).to(tl.int64)
    base = logits + row * VOCABULARY
    target = tl.load(targets + row)
    wanted = tl.load(base + target).to(tl.float32)  # before the first sum, which all threads wait for
    highest = float("-inf")
    total = 0.0
    for start in range(0, VOCABULARY, BLOCK):
        columns = start + tl.arange(0, BLOCK)
        values = tl.load(base + columns, mask=columns < VOCABULARY, other=float("-inf")).to(tl.float32)
        higher = tl.maximum(highest, tl.max(values, axis=0))
        total = total * tl.exp(highest - higher) + tl.sum(tl.exp(values - higher), axis=0)
        highest = higher
    whole = highest + tl.log(total)
    tl.store(losses + row, whole - wanted)
    for start in range(0, VOCABULARY, BLOCK):
        columns = start + tl.arange(0, BLOCK)
        values = tl.load(base + columns, mask=columns < VOCABULARY, other=float("-inf")).to(tl.float32)
        gradient = tl.exp(values - whole) - tl.where(columns == target, 1.0, 0.0)
        tl.store(base + columns, gradient.to(logits.dtype.element_ty), mask=columns < VOCABULARY)


class SummedLoss(torch.autograd.Function):
    """The summed cross-entropy of hidden states (rows × width) under an output layer's weight (vocabulary × width)."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
        """Return the sum, fp32; the gradient of the hidden states is computed along the way."""
        gradient = torch.empty_like(hidden)
        losses = torch.empty(len(hidden), dtype=torch.float32, device=hidden.device)
        for start in range(0, len(hidden), ROWS):
            part = slice(start, start + ROWS)
            logits = hidden[part] @ weight.t()
            _softmax_kernel[(len(logits),)](
                logits, targets[part], losses[part], VOCABULARY=weight.shape[0], BLOCK=4096, num_warps=8
            )
            torch.mm(logits, weight, out=gradient[part])
        ctx.save_for_backward(gradient)
        return losses.sum()

    @staticmethod
    def backward(ctx: Any, scale: Tensor) -> tuple[Tensor, None, None]:
        """Return the gradient of the hidden states."""
        [gradient] = ctx.saved_tensors
        return gradient * scale.to(gradient.dtype), None, None
