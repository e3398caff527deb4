"""Packing: which examples share a micro-batch, and the tensors of one.

A packed micro-batch is one row in which the examples follow each other; positions restart with each, and attention
never crosses a border (``attention``). What all examples of a row begin with (the instructions, the worked examples)
can stand once, before all of them: same logits and gradients, and a third of the work for few-shot prompts on a CPU.
Without packing, examples of like length share padded rows.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from seqplay.adapters.data import IGNORE, Tokens
from seqplay.files import derive_seed

WINDOW = 512
"""Examples that are packed together: wide enough for full rows, narrow enough to keep the order random."""

Bin = tuple[int, ...]
"""The examples (indices) of one micro-batch."""
WORTH_SHARING = 32
"""Tokens from which a common beginning stands once."""


class Group(NamedTuple):
    """Examples that begin alike."""

    members: tuple[int, ...]
    prefix: int
    """Tokens that they have in common and do not learn; 0: too few to share."""


@dataclass(frozen=True)
class Batch:
    """The tensors of one micro-batch; rows × tokens, padded rows only without packing."""

    input_ids: Tensor
    position_ids: Tensor
    attention_mask: Tensor | None
    """Rows × tokens, where rows are padded; none where they are packed."""
    bounds: Tensor | None
    """Packed: where each example begins, and the end (int32); with a shared beginning, where its rest begins."""
    index: Tensor
    """Positions in the flattened row(s) that have a target."""
    targets: Tensor
    """Their targets."""
    prefix: int = 0
    """Packed: tokens of the shared beginning, the row's first segment."""

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device."""

        def move(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else tensor.to(device, non_blocking=True)

        return replace(
            self,
            input_ids=self.input_ids.to(device, non_blocking=True),
            position_ids=self.position_ids.to(device, non_blocking=True),
            attention_mask=move(self.attention_mask),
            bounds=move(self.bounds),
            index=self.index.to(device, non_blocking=True),
            targets=self.targets.to(device, non_blocking=True),
        )


def best_fit(lengths: Sequence[int], order: Sequence[int], capacity: int) -> list[Bin]:
    """Pack the examples of ``order`` into bins of at most ``capacity`` tokens, longest first, each where it fits best.

    An example longer than the capacity gets a bin of its own.
    """
    bins: list[list[int]] = []
    room: list[int] = []
    for item in sorted(order, key=lambda index: -lengths[index]):
        fitting = [(space, number) for number, space in enumerate(room) if space >= lengths[item]]
        if fitting:
            number = min(fitting)[1]
            bins[number].append(item)
            room[number] -= lengths[item]
        else:
            bins.append([item])
            room.append(capacity - lengths[item])
    return [tuple(members) for members in bins]


def like_lengths(lengths: Sequence[int], order: Sequence[int], capacity: int) -> list[Bin]:
    """Group examples of like length so that a padded batch has at most ``capacity`` tokens (or one example)."""
    groups: list[list[int]] = []
    for item in sorted(order, key=lambda index: -lengths[index]):
        if groups and (len(groups[-1]) + 1) * lengths[groups[-1][0]] <= capacity:
            groups[-1].append(item)
        else:
            groups.append([item])
    return [tuple(members) for members in groups]


def shared_prefix(examples: Sequence[Tokens]) -> int:
    """Return how many tokens all examples begin with, learnt ones and each example's last one not counted."""
    first = examples[0].input_ids
    limit = min(next(i for i, target in enumerate(one.targets) if target != IGNORE) for one in examples)
    for one in examples[1:]:
        limit = next((i for i in range(limit) if one.input_ids[i] != first[i]), limit)
    return limit if limit >= WORTH_SHARING else 0


def prefix_groups(examples: Sequence[Tokens]) -> list[Group]:
    """Return the examples grouped by what they begin with; one group without a prefix has all that share nothing."""
    alike: dict[tuple[int, ...], list[int]] = {}
    for index, one in enumerate(examples):
        alike.setdefault(one.input_ids[:WORTH_SHARING], []).append(index)
    prefixes = [shared_prefix([examples[i] for i in members]) if len(members) > 1 else 0 for members in alike.values()]
    groups = [Group(tuple(m), prefix) for m, prefix in zip(alike.values(), prefixes, strict=True) if prefix]
    rest = [index for m, prefix in zip(alike.values(), prefixes, strict=True) if not prefix for index in m]
    return [*groups, Group(tuple(rest), 0)] if rest else groups


