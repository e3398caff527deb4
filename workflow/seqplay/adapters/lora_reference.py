"""What the Triton kernels of LoRA layers compute (``lora_kernels``), in plain torch: same functions, same masks.

The kernels are tested against it, and it stands in for them where there is no GPU. An element's mask is a hash of its
place, the micro-batch's seed and the projection's salt: nothing has to be stored for the backward pass, and any
kernel can compute it for any part of a matrix. Philox, torch's and Triton's own generator, takes several times the
arithmetic, which for a thin product would cost more than what the fused pass saves.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

_BITS = 0xFFFFFFFF


def threshold_of(dropout: float) -> int:
    """Return the least of 2^16 random values with which an element is kept."""
    return round(dropout * 65536)


def kept_share(dropout: float) -> float:
    """Return the exact share of elements that are kept: 16 bits decide."""
    return 1 - threshold_of(dropout) / 65536


def masks(shape: tuple[int, int], count: int, seed: Tensor, salt: Tensor, dropout: float) -> list[Tensor]:
    """Return which elements of a matrix each of ``count`` projections keeps.

    ``seed``, ``salt``: two int32 each. Two projections share a 32-bit word, half each.
    """
    place = torch.arange(shape[0] * shape[1], device=seed.device).view(shape)
    first = (seed[0] ^ salt[0]).long() & _BITS
    found = []
    for pair in range((count + 1) // 2):
        second = (seed[1].long() + salt[1].long() + pair * 0x632BE5AB) & _BITS
        word = (place * 0x9E3779B1 + first) & _BITS
        word = word ^ (word >> 16)
        word = (word * 0x7FEB352D + second) & _BITS
        word = word ^ (word >> 15)
        word = (word * 0x846CA68B) & _BITS
        word = word ^ (word >> 16)
        found += [(word & 0xFFFF) >= threshold_of(dropout), (word >> 16) >= threshold_of(dropout)]
    return found[:count]


def lower(x: Tensor, down: Sequence[Tensor], seed: Tensor, salt: Tensor, factor: float, dropout: float) -> Tensor:
    """Return factor · drop_i(x) · A_iᵀ for up to three projections: projections × T × R."""
    kept = masks((x.shape[0], x.shape[1]), len(down), seed, salt, dropout)
    sums = [(x * mask).float() @ a.float().t() for mask, a in zip(kept, down, strict=True)]
    return (torch.stack(sums) * factor).to(x.dtype)


def lower_backward(
    x: Tensor, dx: Tensor, down: Sequence[Tensor], dh: Tensor, seed: Tensor, salt: Tensor, dropout: float
) -> Tensor:
    """Add Σ mask_i · (dh[i] · A_i) to dx, in place, and return dA: projections × R × K."""
    kept = masks((x.shape[0], x.shape[1]), len(down), seed, salt, dropout)
    total = dx.float()
    for mask, a, low in zip(kept, down, dh, strict=True):
        total += mask * (low.float() @ a.float())
    dx.copy_(total)
    sums = [low.float().t() @ (x * mask).float() for mask, low in zip(kept, dh, strict=True)]
    return torch.stack(sums).to(down[0].dtype)


def raise_backward(dy: Tensor, up: Tensor, h: Tensor, factor: float) -> tuple[Tensor, Tensor]:
    """Return factor · dy · B (T × R) and dyᵀ · h (N × R)."""
    return (factor * (dy.float() @ up.float())).to(dy.dtype), (dy.float().t() @ h.float()).to(up.dtype)


def _gates(gate: Tensor, up: Tensor, h: Tensor, raising: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return gate and up with their low-rank parts, in fp32."""
    whole = [base.float() + low.float() @ b.float().t() for base, low, b in zip((gate, up), h, raising, strict=True)]
    return whole[0], whole[1]


def swiglu(
    gate: Tensor, up: Tensor, h: Tensor, raising: Sequence[Tensor], down: Tensor, seed: Tensor, salt: Tensor,
    factor: float, dropout: float,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Return silu(gate + h[0]·B₀ᵀ) · (up + h[1]·B₁ᵀ), T × F, and factor · drop(that) · Aᵀ, T × R."""
    g, u = _gates(gate, up, h, raising)
    product = (torch.nn.functional.silu(g) * u).to(gate.dtype)
    return product, lower(product, [down], seed, salt, factor, dropout)[0]


def swiglu_backward(
    gate: Tensor, up: Tensor, dproduct: Tensor, h: Tensor, dhd: Tensor, raising: Sequence[Tensor], down: Tensor,
    seed: Tensor, salt: Tensor, factor: float, dropout: float,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """Return the gradients of gate and up (T × F), of h times the factor (2 × T × R), of both B (2 × F × R) and of
    the lower A (R × F). ``dhd``: the gradient of what ``swiglu`` returned second, already times the factor."""
    g, u = _gates(gate, up, h, raising)
    sigmoid = torch.sigmoid(g)
    gradient = dproduct.float().clone()  # added to in place
    da = lower_backward((g * sigmoid * u).to(gate.dtype), gradient, [down], dhd[None], seed, salt, dropout)[0]
    dgate = (gradient * u * sigmoid * (1 + g * (1 - sigmoid))).to(gate.dtype)
    dup = (gradient * g * sigmoid).to(gate.dtype)
    below = [raise_backward(d, b, low, factor) for d, b, low in zip((dgate, dup), raising, h, strict=True)]
    return dgate, dup, torch.stack([one for one, _ in below]), torch.stack([one for _, one in below]), da
