"""The training loop: steps of packed micro-batches, the same on one device or several.

Everything random in a step derives from (seed, step, micro-batch), so a checkpoint needs no generator's state, and two
devices draw what one draws: they share out the micro-batches of a step. The loss is the mean over all learnt tokens of
the step, whichever device or micro-batch they are in. Ours rather than a library's trainer: packing by attention path,
fp32 masters and byte-exact resumption all sit inside the step, where a trainer has no seam.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import torch
from transformers.modeling_layers import GradientCheckpointingLayer

from seqplay.adapters.attention import AttentionPath
from seqplay.adapters.data import Tokens
from seqplay.adapters.devices import Devices
from seqplay.adapters.fused_lora import LoraPath, fits, fuse, lean
from seqplay.adapters.losses import batch_loss
from seqplay.adapters.master_weights import MasterWeights
from seqplay.adapters.model import Trainee
from seqplay.adapters.packing import Batch, Bin, epoch_bins, pack, pad, prefix_groups
from seqplay.adapters.policy import Policy
from seqplay.config import TrainConfig
from seqplay.errors import ToolError
from seqplay.files import derive_seed


@dataclass(frozen=True)
class TrainingPlan:
    """What a training runs over: its examples, its steps, and how a step is computed."""

    tokens: Sequence[Tokens]
    steps: Sequence[Sequence[Bin]]
    longest: int
    """Tokens of the longest example."""
    pad_to: int
    """Fixed length of packed rows, or 0."""
    train: TrainConfig
    seed: int
    epoch_ends: Mapping[int, int] = field(default_factory=dict)
    """Epochs (from 1) by the number of steps that are done at their end."""
    policy: Policy | None = None
    """What sampled the examples, where they are answers with rewards; none: they are imitated."""
    ready: dict[Bin, Batch] = field(default_factory=dict)
    """Micro-batches that were collated ahead, while a GPU was busy."""


@contextmanager
def deterministic() -> Iterator[None]:
    """Use deterministic kernels within, and fail where there is none; leave torch as it was.

    With ``warn_only`` flash attention would go on summing gradients in any order.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    filling: Any = torch.utils.deterministic  # filling fresh memory costs time and decides nothing here
    fill = filling.fill_uninitialized_memory
    torch.use_deterministic_algorithms(True)
    filling.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        filling.fill_uninitialized_memory = fill


def learning_rate(train: TrainConfig, step: int, total: int) -> float:
    """Return the rate of a step (from 0): linear warm-up, then the schedule down to zero."""
    warmup = math.ceil(train.warmup * total)
    if step < warmup:
        return train.learning_rate * (step + 1) / warmup
    progress = (step - warmup) / max(1, total - warmup)
    share = {"constant": 1.0, "linear": 1 - progress, "cosine": 0.5 * (1 + math.cos(math.pi * progress))}
    return train.learning_rate * share[train.scheduler]


def own_kernels(train: TrainConfig) -> bool:
    """Say whether a configuration has our own kernels used, where a device and a model allow it.

    A base that is shared out over devices, or in 4 bits, has no whole weights to multiply by.
    """
    return train.own_kernels and train.compile and train.base == "whole"


def lora_path(trainee: Trainee, train: TrainConfig) -> LoraPath:
    """Return how LoRA layers compute on the trainee's device: fused where the configuration and the model allow it."""
    wanted = own_kernels(train) and trainee.device.type == "cuda"
    return LoraPath.FUSED if wanted and fits(trainee.model) else LoraPath.LEAN


def configure(trainee: Trainee, train: TrainConfig, checkpointing: bool, lora: LoraPath = LoraPath.LEAN) -> None:
    """Switch on what the configuration asks for: checkpointing, and on a GPU lean or fused LoRA layers and liger's
    kernels or compiled layers."""
    causal: Any = trainee.model.get_base_model()
    if checkpointing:
        causal.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    if trainee.device.type != "cuda":
        return
    if lora is LoraPath.FUSED:
        fuse(causal, trainee.decoder)
    else:
        lean(causal)
    if (
        train.compile
    ):  # the compiler fuses norms, rotation and activation itself: liger's kernels would stand in its way
        for layer in causal.modules():
            if isinstance(layer, GradientCheckpointingLayer):
                layer.compile(dynamic=False)
    elif train.fused:
        try:
            from liger_kernel.transformers import _apply_liger_kernel_to_instance
        except ImportError:
            return
        _apply_liger_kernel_to_instance(model=causal, fused_linear_cross_entropy=False)


