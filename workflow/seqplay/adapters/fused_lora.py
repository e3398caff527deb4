"""Leaner LoRA layers for GPUs: same parameters, same names, fewer passes over what they read and write.

peft computes ``base(x) + B(A(dropout(x))) * scaling`` as separate products, a multiplication and an addition, each of
which reads and writes the whole output. ``lean`` has the scaling on the r-wide middle, and one ``addmm`` adds while it
multiplies: the same numbers otherwise, and torch's own dropout. ``fuse`` goes further (``lora_ops``): dropout while
multiplying, with masks that are hashed instead of stored; projections of one input share a pass over it; a gated
feed-forward block (SwiGLU) has the low-rank parts within its activation. What ``fuse`` does not cover stays lean.
"""

from __future__ import annotations

import importlib.util
import inspect
import re
from collections.abc import Sequence
from enum import StrEnum
from types import MethodType
from typing import Any

import torch
from peft.tuners.lora import Linear
from torch import Tensor, nn

from seqplay.adapters.lora_ops import feed_forward, project
from seqplay.files import derive_seed

_SHARING = ("q_proj", "k_proj", "v_proj")
"""Projections of an attention that read one input, in the order of their calls."""
_GATED = ("gate_proj", "up_proj", "down_proj")


def _lean_forward(layer: Any, x: Tensor, *arguments: Any, **options: Any) -> Tensor:
    """Compute a LoRA layer; a merged or disabled one is just its base layer."""
    out: Tensor = layer.base_layer(x)
    if layer.disable_adapters or layer.merged:
        return out
    middle = layer.lora_A["default"](layer.lora_dropout["default"](x)) * layer.scaling["default"]
    raised = torch.addmm(out.flatten(0, -2), middle.flatten(0, -2), layer.lora_B["default"].weight.t())
    return raised.view_as(out)


class LoraPath(StrEnum):
    """How LoRA layers compute on a GPU."""

    LEAN = "lean"
    """As peft does, with fewer passes over the output; torch's dropout."""
    FUSED = "fused"
    """By operators of our own, whose kernels drop while they multiply."""


def lean(model: nn.Module) -> None:
    """Let every LoRA layer of a model (one adapter, ``default``) compute the lean way."""
    for layer in model.modules():
        if isinstance(layer, Linear):
            layer.forward = MethodType(_lean_forward, layer)  # type: ignore[method-assign]


class DropoutSeed:
    """The seed of the dropout masks of one forward pass and its backward pass: two int32 on the device."""

    def __init__(self, device: torch.device) -> None:
        self.words = torch.zeros(2, dtype=torch.int32, device=device)

    def draw(self, decoder: nn.Module, *inputs: Any) -> None:
        """Draw a new one from torch's CPU generator, if the model is trained: a new tensor, so that what a backward
        pass has saved stays as it was."""
        if decoder.training:
            low, high = -(2**31), 2**31
            self.words = torch.randint(low, high, (2,), dtype=torch.int32).to(self.words.device, non_blocking=True)


class _Fused:
    """LoRA layers that are computed together."""

    def __init__(self, layers: Sequence[Any], name: str, seed: DropoutSeed) -> None:
        """Take LoRA layers that ``_alike`` has passed; ``name`` decides what their masks have of their own."""
        self.layers = list(layers)
        self.seed = seed
        salts = [[derive_seed("mask", name, part, word) for word in range(2)] for part in range(2)]
        self.salts = [torch.tensor(salt, dtype=torch.int32, device=seed.words.device) for salt in salts]
        self.scaling = float(layers[0].scaling["default"])
        self.dropout = _dropout(layers[0])

    def idle(self) -> bool:
        """Say whether the layers are just their base layers now."""
        return bool(self.layers[0].disable_adapters or self.layers[0].merged)

    def matrices(self) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
        """Return the frozen weights, A and B."""
        return (
            [layer.base_layer.weight for layer in self.layers],
            [layer.lora_A["default"].weight for layer in self.layers],
            [layer.lora_B["default"].weight for layer in self.layers],
        )

    def project(self, x: Tensor) -> list[Tensor]:
        """Return the results of all projections."""
        weights, down, up = self.matrices()
        biases = [layer.base_layer.bias for layer in self.layers if layer.base_layer.bias is not None]
        dropout = self.dropout if self.layers[0].training else 0.0
        flat = x.flatten(0, -2).contiguous()
        outs = project(flat, weights, biases, down, up, self.seed.words, self.salts[0], self.scaling, dropout)
        return [out.view(*x.shape[:-1], out.shape[-1]) for out in outs[:-1]]


def _dropout(layer: Any) -> float:
    """Return a LoRA layer's share of dropped elements."""
    return float(getattr(layer.lora_dropout["default"], "p", 0.0))


class _Projected:
    """What an attention gets instead of its input: the input's projections, all computed already."""

    def __init__(self, x: Tensor, outs: list[Tensor]) -> None:
        self.shape = x.shape
        self.outs = outs


