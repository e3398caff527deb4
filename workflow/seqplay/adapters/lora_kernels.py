"""Triton kernels of LoRA layers: dropout while multiplying, and the activation of a gated feed-forward block.

LoRA is thin (rank 8 beside widths of thousands), so its time is the reading and writing of tokens × width matrices, not
the arithmetic. Each kernel here goes once over such a matrix and does all that LoRA needs from it. Dropout masks are
never stored: an element's mask is a hash of its place and the keys (``_word``; in torch: ``lora_reference.masks``), in
the backward pass too. Sums over blocks are written side by side and added in one order (``total``), so that results are
the same each time; for the same reason block sizes are fixed, not tuned.

Shapes: T tokens, K or F features, R the rank, padded to RP for the tensor cores. All matrices are contiguous.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
import triton
import triton.language as tl
from torch import Tensor

from seqplay.adapters.lora_reference import threshold_of


class Blocks(NamedTuple):
    """How a kernel divides a matrix: the tokens and features of one block, and the threads (in warps of 32) for it."""

    tokens: int
    features: int
    warps: int
    stages: int = 3
    """Blocks whose loading overlaps."""


BLOCKS = {
    "lower": Blocks(32, 64, 4),
    "lower_backward": Blocks(64, 64, 8),
    "raise_backward": Blocks(128, 128, 8),
    "swiglu": Blocks(64, 32, 4),
    "swiglu_backward": Blocks(64, 32, 4),
}
_SPLITS = 8
"""Parts into which kernels that sum over features split them, so that all of a GPU is busy."""


@triton.jit
def _word(rows, columns, seed, salt, WIDTH: tl.constexpr, PAIR: tl.constexpr):
    """Return 32 random bits for each element: 16 for each of two projections."""
    first = (tl.load(seed) ^ tl.load(salt)).to(tl.uint32, bitcast=True)
    second = (tl.load(seed + 1) + tl.load(salt + 1)).to(tl.uint32, bitcast=True) + PAIR * 0x632BE5AB
    word = rows.to(tl.uint32)[:, None] * WIDTH + columns.to(tl.uint32)[None, :]
    word = word * 0x9E3779B1 + first
    word = word ^ (word >> 16)
    word = word * 0x7FEB352D + second
    word = word ^ (word >> 15)
    word = word * 0x846CA68B
    return word ^ (word >> 16)


@triton.jit(do_not_specialize=["tokens"])
def _lower_kernel(
    x, a0, a1, a2, h, seed, salt, tokens, factor, threshold,
    K: tl.constexpr, COUNT: tl.constexpr, R: tl.constexpr, RP: tl.constexpr, DROP: tl.constexpr,
    BT: tl.constexpr, BK: tl.constexpr, PRECISION: tl.constexpr,
) -> None:  # fmt: skip
    """h[i] = factor · drop_i(x) · A_iᵀ for up to three projections of one input."""
    rows = tl.program_id(0) * BT + tl.arange(0, BT)
    ranks = tl.arange(0, RP)
    base = x + rows.to(tl.int64)[:, None] * K
    sum0 = tl.zeros([BT, RP], dtype=tl.float32)
    sum1 = tl.zeros([BT, RP], dtype=tl.float32)
    sum2 = tl.zeros([BT, RP], dtype=tl.float32)
    for start in range(0, K, BK):
        columns = start + tl.arange(0, BK)
        values = tl.load(base + columns[None, :], mask=(rows < tokens)[:, None] & (columns < K)[None, :], other=0.0)
        weights = ranks[None, :] * K + columns[:, None]
        within = (ranks < R)[None, :] & (columns < K)[:, None]
        kept = values
        if DROP:
            word = _word(rows, columns, seed, salt, K, 0)
            kept = tl.where((word & 0xFFFF) >= threshold, values, 0.0).to(values.dtype)
        sum0 = tl.dot(kept, tl.load(a0 + weights, mask=within, other=0.0), sum0, input_precision=PRECISION)
        if COUNT > 1:
            if DROP:
                kept = tl.where((word >> 16) >= threshold, values, 0.0).to(values.dtype)
            sum1 = tl.dot(kept, tl.load(a1 + weights, mask=within, other=0.0), sum1, input_precision=PRECISION)
        if COUNT > 2:
            if DROP:
                word = _word(rows, columns, seed, salt, K, 1)
                kept = tl.where((word & 0xFFFF) >= threshold, values, 0.0).to(values.dtype)
            sum2 = tl.dot(kept, tl.load(a2 + weights, mask=within, other=0.0), sum2, input_precision=PRECISION)
    out = h + rows.to(tl.int64)[:, None] * R + ranks[None, :]
    inside = (rows < tokens)[:, None] & (ranks < R)[None, :]
    step = tokens.to(tl.int64) * R
    tl.store(out, (sum0 * factor).to(h.dtype.element_ty), mask=inside)
    if COUNT > 1:
        tl.store(out + step, (sum1 * factor).to(h.dtype.element_ty), mask=inside)
    if COUNT > 2:
        tl.store(out + 2 * step, (sum2 * factor).to(h.dtype.element_ty), mask=inside)


@triton.jit(do_not_specialize=["tokens", "span"])
def _lower_backward_kernel(
    x, dx, a0, a1, a2, dh, da, seed, salt, tokens, span,
    threshold,
    K: tl.constexpr, COUNT: tl.constexpr, R: tl.constexpr, RP: tl.constexpr, DROP: tl.constexpr,
    BT: tl.constexpr, BK: tl.constexpr, PRECISION: tl.constexpr,
) -> None:  # fmt: skip
    """dx += Σ mask_i · (dh[i] · A_i), in place, and dA_i = dh[i]ᵀ · (mask_i · x) for this part of the tokens."""
    columns = tl.program_id(0) * BK + tl.arange(0, BK)
    ranks = tl.arange(0, RP)
    weights = ranks[:, None] * K + columns[None, :]
    within = (ranks < R)[:, None] & (columns < K)[None, :]
    first = tl.load(a0 + weights, mask=within, other=0.0)
    sum0 = tl.zeros([BK, RP], dtype=tl.float32)
    sum1 = tl.zeros([BK, RP], dtype=tl.float32)
    sum2 = tl.zeros([BK, RP], dtype=tl.float32)
    if COUNT > 1:
        second = tl.load(a1 + weights, mask=within, other=0.0)
    if COUNT > 2:
        third = tl.load(a2 + weights, mask=within, other=0.0)
    begin = tl.program_id(1) * span
    step = tokens.to(tl.int64) * R
    for start in range(begin, begin + span, BT):
        rows = start + tl.arange(0, BT)
        inside = (rows < tokens)[:, None] & (columns < K)[None, :]
        place = rows.to(tl.int64)[:, None] * K + columns[None, :]
        values = tl.load(x + place, mask=inside, other=0.0)
        gradient = tl.load(dx + place, mask=inside, other=0.0).to(tl.float32)
        lows = dh + rows.to(tl.int64)[:, None] * R + ranks[None, :]
        known = (rows < tokens)[:, None] & (ranks < R)[None, :]
        low = tl.load(lows, mask=known, other=0.0)
        high = tl.dot(low, first, input_precision=PRECISION)
        kept = values
        if DROP:
            word = _word(rows, columns, seed, salt, K, 0)
            keep = (word & 0xFFFF) >= threshold
            kept = tl.where(keep, values, 0.0).to(values.dtype)
            high = tl.where(keep, high, 0.0)
        gradient += high
        sum0 = tl.dot(tl.trans(kept), low, sum0, input_precision=PRECISION)
        if COUNT > 1:
            low = tl.load(lows + step, mask=known, other=0.0)
            high = tl.dot(low, second, input_precision=PRECISION)
            if DROP:
                keep = (word >> 16) >= threshold
                kept = tl.where(keep, values, 0.0).to(values.dtype)
                high = tl.where(keep, high, 0.0)
            gradient += high
            sum1 = tl.dot(tl.trans(kept), low, sum1, input_precision=PRECISION)
        if COUNT > 2:
            low = tl.load(lows + 2 * step, mask=known, other=0.0)
            high = tl.dot(low, third, input_precision=PRECISION)
            if DROP:
                keep = (_word(rows, columns, seed, salt, K, 1) & 0xFFFF) >= threshold
                kept = tl.where(keep, values, 0.0).to(values.dtype)
                high = tl.where(keep, high, 0.0)
            gradient += high
            sum2 = tl.dot(tl.trans(kept), low, sum2, input_precision=PRECISION)
        tl.store(dx + place, gradient.to(dx.dtype.element_ty), mask=inside)
    out = da + tl.program_id(1).to(tl.int64) * (COUNT * R * K) + ranks[None, :] * K + columns[:, None]
    valid = (ranks < R)[None, :] & (columns < K)[:, None]
    tl.store(out, sum0, mask=valid)
    if COUNT > 1:
        tl.store(out + R * K, sum1, mask=valid)
    if COUNT > 2:
        tl.store(out + 2 * R * K, sum2, mask=valid)


@triton.jit(do_not_specialize=["tokens"])
def _raise_backward_kernel(
    dy, b, h, dh, db, tokens,
    N: tl.constexpr, SPAN: tl.constexpr, R: tl.constexpr, RP: tl.constexpr,
    BT: tl.constexpr, BN: tl.constexpr, PRECISION: tl.constexpr,
) -> None:  # fmt: skip
    """dh = dy · B for this part of the features, and dB = dyᵀ · h for this part of the tokens."""
    rows = tl.program_id(0) * BT + tl.arange(0, BT)
    ranks = tl.arange(0, RP)
    known = (rows < tokens)[:, None] & (ranks < R)[None, :]
    place = rows.to(tl.int64)[:, None] * R + ranks[None, :]
    low = tl.load(h + place, mask=known, other=0.0)
    base = dy + rows.to(tl.int64)[:, None] * N
    part = db + tl.program_id(0).to(tl.int64) * (N * R)
    total = tl.zeros([BT, RP], dtype=tl.float32)
    begin = tl.program_id(1) * SPAN
    for offset in range(0, SPAN, BN):
        columns = begin + offset + tl.arange(0, BN)
        inside = (rows < tokens)[:, None] & (columns < N)[None, :]
        gradient = tl.load(base + columns[None, :], mask=inside, other=0.0)
        weights = columns[:, None] * R + ranks[None, :]
        within = (columns < N)[:, None] & (ranks < R)[None, :]
        total = tl.dot(gradient, tl.load(b + weights, mask=within, other=0.0), total, input_precision=PRECISION)
        tl.store(part + weights, tl.dot(tl.trans(gradient), low, input_precision=PRECISION), mask=within)
    tl.store(dh + tl.program_id(1).to(tl.int64) * tokens * R + place, total, mask=known)


@triton.jit(do_not_specialize=["tokens"])
def _swiglu_kernel(
    gate, up, product, h, bg, bu, ad, hd, seed, salt, tokens,
    threshold,
    F: tl.constexpr, SPAN: tl.constexpr, R: tl.constexpr, RP: tl.constexpr, DROP: tl.constexpr,
    BT: tl.constexpr, BF: tl.constexpr, PRECISION: tl.constexpr,
) -> None:  # fmt: skip
    """product = silu(gate + h₀·Bgᵀ) · (up + h₁·Buᵀ), and drop(product)·Adᵀ for this part of the features."""
    rows = tl.program_id(0) * BT + tl.arange(0, BT)
    ranks = tl.arange(0, RP)
    known = (rows < tokens)[:, None] & (ranks < R)[None, :]
    place = rows.to(tl.int64)[:, None] * R + ranks[None, :]
    low_gate = tl.load(h + place, mask=known, other=0.0)
    low_up = tl.load(h + tokens.to(tl.int64) * R + place, mask=known, other=0.0)
    base = rows.to(tl.int64)[:, None] * F
    total = tl.zeros([BT, RP], dtype=tl.float32)
    begin = tl.program_id(1) * SPAN
    for offset in range(0, SPAN, BF):
        columns = begin + offset + tl.arange(0, BF)
        inside = (rows < tokens)[:, None] & (columns < F)[None, :]
        there = base + columns[None, :]
        weights = columns[None, :] * R + ranks[:, None]
        within = (columns < F)[None, :] & (ranks < R)[:, None]
        g = tl.dot(low_gate, tl.load(bg + weights, mask=within, other=0.0), input_precision=PRECISION)
        g += tl.load(gate + there, mask=inside, other=0.0).to(tl.float32)
        u = tl.dot(low_up, tl.load(bu + weights, mask=within, other=0.0), input_precision=PRECISION)
        u += tl.load(up + there, mask=inside, other=0.0).to(tl.float32)
        result = (g * tl.sigmoid(g) * u).to(product.dtype.element_ty)
        tl.store(product + there, result, mask=inside)
        if DROP:
            keep = (_word(rows, columns, seed, salt, F, 0) & 0xFFFF) >= threshold
            result = tl.where(keep, result, 0.0).to(product.dtype.element_ty)
        lowering = ranks[None, :] * F + columns[:, None]
        allowed = (ranks < R)[None, :] & (columns < F)[:, None]
        total = tl.dot(result, tl.load(ad + lowering, mask=allowed, other=0.0), total, input_precision=PRECISION)
    tl.store(hd + tl.program_id(1).to(tl.int64) * tokens * R + place, total, mask=known)


@triton.jit(do_not_specialize=["tokens"])
def _swiglu_backward_kernel(
    gate, up, dproduct, dgate, dup, h, dhd, bg, bu, ad,
    dh, dbg, dbu, dad, seed, salt, tokens, threshold,
    F: tl.constexpr, SPAN: tl.constexpr, R: tl.constexpr, RP: tl.constexpr, DROP: tl.constexpr,
    BT: tl.constexpr, BF: tl.constexpr, PRECISION: tl.constexpr,
) -> None:  # fmt: skip
    """The gradients of gate and up from that of the product (its share through A of ``down`` is added here), and what
    the three LoRA layers need from them: dh of this part of the features, dB and dA of this part of the tokens."""
    rows = tl.program_id(0) * BT + tl.arange(0, BT)
    ranks = tl.arange(0, RP)
    known = (rows < tokens)[:, None] & (ranks < R)[None, :]
    place = rows.to(tl.int64)[:, None] * R + ranks[None, :]
    step = tokens.to(tl.int64) * R
    low_gate = tl.load(h + place, mask=known, other=0.0)
    low_up = tl.load(h + step + place, mask=known, other=0.0)
    low_down = tl.load(dhd + place, mask=known, other=0.0)
    base = rows.to(tl.int64)[:, None] * F
    part = tl.program_id(0).to(tl.int64) * (F * R)
    total_gate = tl.zeros([BT, RP], dtype=tl.float32)
    total_up = tl.zeros([BT, RP], dtype=tl.float32)
    begin = tl.program_id(1) * SPAN
    for offset in range(0, SPAN, BF):
        columns = begin + offset + tl.arange(0, BF)
        inside = (rows < tokens)[:, None] & (columns < F)[None, :]
        there = base + columns[None, :]
        weights = columns[:, None] * R + ranks[None, :]
        within = (columns < F)[:, None] & (ranks < R)[None, :]
        raise_gate = tl.load(bg + weights, mask=within, other=0.0)
        raise_up = tl.load(bu + weights, mask=within, other=0.0)
        lowering = ranks[:, None] * F + columns[None, :]
        allowed = (ranks < R)[:, None] & (columns < F)[None, :]
        gradient = tl.dot(low_down, tl.load(ad + lowering, mask=allowed, other=0.0), input_precision=PRECISION)
        g = tl.dot(low_gate, tl.trans(raise_gate), input_precision=PRECISION)
        g += tl.load(gate + there, mask=inside, other=0.0).to(tl.float32)
        u = tl.dot(low_up, tl.trans(raise_up), input_precision=PRECISION)
        u += tl.load(up + there, mask=inside, other=0.0).to(tl.float32)
        sigmoid = tl.sigmoid(g)
        active = g * sigmoid
        kept = (active * u).to(dgate.dtype.element_ty)
        if DROP:
            keep = (_word(rows, columns, seed, salt, F, 0) & 0xFFFF) >= threshold
            gradient = tl.where(keep, gradient, 0.0)
            kept = tl.where(keep, kept, 0.0).to(dgate.dtype.element_ty)
        tl.store(dad + part + weights, tl.dot(tl.trans(kept), low_down, input_precision=PRECISION), mask=within)
        gradient += tl.load(dproduct + there, mask=inside, other=0.0).to(tl.float32)
        du = (gradient * active).to(dgate.dtype.element_ty)
        tl.store(dup + there, du, mask=inside)
        total_up = tl.dot(du, raise_up, total_up, input_precision=PRECISION)
        tl.store(dbu + part + weights, tl.dot(tl.trans(du), low_up, input_precision=PRECISION), mask=within)
        dg = (gradient * u * sigmoid * (1.0 + g * (1.0 - sigmoid))).to(dgate.dtype.element_ty)
        tl.store(dgate + there, dg, mask=inside)
        total_gate = tl.dot(dg, raise_gate, total_gate, input_precision=PRECISION)
        tl.store(dbg + part + weights, tl.dot(tl.trans(dg), low_gate, input_precision=PRECISION), mask=within)
    out = dh + tl.program_id(1).to(tl.int64) * 2 * step + place
    tl.store(out, total_gate, mask=known)
    tl.store(out + step, total_up, mask=known)


@triton.jit(do_not_specialize=["count", "size"])
def _total_kernel(parts, out, count, size, factor, BLOCK: tl.constexpr) -> None:
    """out = factor · the sum of the parts, one after another."""
    place = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = place < size
    total = tl.zeros([BLOCK], dtype=tl.float32)
    for number in range(0, count):
        total += tl.load(parts + number * size.to(tl.int64) + place, mask=inside, other=0.0)
    tl.store(out + place, (total * factor).to(out.dtype.element_ty), mask=inside)


def _options(rank: int, dtype: torch.dtype, blocks: Blocks) -> dict[str, Any]:
    """Return what all kernels are told."""
    return {
        "BT": blocks.tokens,
        "num_warps": blocks.warps,
        "num_stages": blocks.stages,
        "R": rank,
        "RP": max(16, triton.next_power_of_2(rank)),  # the tensor cores' least width
        "PRECISION": "ieee" if dtype == torch.float32 else "tf32",
    }


def _span(features: int, block: int) -> int:
    """Return how many features each part has: a multiple of the block."""
    span: int = block * triton.cdiv(triton.cdiv(features, block), _SPLITS)
    return span


def _three(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Return three tensors, the first again where there are fewer; kernels know how many count."""
    return [*tensors, *[tensors[0]] * (3 - len(tensors))]


