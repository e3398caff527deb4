"""A leaner LoRA layer for GPUs: the low-rank product is added by the matrix product that makes it.

peft computes ``base(x) + B(A(dropout(x))) * scaling`` as separate products, a multiplication and an addition, each of
which reads and writes the whole output. Here the scaling is on the r-wide middle, and one ``addmm`` adds while it
multiplies.
The same numbers otherwise: same parameters, same dropout, same names.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
from peft.tuners.lora import Linear
from torch import Tensor, nn


def _lean_forward(layer: Any, x: Tensor, *arguments: Any, **options: Any) -> Tensor:
    """Compute a LoRA layer; a merged or disabled one is just its base layer."""
    out: Tensor = layer.base_layer(x)
    if layer.disable_adapters or layer.merged:
        return out
    middle = layer.lora_A["default"](layer.lora_dropout["default"](x)) * layer.scaling["default"]
    raised = torch.addmm(out.flatten(0, -2), middle.flatten(0, -2), layer.lora_B["default"].weight.t())
    return raised.view_as(out)


def lean(model: nn.Module) -> None:
    """Let every LoRA layer of a model (one adapter, ``default``) compute the lean way."""
    for layer in model.modules():
        if isinstance(layer, Linear):
            layer.forward = MethodType(_lean_forward, layer)  # type: ignore[method-assign]
