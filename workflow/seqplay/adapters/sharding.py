"""A base that the GPUs of a training share out (FSDP2): each holds its part of every layer, and a layer is whole while
it computes.

For bases that do not fit into one GPU. Only the layers are shared out: embeddings, the last norm and the output layer
(a few per cent of a large model) are whole everywhere, as is the adapter, so that nothing else of the training knows.
The first process alone reads the weights, into the host's memory, and gives each layer to the others as it is shared
out. Not covered: several machines, a quantised base, ``torch.compile``.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import distribute_tensor
from transformers.modeling_layers import GradientCheckpointingLayer

from seqplay.adapters.devices import Devices


def share_out(model: nn.Module, decoder: nn.Module, devices: Devices) -> None:
    """Share out the layers of a frozen model over all processes, in place.

    The first process has its weights, on any device; the others have its structure, without weights (``meta``).
    ``decoder``: the module whose call runs the layers.
    """
    mesh = init_device_mesh(devices.device.type, (devices.count,))
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    layers = [part for part in decoder.modules() if isinstance(part, GradientCheckpointingLayer)]
    for layer in layers:
        _share_layer(layer, mesh, devices)
    within = {id(parameter) for layer in layers for parameter in layer.parameters()}
    _spread_rest(model, within, devices)
    rest = {parameter for parameter in decoder.parameters() if id(parameter) not in within}
    fully_shard(decoder, mesh=mesh, ignored_params=rest)  # it prefetches the next layer, and holds nothing itself


def _share_layer(layer: nn.Module, mesh: DeviceMesh, devices: Devices) -> None:
    """Share out one layer: every process keeps its part of what the first one has."""
    whole = {name: parameter.detach() for name, parameter in layer.named_parameters()}
    for part in layer.modules():  # without weights, until each process has its part of them
        for name, weight in list(part.named_parameters(recurse=False)):
            part._parameters[name] = nn.Parameter(weight.to("meta"), requires_grad=False)
    fully_shard(layer, mesh=mesh)
    parts: dict[str, Any] = {}
    for name, parameter in layer.named_parameters():
        sharded: Any = parameter
        spread = _spread(whole[name], devices)
        parts[name] = distribute_tensor(spread, mesh, sharded.placements, src_data_rank=None)
    layer.load_state_dict(parts, strict=False, assign=True)
    for parameter in layer.parameters():
        parameter.requires_grad_(False)


def _spread_rest(model: nn.Module, within: set[int], devices: Devices) -> None:
    """Give every process all parameters that are in no layer, and all buffers; what is tied stays tied."""
    done: dict[int, Tensor] = {}

    def spread(tensor: Tensor) -> Tensor:
        if id(tensor) not in done:
            moved = _spread(tensor.detach(), devices)
            is_parameter = isinstance(tensor, nn.Parameter)
            done[id(tensor)] = nn.Parameter(moved, requires_grad=False) if is_parameter else moved
        return done[id(tensor)]

    for part in model.modules():
        places: list[dict[str, Any]] = [part._parameters, part._buffers, vars(part)]
        for held in places:  # rotary embeddings hold tensors as plain attributes
            for name, tensor in list(held.items()):
                if isinstance(tensor, Tensor) and id(tensor) not in within:
                    held[name] = spread(tensor)


def _spread(tensor: Tensor, devices: Devices) -> Tensor:
    """Return the first process's tensor on this process's device."""
    if devices.rank == 0:
        moved = tensor.to(devices.device).contiguous()
    else:
        moved = torch.empty(tensor.shape, dtype=tensor.dtype, device=devices.device)
    torch.distributed.broadcast(moved, src=0)
    return moved