def total(parts: Tensor, dtype: torch.dtype, factor: float = 1.0) -> Tensor:
    """Return the sum over the first dimension times a factor, added in order."""
    out = torch.empty(parts.shape[1:], dtype=dtype, device=parts.device)
    size, block = out.numel(), 1024
    _total_kernel[(triton.cdiv(size, block),)](parts, out, parts.shape[0], size, factor, BLOCK=block)
    return out


def lower(x: Tensor, down: Sequence[Tensor], seed: Tensor, salt: Tensor, factor: float, dropout: float) -> Tensor:
    """Return factor · drop_i(x) · A_iᵀ for up to three projections: projections × T × R."""
    (tokens, width), rank = x.shape, down[0].shape[0]
    blocks = BLOCKS["lower"]
    h = torch.empty((len(down), tokens, rank), dtype=x.dtype, device=x.device)
    _lower_kernel[(triton.cdiv(tokens, blocks.tokens),)](
        x, *_three(down), h, seed, salt, tokens, factor, threshold_of(dropout),
        K=width, COUNT=len(down), DROP=dropout > 0, BK=blocks.features, **_options(rank, x.dtype, blocks),
    )  # fmt: skip
    return h


def lower_backward(
    x: Tensor, dx: Tensor, down: Sequence[Tensor], dh: Tensor, seed: Tensor, salt: Tensor, dropout: float
) -> Tensor:
    """Add Σ mask_i · (dh[i] · A_i) to dx, in place, and return dA: projections × R × K.

    ``dh``: projections × T × R, already times the factor of ``lower``.
    """
    (tokens, width), rank = x.shape, down[0].shape[0]
    blocks, span = BLOCKS["lower_backward"], 512  # tokens of one part
    parts = triton.cdiv(tokens, span)
    da = torch.empty((parts, len(down), rank, width), dtype=torch.float32, device=x.device)
    _lower_backward_kernel[(triton.cdiv(width, blocks.features), parts)](
        x, dx, *_three(down), dh, da, seed, salt, tokens, span, threshold_of(dropout),
        K=width, COUNT=len(down), DROP=dropout > 0, BK=blocks.features, **_options(rank, x.dtype, blocks),
    )  # fmt: skip
    return total(da, down[0].dtype)


