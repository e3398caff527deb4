"""Drawing one token: temperature, top-k, top-p, presence penalty, choices, from a generator of the sample's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from seqplay.config import Sampling


def draw(logits: torch.Tensor, sampling: Sampling, generator: torch.Generator, given: Sequence[int]) -> int:
    """Return a token id drawn from ``logits`` (shape: vocabulary); ``given`` are the completion's tokens so far.

    The order is vLLM's: presence penalty, temperature, top-k, top-p. Temperature 0 takes the most likely token. One
    number is taken from the generator for each token, so that a sample's tokens depend on its own seed alone.
    """
    logits = logits.float()
    if sampling.presence_penalty and given:
        seen = torch.tensor(sorted(set(given)), device=logits.device)
        logits = logits.index_add(0, seen, torch.full((len(seen),), -sampling.presence_penalty, device=logits.device))
    if sampling.temperature == 0:
        return int(logits.argmax())
    kept = min(sampling.top_k or len(logits), len(logits))
    values, tokens = torch.topk(logits / sampling.temperature, kept)  # descending
    cumulative = torch.softmax(values, dim=0).cumsum(0)
    if sampling.top_p < 1:
        # a token stays if the more likely ones hold less than top_p
        size = int((cumulative < sampling.top_p).sum()) + 1
        cumulative = cumulative[:size]
    point = torch.rand((), generator=generator).to(logits.device) * cumulative[-1]
    place = min(int((cumulative <= point).sum()), len(cumulative) - 1)
    return int(tokens[place])


class Choices:
    """Structured decoding: at each step only the tokens that continue one of the choices are allowed."""

    def __init__(self, tokenizer: Any, texts: Sequence[str], end: int) -> None:
        """Prepare the texts; each ends with the token ``end``."""
        self._paths = [[*tokenizer(text, add_special_tokens=False)["input_ids"], end] for text in texts]

    def restrict(self, logits: torch.Tensor, given: Sequence[int]) -> torch.Tensor:
        """Return the logits with every other token at minus infinity."""
        place = len(given)
        allowed = {path[place] for path in self._paths if path[:place] == list(given) and len(path) > place}
        restricted = torch.full_like(logits, float("-inf"))
        index = torch.tensor(sorted(allowed), device=logits.device)
        return restricted.index_copy(0, index, logits[index])