def _attention_forward(attention: Any, hidden_states: Tensor, *arguments: Any, **options: Any) -> Any:
    """Compute an attention whose projections of the input are computed together."""
    group: _Fused = attention.fused_group
    if group.idle():
        return type(attention).forward(attention, hidden_states, *arguments, **options)
    projected = _Projected(hidden_states, group.project(hidden_states))
    return type(attention).forward(attention, projected, *arguments, **options)


def _shared_forward(layer: Any, x: Tensor | _Projected, *arguments: Any, **options: Any) -> Tensor:
    """Return one of an attention's projections."""
    if not isinstance(x, _Projected):
        return _lean_forward(layer, x)
    out: Tensor = x.outs[layer.fused_place]
    return out


def _single_forward(layer: Any, x: Tensor, *arguments: Any, **options: Any) -> Tensor:
    """Compute a LoRA layer alone."""
    group: _Fused = layer.fused_group
    return _lean_forward(layer, x) if group.idle() else group.project(x)[0]


def _feed_forward(block: Any, x: Tensor) -> Tensor:
    """Compute a gated feed-forward block as a whole."""
    group: _Fused = block.fused_group
    if group.idle():
        return block.down_proj(block.act_fn(block.gate_proj(x)) * block.up_proj(x))  # type: ignore[no-any-return]
    weights, down, up = group.matrices()
    dropout = group.dropout if block.training else 0.0
    flat = x.flatten(0, -2).contiguous()
    out: Tensor = feed_forward(flat, weights, down, up, group.seed.words, group.salts, group.scaling, dropout)[0]
    return out.view_as(x)


def _alike(layers: Sequence[Any]) -> bool:
    """Say whether these are LoRA layers that can be computed together: plain weights, one dropout, scaling, rank."""
    if not all(isinstance(layer, Linear) and type(layer.base_layer) is nn.Linear for layer in layers):
        return False
    weights = [layer.base_layer.weight for layer in layers]
    biased = {layer.base_layer.bias is not None for layer in layers}
    settings = {(layer.scaling["default"], _dropout(layer), layer.r["default"]) for layer in layers}
    plain = all(type(weight) is nn.Parameter and weight.is_contiguous() for weight in weights)
    return plain and len({weight.dtype for weight in weights}) == len(biased) == len(settings) == 1


def _is_swiglu(block: nn.Module) -> bool:
    """Say whether a block computes down(silu(gate) · up), all three LoRA layers without a bias, which is tried out."""
    layers = [getattr(block, name, None) for name in _GATED]
    if not _alike(layers) or any(layer.base_layer.bias is not None for layer in layers):  # type: ignore[union-attr]
        return False
    parts: Any = block
    weight = parts.gate_proj.base_layer.weight
    x = torch.linspace(-1, 1, weight.shape[1], device=weight.device, dtype=weight.dtype)[None]
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        training, _ = block.training, block.eval()
        expected = block(x)
        found = parts.down_proj(nn.functional.silu(parts.gate_proj(x)) * parts.up_proj(x))
        block.train(training)
    return torch.allclose(expected, found, rtol=1e-2, atol=1e-3)


def _shares_input(part: nn.Module) -> bool:
    """Say whether a module is an attention that has LoRA on its three projections, reads its input for nothing else but
    its shape, and computes them one by one."""
    layers = [getattr(part, name, None) for name in _SHARING]
    if not _alike(layers):
        return False
    try:
        source = inspect.getsource(type(part).forward)
    except (OSError, TypeError):
        return False
    known = r"self\.[qkv]_proj\(hidden_states\)|hidden_states\.shape|hidden_states: torch\.Tensor"
    return all(f"self.{name}(hidden_states)" in source for name in _SHARING) and (
        "hidden_states" not in re.sub(known, "", source)
    )


def fits(model: nn.Module) -> bool:
    """Say whether every LoRA layer of a model can be computed by the fused operators, and Triton is there."""
    layers = [layer for layer in model.modules() if isinstance(layer, Linear)]
    there = importlib.util.find_spec("triton") is not None
    return there and bool(layers) and all(_alike([layer]) for layer in layers)


def fuse(model: nn.Module, decoder: nn.Module) -> None:
    """Let every LoRA layer of a model (one adapter, ``default``) be computed by the fused operators, where it can be.

    ``decoder``: the module whose call is a forward pass; it draws the masks' seed. A forward pass must be followed by
    its backward pass before the next one where layers are checkpointed: they are computed again with the latest seed.
    """
    lean(model)
    seed = DropoutSeed(next(model.parameters()).device)
    decoder.register_forward_pre_hook(seed.draw)
    taken: set[int] = set()
    for name, part in model.named_modules():  # a block before its layers
        module: Any = part
        if _is_swiglu(part):
            layers = [getattr(part, child) for child in _GATED]
            module.forward = MethodType(_feed_forward, part)
        elif _shares_input(part):
            layers = [getattr(part, child) for child in _SHARING]
            module.forward = MethodType(_attention_forward, part)
            for place, layer in enumerate(layers):
                layer.fused_place = place
                layer.forward = MethodType(_shared_forward, layer)
        elif id(part) not in taken and _alike([part]):
            layers = [part]
            module.forward = MethodType(_single_forward, part)
        else:
            continue
        module.fused_group = _Fused(layers, name, seed)
        taken |= {id(layer) for layer in layers}