def raise_backward(dy: Tensor, up: Tensor, h: Tensor, factor: float) -> tuple[Tensor, Tensor]:
    """Return factor · dy · B (T × R) and dyᵀ · h (N × R)."""
    (tokens, width), rank = dy.shape, up.shape[1]
    blocks = BLOCKS["raise_backward"]
    span, rows = _span(width, blocks.features), triton.cdiv(tokens, blocks.tokens)
    parts = triton.cdiv(width, span)
    dh = torch.empty((parts, tokens, rank), dtype=torch.float32, device=dy.device)
    db = torch.empty((rows, width, rank), dtype=torch.float32, device=dy.device)
    _raise_backward_kernel[(rows, parts)](
        dy, up, h, dh, db, tokens, N=width, SPAN=span, BN=blocks.features, **_options(rank, dy.dtype, blocks)
    )
    return total(dh, dy.dtype, factor), total(db, up.dtype)


def swiglu(
    gate: Tensor, up: Tensor, h: Tensor, raising: Sequence[Tensor], down: Tensor, seed: Tensor, salt: Tensor,
    factor: float, dropout: float,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Return silu(gate + h[0]·B₀ᵀ) · (up + h[1]·B₁ᵀ), T × F, and factor · drop(that) · Aᵀ, T × R."""
    (tokens, width), rank = gate.shape, down.shape[0]
    blocks = BLOCKS["swiglu"]
    span = _span(width, blocks.features)
    parts = triton.cdiv(width, span)
    product = torch.empty_like(gate)
    hd = torch.empty((parts, tokens, rank), dtype=torch.float32, device=gate.device)
    _swiglu_kernel[(triton.cdiv(tokens, blocks.tokens), parts)](
        gate, up, product, h, *raising, down, hd, seed, salt, tokens, threshold_of(dropout),
        F=width, SPAN=span, DROP=dropout > 0, BF=blocks.features, **_options(rank, gate.dtype, blocks),
    )  # fmt: skip
    return product, total(hd, gate.dtype, factor)


def swiglu_backward(
    gate: Tensor, up: Tensor, dproduct: Tensor, h: Tensor, dhd: Tensor, raising: Sequence[Tensor], down: Tensor,
    seed: Tensor, salt: Tensor, factor: float, dropout: float,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """Return the gradients of gate and up (T × F), of h times the factor (2 × T × R), of both B (2 × F × R) and of
    the lower A (R × F). ``dhd``: the gradient of what ``swiglu`` returned second, already times the factor."""
    (tokens, width), rank = gate.shape, down.shape[0]
    blocks = BLOCKS["swiglu_backward"]
    span, rows = _span(width, blocks.features), triton.cdiv(tokens, blocks.tokens)
    parts = triton.cdiv(width, span)
    dgate, dup = torch.empty_like(gate), torch.empty_like(up)
    dh = torch.empty((parts, 2, tokens, rank), dtype=torch.float32, device=gate.device)
    sums = torch.empty((3, rows, width, rank), dtype=torch.float32, device=gate.device)
    _swiglu_backward_kernel[(rows, parts)](
        gate, up, dproduct, dgate, dup, h, dhd, *raising, down, dh, *sums.unbind(), seed, salt, tokens,
        threshold_of(dropout),
        F=width, SPAN=span, DROP=dropout > 0, BF=blocks.features, **_options(rank, gate.dtype, blocks),
    )  # fmt: skip
    db = torch.stack([total(sums[0], down.dtype), total(sums[1], down.dtype)])
    da = total(sums[2], down.dtype).t().contiguous()
    return dgate, dup, total(dh, gate.dtype, factor), db, da
