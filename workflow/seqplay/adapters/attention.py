"""Attention within packed rows: each example attends to itself alone.

Three ways, one result: ``varlen`` (flash attention over cumulative lengths, CUDA in half precision), ``flex`` (a block
mask by document, CUDA; forward only on a CPU), ``sdpa`` (one causal call for each example, any device: block-diagonal
without ever building the mask; a beginning that all examples share is computed once). Registered with transformers as
attention functions, so no model code is changed. Not covered: sliding windows, attention sinks, soft caps, attention
dropout and recurrent layers; such models are trained on padded rows of like length instead.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention.flex_attention import create_block_mask, flex_attention
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, PreTrainedConfig

from seqplay.adapters.packing import Batch
from seqplay.errors import ConfigError


class AttentionPath(StrEnum):
    """How packed rows are kept apart."""

    VARLEN = "varlen"
    FLEX = "flex"
    SDPA = "sdpa"
    NONE = "none"
    """No packing: padded rows of like length."""


def _find_varlen() -> tuple[Callable[..., Any], dict[str, Any]] | None:
    """Return torch's variable-length attention with the options that make it causal, if this torch has one."""
    try:
        from torch.nn.attention.varlen import varlen_attn
    except ImportError:
        return None
    function: Callable[..., Any] = varlen_attn
    known = inspect.signature(function).parameters
    options: dict[str, Any] = {"window_size": (-1, 0)} if "window_size" in known else {"is_causal": True}
    if "enable_gqa" in known:
        options["enable_gqa"] = True
    return function, options


_VARLEN = _find_varlen()


def _repeat_heads(states: Tensor, times: int) -> Tensor:
    """Return key or value (batch × heads × tokens × size) with each head repeated."""
    return states.repeat_interleave(times, dim=1) if times > 1 else states


def varlen_forward(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, **options: Any
) -> tuple[Tensor, None]:
    """Attend by cumulative lengths; query, key, value: 1 × heads × tokens × size, result: 1 × tokens × heads × size."""
    assert _VARLEN is not None, "choose_path offers varlen only where it exists"
    attend, causal = _VARLEN
    bounds, longest = options["cu_seq_lens_q"], options["max_length_q"]
    flat = [states[0].transpose(0, 1) for states in (query, key, value)]
    return attend(*flat, bounds, bounds, longest, longest, scale=options["scaling"], **causal).unsqueeze(0), None


@cache
def _compiled_flex() -> Callable[..., Any]:
    """Return flex attention as a fused kernel; eager it would build the whole score matrix."""
    return torch.compile(flex_attention, dynamic=False)


def flex_forward(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, **options: Any
) -> tuple[Tensor, None]:
    """Attend under the block mask of the documents; shapes as ``varlen_forward``."""
    groups = query.shape[1] // key.shape[1]
    fused = query.is_cuda and not torch.compiler.is_compiling()
    attend: Any = _compiled_flex() if fused else flex_attention
    out = attend(
        query,
        _repeat_heads(key, groups),
        _repeat_heads(value, groups),
        block_mask=options["document_mask"],
        scale=options["scaling"],
    )
    return out.transpose(1, 2).contiguous(), None


def sdpa_forward(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, **options: Any
) -> tuple[Tensor, None]:
    """Attend with one causal call for each example; shapes as ``varlen_forward``.

    With a shared beginning the first segment is that, and every later one sees it before itself.
    """
    groups = query.shape[1] // key.shape[1]
    lengths, scale = options["segment_lengths"], options["scaling"]
    repeated = (query, _repeat_heads(key, groups), _repeat_heads(value, groups))
    parts = list(zip(*(torch.split(states, lengths, dim=2) for states in repeated), strict=True))
    outs = []
    for number, (q, k, v) in enumerate(parts):
        if options["shared_prefix"] and number > 0:
            _, first_keys, first_values = parts[0]
            before, own = first_keys.shape[2], q.shape[2]
            visible = torch.ones(own, before + own, dtype=torch.bool, device=q.device).tril(before)
            k, v = torch.cat([first_keys, k], dim=2), torch.cat([first_values, v], dim=2)
            outs.append(scaled_dot_product_attention(q, k, v, attn_mask=visible, scale=scale))
        else:
            outs.append(scaled_dot_product_attention(q, k, v, is_causal=True, scale=scale))
    return torch.cat(outs, dim=2).transpose(1, 2).contiguous(), None


