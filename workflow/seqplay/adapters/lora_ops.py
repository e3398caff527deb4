"""LoRA projections and gated feed-forward blocks as torch operators with their own backward passes.

Frozen products are left to cuBLAS; all that LoRA adds is done by ``lora_kernels`` (on other devices ``lora_reference``)
in as few passes as there can be. ``torch.compile`` takes an operator as it is, so a compiled layer has no break. The
frozen weights get no gradient.
"""

from __future__ import annotations

import importlib.util
from types import ModuleType
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

from seqplay.adapters import lora_reference
from seqplay.adapters.lora_reference import kept_share


def kernels_for(x: Tensor) -> ModuleType:
    """Return the module that computes for this tensor: Triton's kernels on a GPU, else plain torch."""
    if x.is_cuda and importlib.util.find_spec("triton") is not None:
        from seqplay.adapters import lora_kernels

        return lora_kernels
    return lora_reference


@torch.library.custom_op("seqplay::lora_project", mutates_args=())
def project(
    x: Tensor, weights: list[Tensor], biases: list[Tensor], down: list[Tensor], up: list[Tensor],
    seed: Tensor, salt: Tensor, scaling: float, dropout: float,
) -> list[Tensor]:  # fmt: skip
    """Return the results of up to three LoRA projections of one input (T × K), and the rank-wide middles.

    ``biases``: one for each projection, or none at all. ``down``: A (R × K); ``up``: B (N × R).
    """
    h = kernels_for(x).lower(x, down, seed, salt, scaling / kept_share(dropout), dropout)
    shifts: list[Tensor | None] = [*biases] or [None] * len(weights)
    outs = [linear(x, weight, shift) for weight, shift in zip(weights, shifts, strict=True)]
    for out, middle, b in zip(outs, h, up, strict=True):
        out.addmm_(middle, b.t())
    return [*outs, h]


@project.register_fake
def _(
    x: Tensor, weights: list[Tensor], biases: list[Tensor], down: list[Tensor], up: list[Tensor],
    seed: Tensor, salt: Tensor, scaling: float, dropout: float,
) -> list[Tensor]:  # fmt: skip
    outs = [x.new_empty((x.shape[0], weight.shape[0])) for weight in weights]
    return [*outs, x.new_empty((len(down), x.shape[0], down[0].shape[0]))]


@torch.library.custom_op("seqplay::lora_project_backward", mutates_args=())
def project_backward(
    gradients: list[Tensor], x: Tensor, h: Tensor, weights: list[Tensor], down: list[Tensor], up: list[Tensor],
    seed: Tensor, salt: Tensor, scaling: float, dropout: float,
) -> list[Tensor]:  # fmt: skip
    """Return the gradients of x, of all A (projections × R × K) and of each B."""
    kernels = kernels_for(x)
    factor = scaling / kept_share(dropout)
    dys = [gradient.contiguous() for gradient in gradients]
    below = [kernels.raise_backward(dy, b, low, factor) for dy, b, low in zip(dys, up, h, strict=True)]
    dx = dys[0] @ weights[0]
    for dy, weight in zip(dys[1:], weights[1:], strict=True):
        dx.addmm_(dy, weight)
    dh = torch.stack([one for one, _ in below])
    da = kernels.lower_backward(x, dx, down, dh, seed, salt, dropout)
    return [dx, da, *[one for _, one in below]]


@project_backward.register_fake
def _(
    gradients: list[Tensor], x: Tensor, h: Tensor, weights: list[Tensor], down: list[Tensor], up: list[Tensor],
    seed: Tensor, salt: Tensor, scaling: float, dropout: float,
) -> list[Tensor]:  # fmt: skip
    a = down[0]
    return [torch.empty_like(x), a.new_empty((len(down), *a.shape)), *[torch.empty_like(b) for b in up]]


def _keep_projections(ctx: Any, inputs: tuple[Any, ...], output: list[Tensor]) -> None:
    """Note what the backward pass of ``project`` needs."""
    x, weights, biases, down, up, seed, salt, ctx.scaling, ctx.dropout = inputs
    ctx.count, ctx.biases = len(weights), len(biases)
    ctx.save_for_backward(x, output[-1], seed, salt, *weights, *down, *up)


def _projections_backward(ctx: Any, gradients: list[Tensor]) -> tuple[Any, ...]:
    """Return the gradients of ``project``'s inputs."""
    x, h, seed, salt, *rest = ctx.saved_tensors
    count = ctx.count
    weights, down, up = rest[:count], rest[count : 2 * count], rest[2 * count :]
    dx, da, *db = project_backward(
        list(gradients[:count]), x, h, weights, down, up, seed, salt, ctx.scaling, ctx.dropout
    )
    return dx, [None] * count, [None] * ctx.biases, list(da.unbind()), db, None, None, None, None


