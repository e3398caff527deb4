"""Greedy decoding beside sampled: in an evaluation, one more request for each prompt, without chance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from seqplay.config import Sampling
from seqplay.engines.base import Request
from seqplay.records import Completion, Decoding

_GREEDY = ":greedy"
"""Ends the id of a greedy request: ids of programs and pairs are hexadecimal."""


class Decoded(NamedTuple):
    """Whom a completion answers about, and how it was drawn."""

    item: str
    decoding: Decoding


def greedy_sampling(sampling: Sampling) -> Sampling:
    """Return the sampling that always takes the most likely token."""
    return sampling.model_copy(update={"temperature": 0.0, "top_p": 1.0, "top_k": 0})


def with_greedy(requests: Iterable[Request]) -> list[Request]:
    """Return the requests, each followed by a greedy one on the same prompt."""
    return [both for request in requests for both in (request, _greedy(request))]


def _greedy(request: Request) -> Request:
    changes = {"id": request.id + _GREEDY, "n": 1, "sampling": greedy_sampling(request.sampling)}
    return request.model_copy(update=changes)


def decoded(completion: Completion) -> Decoded:
    """Return what a completion is about, from its request's id."""
    item = completion.request_id.removesuffix(_GREEDY)
    return Decoded(item, Decoding.SAMPLED if item == completion.request_id else Decoding.GREEDY)