_FUNCTIONS = {
    AttentionPath.VARLEN: varlen_forward,
    AttentionPath.FLEX: flex_forward,
    AttentionPath.SDPA: sdpa_forward,
}


def implementation(path: AttentionPath) -> str:
    """Return the name of the path's attention function for transformers, registered."""
    if path is AttentionPath.NONE:
        return "sdpa"
    name = f"seqplay_{path}"
    AttentionInterface.register(name, _FUNCTIONS[path])
    return name


def arguments(batch: Batch, path: AttentionPath, longest: int) -> dict[str, Any]:
    """Return what the model's forward needs for this batch besides tokens and positions.

    ``longest``: an upper bound of the examples' lengths, the same in all batches (kernels are compiled for it).
    """
    if path is AttentionPath.NONE:
        return {"attention_mask": batch.attention_mask}
    assert batch.bounds is not None, "a packed path needs a packed batch"
    if path is AttentionPath.VARLEN:
        return {
            "cu_seq_lens_q": batch.bounds,
            "cu_seq_lens_k": batch.bounds,
            "max_length_q": longest,
            "max_length_k": longest,
        }
    lengths = batch.bounds.diff().tolist()
    if path is AttentionPath.SDPA:
        return {"segment_lengths": lengths, "shared_prefix": batch.prefix > 0}
    size, device = batch.input_ids.shape[1], batch.input_ids.device
    documents = torch.repeat_interleave(torch.arange(len(lengths), device=device), batch.bounds.diff().to(device))

    def visible(row: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
        return (documents[query] == documents[key]) & (query >= key)

    return {"document_mask": create_block_mask(visible, None, None, size, size, device=str(device))}


def unpackable(config: PreTrainedConfig) -> str | None:
    """Return why a model's rows cannot be packed, or none where they can."""
    layers = set(getattr(config, "layer_types", None) or ["full_attention"])
    if layers != {"full_attention"}:
        return f"layers of kind {', '.join(sorted(layers - {'full_attention'}))}"
    if getattr(config, "sliding_window", None) and getattr(config, "use_sliding_window", True):
        return "a sliding window"
    if getattr(config, "attn_logit_softcapping", None):
        return "an attention soft cap"
    if getattr(config, "attention_dropout", 0.0):
        return "attention dropout"
    return None


def choose_path(setting: str, config: PreTrainedConfig, device: torch.device, dtype: torch.dtype) -> AttentionPath:
    """Return the attention path for ``train.packing`` on this model and device.

    Raises ``ConfigError`` where the configuration names a path that cannot work here.
    """
    heads = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    half = dtype in (torch.bfloat16, torch.float16)
    varlen = device.type == "cuda" and half and heads % 8 == 0 and heads <= 256 and _VARLEN is not None
    obstacle = unpackable(config)
    if setting == "auto":
        if obstacle:
            return AttentionPath.NONE
        return AttentionPath.VARLEN if varlen else AttentionPath.SDPA
    path = AttentionPath(setting)
    if path is not AttentionPath.NONE and obstacle:
        raise ConfigError(
            f"config key train.packing: found {setting}, but this model has {obstacle}; allowed: none, auto"
        )
    if path is AttentionPath.VARLEN and not varlen:
        raise ConfigError(
            "config key train.packing: found varlen, which needs a CUDA device, half precision, heads of at most 256 "
            "in steps of 8, and torch >= 2.10; allowed here: auto, sdpa, none"
        )
    if path is AttentionPath.FLEX and device.type != "cuda":
        raise ConfigError(
            "config key train.packing: found flex, which trains on CUDA alone; allowed here: auto, sdpa, none"
        )
    return path
