"""Learning by reward: the clipped surrogate of PPO over the advantages of groups (GRPO), token by token.

The importance ratio of a token is its probability now over that under the policy which sampled it. The engine's own
probabilities are another program's, in another precision: those of the sampling policy are computed here, by the same
code as the trained ones, before the first step. The loss is the mean over all learnt tokens of a step, not over
answers, so that a token weighs the same in a short answer and in a long one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import linear
from torch.utils.checkpoint import checkpoint

from seqplay.adapters.data import Tokens
from seqplay.adapters.devices import Devices
from seqplay.adapters.losses import CHUNK, hidden_states
from seqplay.adapters.model import Trainee
from seqplay.adapters.packing import Batch, Bin
from seqplay.config import GrpoConfig

FURTHEST = 20.0
"""A log-ratio beyond this says nothing more, and its exponential would overflow."""


class Sampled(NamedTuple):
    """What a micro-batch's learnt positions were sampled with; each a vector over them (fp32)."""

    before: Tensor
    """Log-probability under the policy that sampled."""
    advantage: Tensor
    copies: Tensor
    """How often the answer was sampled."""
    base: Tensor | None
    """Log-probability under the base model; none where the divergence from it costs nothing."""


class PolicyLoss(NamedTuple):
    """The summed loss of a micro-batch (a scalar, fp32), and the number of its clipped tokens."""

    loss: Tensor
    clipped: Tensor


def _exact(dtype: torch.dtype) -> torch.dtype:
    """Return the precision of log-probabilities: fp32, or the model's where that is higher."""
    return torch.promote_types(dtype, torch.float32)


def _chunk_log_probabilities(
    hidden: Tensor, weight: Tensor, bias: Tensor | None, targets: Tensor, temperature: Tensor
) -> Tensor:
    logits = linear(hidden, weight, bias)
    logits = logits.to(_exact(logits.dtype)) / temperature[:, None]
    chosen = logits.gather(1, targets[:, None]).squeeze(1)
    return chosen - torch.logsumexp(logits, dim=1)


def log_probabilities(hidden: Tensor, head: nn.Linear, targets: Tensor, temperature: Tensor) -> Tensor:
    """Return the log-probability of each target (fp32), in chunks that are recomputed backward."""
    parts = []
    chunks = (torch.split(tensor, CHUNK) for tensor in (hidden, targets, temperature))
    for states, wanted, heat in zip(*chunks, strict=True):
        if torch.is_grad_enabled() and len(hidden) > CHUNK:
            args = (states, head.weight, head.bias, wanted, heat)
            parts.append(checkpoint(_chunk_log_probabilities, *args, use_reentrant=False))
        else:
            parts.append(_chunk_log_probabilities(states, head.weight, head.bias, wanted, heat))
    return torch.cat(parts)


def clipped_loss(now: Tensor, sampled: Sampled, grpo: GrpoConfig) -> PolicyLoss:
    """Return the summed loss of tokens whose log-probabilities are ``now``.

    The smaller of ratio × advantage and clipped ratio × advantage, so that nothing is gained by a ratio outside of
    [1 − ``clip_low``, 1 + ``clip_high``]; less ``kl`` times the divergence from the base, by the estimator that is
    never negative (exp(d) − d − 1, with d the base's log-probability less the policy's).
    """
    ratio = (now - sampled.before).clamp(-FURTHEST, FURTHEST).exp()
    within = ratio.clamp(1 - grpo.clip_low, 1 + grpo.clip_high)
    gain = torch.minimum(ratio * sampled.advantage, within * sampled.advantage)
    clipped = (sampled.copies * (within * sampled.advantage < ratio * sampled.advantage)).sum()
    if sampled.base is not None:
        apart = (sampled.base - now).clamp(-FURTHEST, FURTHEST)
        gain = gain - grpo.kl * (apart.exp() - apart - 1)
    return PolicyLoss(-(sampled.copies * gain).sum(), clipped)


class Policy:
    """The policy that sampled a training's answers: what each learnt token was sampled with, once it is measured."""

    def __init__(self, grpo: GrpoConfig) -> None:
        """Know nothing yet: ``measure`` asks the model."""
        self.grpo = grpo
        self._before: list[Tensor] = []
        self._base: list[Tensor] = []

    @torch.no_grad()
    def measure(
        self,
        trainee: Trainee,
        tokens: Sequence[Tokens],
        bins: Sequence[Bin],
        make: Callable[[Bin], Batch],
        longest: int,
        devices: Devices,
    ) -> None:
        """Compute the log-probabilities under the model as it is now, and under its base where ``kl`` asks for it.

        ``bins``: micro-batches that hold each example once; each device computes its share.
        """
        trainee.model.eval()
        with torch.compiler.set_stance("force_eager"):
            self._before = self._measured(trainee, tokens, bins, make, longest, devices)
            if self.grpo.kl > 0:
                with trainee.model.disable_adapter():
                    self._base = self._measured(trainee, tokens, bins, make, longest, devices)
        trainee.model.train()

    @staticmethod
    def _measured(
        trainee: Trainee,
        tokens: Sequence[Tokens],
        bins: Sequence[Bin],
        make: Callable[[Bin], Batch],
        longest: int,
        devices: Devices,
    ) -> list[Tensor]:
        counts = [one.learnt for one in tokens]
        flat = torch.zeros(sum(counts), dtype=_exact(trainee.dtype), device=trainee.device)
        found = list(torch.split(flat, counts))  # views: what is filled in here is summed over the devices as one
        for number, is_ours in devices.turns(len(bins)):
            members = bins[number]
            batch = make(members).to(trainee.device)
            heat = temperatures([tokens[index] for index in members], trainee.device)
            logs = batch_log_probabilities(trainee, batch, longest, heat)
            if not is_ours:
                continue
            for index, part in zip(members, torch.split(logs, [counts[index] for index in members]), strict=True):
                found[index].copy_(part)
        return list(torch.split(devices.sum(flat), counts))

    def loss(self, trainee: Trainee, tokens: Sequence[Tokens], members: Bin, batch: Batch, longest: int) -> PolicyLoss:
        """Return the loss of one micro-batch of answers with rewards."""
        examples = [tokens[index] for index in members]
        sampled = Sampled(
            before=torch.cat([self._before[index] for index in members]),
            advantage=per_token(examples, [one.advantage for one in examples], trainee.device),
            copies=per_token(examples, [one.copies for one in examples], trainee.device),
            base=torch.cat([self._base[index] for index in members]) if self._base else None,
        )
        now = batch_log_probabilities(trainee, batch, longest, temperatures(examples, trainee.device))
        return clipped_loss(now, sampled, self.grpo)


def per_token(examples: Sequence[Tokens], values: Sequence[float], device: torch.device) -> Tensor:
    """Return one value an example, repeated over its learnt positions (fp32)."""
    counts = torch.tensor([one.learnt for one in examples])
    return torch.repeat_interleave(torch.tensor(values, dtype=torch.float32), counts).to(device)


def temperatures(examples: Sequence[Tokens], device: torch.device) -> Tensor:
    """Return what each learnt position was sampled at."""
    return per_token(examples, [one.temperature for one in examples], device)


def batch_log_probabilities(trainee: Trainee, batch: Batch, longest: int, temperature: Tensor) -> Tensor:
    """Return the log-probabilities of a micro-batch's learnt positions (fp32)."""
    return log_probabilities(hidden_states(trainee, batch, longest), trainee.head, batch.targets, temperature)