def epoch_bins(
    lengths: Sequence[int],
    capacity: int,
    packed: bool,
    seed: int,
    groups: Sequence[Group] | None = None,
    taken: Sequence[int] | None = None,
) -> list[Bin]:
    """Return one epoch's micro-batches in a random order that the seed alone decides.

    ``groups``: examples that may share a row, with what they share; none: all may, and share nothing. ``taken``: the
    examples of this epoch, some perhaps several times; none: each once.
    """
    generator = random.Random(seed)
    order = list(range(len(lengths)) if taken is None else taken)
    generator.shuffle(order)
    build = best_fit if packed else like_lengths
    bins: list[Bin] = []
    for members, prefix in groups or [Group(tuple(order), 0)]:
        belongs = set(members)
        drawn = [index for index in order if index in belongs]
        rests = [length - prefix for length in lengths]
        for start in range(0, len(drawn), WINDOW):
            bins.extend(build(rests, drawn[start : start + WINDOW], capacity - prefix))
    generator.shuffle(bins)
    return bins


def plan_epochs(
    lengths: Sequence[int],
    capacity: int,
    packed: bool,
    seed: int,
    epochs: float,
    bins_per_step: int,
    max_steps: int,
    groups: Sequence[Group] | None = None,
    take: Callable[[int], Sequence[int]] | None = None,
) -> list[list[list[Bin]]]:
    """Return the micro-batches of every optimiser step of every epoch.

    ``bins_per_step`` counts those of all devices; an epoch's last step may have fewer. A broken ``epochs``
    trains on that share of the last epoch. ``max_steps`` 0: no limit. ``take``: the examples of an epoch (from 0);
    none: all of them, once.
    """
    plan: list[list[list[Bin]]] = []
    room = max_steps or math.inf
    for epoch in range(math.ceil(epochs)):
        taken = None if take is None else take(epoch)
        drawn = epoch_bins(lengths, capacity, packed, derive_seed("epoch", seed, epoch), groups, taken)
        share = min(1.0, epochs - epoch)
        bins = drawn[: max(1, round(share * len(drawn)))]
        steps = [bins[start : start + bins_per_step] for start in range(0, len(bins), bins_per_step)]
        plan.append(steps if len(steps) <= room else steps[: int(room)])
        room -= len(plan[-1])
        if room <= 0:
            break
    return plan


def _flat_targets(rows: Sequence[Sequence[int]], width: int) -> tuple[Tensor, Tensor]:
    """Return the flattened positions that have a target, and the targets."""
    flat = [target for row in rows for target in (*row, *[IGNORE] * (width - len(row)))]
    index = [position for position, target in enumerate(flat) if target != IGNORE]
    return torch.tensor(index, dtype=torch.long), torch.tensor([flat[i] for i in index], dtype=torch.long)


def pack(examples: Sequence[Tokens], pad_to: int = 0, share: bool = False) -> Batch:
    """Return one row with the examples one after another.

    ``pad_to``: fill the row up to so many tokens with segments of their own, for kernels compiled for one shape.
    ``share``: let what all examples begin with stand once, as the first segment (``attention`` must know: ``sdpa``).
    """
    prefix = shared_prefix(examples) if share and len(examples) > 1 else 0
    ids, positions = list(examples[0].input_ids[:prefix]), list(range(prefix))
    targets, bounds = [IGNORE] * prefix, [0, prefix] if prefix else [0]
    for example in examples:
        ids.extend(example.input_ids[prefix:])
        positions.extend(range(prefix, len(example.input_ids)))
        targets.extend(example.targets[prefix:])
        bounds.append(len(ids))
    longest = max(len(example.input_ids) for example in examples)
    while len(ids) < pad_to:  # no longer than the longest example, so that the longest segment stays what it was
        filler = min(pad_to - len(ids), longest)
        ids.extend([0] * filler)
        positions.extend(range(filler))
        targets.extend([IGNORE] * filler)
        bounds.append(len(ids))
    index, flat = _flat_targets([targets], len(targets))
    return Batch(
        input_ids=torch.tensor([ids]),
        position_ids=torch.tensor([positions]),
        attention_mask=None,
        bounds=torch.tensor(bounds, dtype=torch.int32),
        index=index,
        targets=flat,
        prefix=prefix,
    )


def pad(examples: Sequence[Tokens]) -> Batch:
    """Return the examples as rows, padded on the right to the longest."""
    width = max(len(example.input_ids) for example in examples)
    lengths = [len(example.input_ids) for example in examples]
    index, flat = _flat_targets([example.targets for example in examples], width)
    return Batch(
        input_ids=torch.tensor([[*e.input_ids, *[0] * (width - len(e.input_ids))] for e in examples]),
        position_ids=torch.arange(width).repeat(len(examples), 1),
        attention_mask=torch.tensor([[1] * length + [0] * (width - length) for length in lengths]),
        bounds=None,
        index=index,
        targets=flat,
    )