def collate(plan_: TrainingPlan, members: Bin, path: AttentionPath) -> Batch:
    """Return the tensors of one micro-batch."""
    examples = [plan_.tokens[index] for index in members]
    if path is AttentionPath.NONE:
        return pad(examples)
    return pack(examples, plan_.pad_to, share=path is AttentionPath.SDPA)


def run_step(
    trainee: Trainee, masters: MasterWeights, plan_: TrainingPlan, step: int, devices: Devices
) -> dict[str, float | int]:
    """Take one optimiser step; return its line of the loss curve.

    Raises ``ToolError`` where the gradient is no longer finite.
    """
    bins = plan_.steps[step]
    learnt = sum(plan_.tokens[index].weight for members in bins for index in members)
    total, clipped = torch.zeros((), device=trainee.device), torch.zeros((), device=trainee.device)
    for number, counts in devices.turns(len(bins)):
        batch = plan_.ready.pop(bins[number], None) or collate(plan_, bins[number], trainee.path)
        batch = batch.to(trainee.device)
        if batch.bounds is not None and plan_.train.compile:
            torch._dynamo.mark_dynamic(batch.bounds, 0)
        torch.manual_seed(derive_seed("dropout", plan_.seed, step, number))
        if plan_.policy is None:
            loss = batch_loss(trainee, batch, plan_.longest, plan_.train.fused, own_kernels(plan_.train)) / learnt
        else:
            summed, outside = plan_.policy.loss(trainee, plan_.tokens, bins[number], batch, plan_.longest)
            loss = summed / learnt
            clipped += outside * counts
        loss = loss * counts
        loss.backward()  # type: ignore[no-untyped-call]
        masters.collect()
        total += loss.detach()
    if trainee.device.type == "cuda" and step + 1 < len(plan_.steps):  # before the step waits for the GPU
        following = plan_.steps[step + 1]
        for number, _ in islice(devices.turns(len(following)), 1):  # none where there are more processes than batches
            plan_.ready[following[number]] = collate(plan_, following[number], trainee.path)
    rate = learning_rate(plan_.train, step, len(plan_.steps))
    norm = masters.step(rate, devices.sum)
    mean = float(devices.sum(total))
    if not math.isfinite(norm) or not math.isfinite(mean):
        raise ToolError(
            f"training: the gradient of step {step + 1} is not finite (loss {mean}); lower train.learning_rate"
        )
    tokens = sum(len(plan_.tokens[index].input_ids) for members in bins for index in members)
    line: dict[str, float | int] = {
        "step": step + 1,
        "loss": mean,
        "learning_rate": rate,
        "gradient_norm": norm,
        "tokens": tokens,
        "learnt_tokens": learnt,
    }
    if plan_.policy is not None:
        line["clipped"] = float(devices.sum(clipped)) / learnt
    return line


def one_pass(tokens: Sequence[Tokens], train: TrainConfig, path: AttentionPath) -> list[Bin]:
    """Return micro-batches that hold each example once."""
    groups = prefix_groups(tokens) if path is AttentionPath.SDPA else None
    packed = path is not AttentionPath.NONE
    return epoch_bins([len(example.input_ids) for example in tokens], train.batch_tokens, packed, 0, groups)


def measure_policy(trainee: Trainee, plan_: TrainingPlan, devices: Devices) -> None:
    """Let the plan's policy, if any, know what it sampled with: the model as it is now."""
    if plan_.policy is None:
        return
    bins = one_pass(plan_.tokens, plan_.train, trainee.path)
    unpadded = replace(plan_, pad_to=0)
    plan_.policy.measure(
        trainee, plan_.tokens, bins, lambda members: collate(unpadded, members, trainee.path), plan_.longest, devices
    )


@torch.no_grad()
def mean_loss(trainee: Trainee, tokens: Sequence[Tokens], train: TrainConfig, devices: Devices) -> float | None:
    """Return the mean loss over the learnt tokens of examples, without dropout; none for no examples."""
    if not tokens:
        return None
    bins = one_pass(tokens, train, trainee.path)
    plan_ = TrainingPlan(tokens, [bins], max(len(example.input_ids) for example in tokens), 0, train, 0)
    trainee.model.eval()
    total = torch.zeros((), device=trainee.device)
    with torch.compiler.set_stance("force_eager"):
        for number, counts in devices.turns(len(bins)):
            batch = collate(plan_, bins[number], trainee.path).to(trainee.device)
            total += batch_loss(trainee, batch, plan_.longest, train.fused) * counts
    trainee.model.train()
    return float(devices.sum(total)) / sum(example.learnt for example in tokens)