@torch.library.custom_op("seqplay::lora_feed_forward", mutates_args=())
def feed_forward(
    x: Tensor, weights: list[Tensor], down: list[Tensor], up: list[Tensor],
    seed: Tensor, salts: list[Tensor], scaling: float, dropout: float,
) -> list[Tensor]:  # fmt: skip
    """Return down(silu(gate(x)) · up(x)), each a LoRA projection without bias, and what the backward pass needs.

    The lists are in the order gate, up, down; ``salts``: one for gate and up, one for down. Gate and up never exist
    with their low-rank parts, and the product is computed again in the backward pass.
    """
    kernels = kernels_for(x)
    factor = scaling / kept_share(dropout)
    h = kernels.lower(x, down[:2], seed, salts[0], factor, dropout)
    gate, above = linear(x, weights[0]), linear(x, weights[1])
    product, middle = kernels.swiglu(gate, above, h, up[:2], down[2], seed, salts[1], factor, dropout)
    out = linear(product, weights[2])
    out.addmm_(middle, up[2].t())
    return [out, gate, above, h, middle]


@feed_forward.register_fake
def _(
    x: Tensor, weights: list[Tensor], down: list[Tensor], up: list[Tensor],
    seed: Tensor, salts: list[Tensor], scaling: float, dropout: float,
) -> list[Tensor]:  # fmt: skip
    tokens, rank = x.shape[0], down[0].shape[0]
    out, gate, above = (x.new_empty((tokens, weights[number].shape[0])) for number in (2, 0, 1))
    return [out, gate, above, x.new_empty((2, tokens, rank)), x.new_empty((tokens, rank))]


@torch.library.custom_op("seqplay::lora_feed_forward_backward", mutates_args=())
def feed_forward_backward(
    gradient: Tensor, x: Tensor, gate: Tensor, above: Tensor, h: Tensor, middle: Tensor,
    weights: list[Tensor], down: list[Tensor], up: list[Tensor],
    seed: Tensor, salts: list[Tensor], scaling: float, dropout: float,
) -> list[Tensor]:  # fmt: skip
    """Return the gradients of x, A of gate and up (2 × R × K), A of down, B of gate and up (2 × F × R), B of down."""
    kernels = kernels_for(x)
    factor = scaling / kept_share(dropout)
    dy = gradient.contiguous()
    dmiddle, db_down = kernels.raise_backward(dy, up[2], middle, factor)
    dgate, dabove, dh, db, da_down = kernels.swiglu_backward(
        gate, above, dy @ weights[2], h, dmiddle, up[:2], down[2], seed, salts[1], factor, dropout
    )
    dx = dgate @ weights[0]
    dx.addmm_(dabove, weights[1])
    da = kernels.lower_backward(x, dx, down[:2], dh, seed, salts[0], dropout)
    return [dx, da, da_down, db, db_down]


@feed_forward_backward.register_fake
def _(
    gradient: Tensor, x: Tensor, gate: Tensor, above: Tensor, h: Tensor, middle: Tensor,
    weights: list[Tensor], down: list[Tensor], up: list[Tensor],
    seed: Tensor, salts: list[Tensor], scaling: float, dropout: float,
) -> list[Tensor]:  # fmt: skip
    both = [one.new_empty((2, *one.shape)) for one in (down[0], up[0])]
    return [torch.empty_like(x), both[0], torch.empty_like(down[2]), both[1], torch.empty_like(up[2])]


def _keep_feed_forward(ctx: Any, inputs: tuple[Any, ...], output: list[Tensor]) -> None:
    """Note what the backward pass of ``feed_forward`` needs."""
    x, weights, down, up, seed, salts, ctx.scaling, ctx.dropout = inputs
    ctx.save_for_backward(x, *output[1:], seed, *salts, *weights, *down, *up)


def _feed_forward_backward(ctx: Any, gradients: list[Tensor]) -> tuple[Any, ...]:
    """Return the gradients of ``feed_forward``'s inputs."""
    x, gate, above, h, middle, seed, first, second, *rest = ctx.saved_tensors
    dx, da, da_down, db, db_down = feed_forward_backward(
        gradients[0], x, gate, above, h, middle, rest[:3], rest[3:6], rest[6:], seed, [first, second],
        ctx.scaling, ctx.dropout,
    )  # fmt: skip
    nothing = [None] * 3
    return dx, nothing, [*da.unbind(), da_down], [*db.unbind(), db_down], None, [None, None], None, None


project.register_autograd(_projections_backward, setup_context=_keep_projections)
feed_forward.register_autograd(_feed_forward_backward, setup_context=_keep_feed_forward)
