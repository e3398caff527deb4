"""Many candidate proofs in one module: those without an error in their own lines survive."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from seqplay.proof.tactics.goal import Proof

LARGEST = 20
"""Candidates in one module."""


class Answer(NamedTuple):
    """What a check says of a module: whether it came to an end that judges every binding, and the lines (first and
    last, counted from 1) of each error.
    """

    complete: bool
    errors: tuple[tuple[int, int], ...]


Check = Callable[[str], Answer]
Assemble = Callable[[str], tuple[str, int]]
"""From a fragment to a module with it, and the number of lines before it."""


class Candidate(NamedTuple):
    """A proof under a name, as text."""

    name: str
    proof: Proof
    text: str


class Trial(NamedTuple):
    """How to try candidates, and until when (by the monotonic clock)."""

    assemble: Assemble
    check: Check
    deadline: float


def survivors(trial: Trial, base: Sequence[Candidate], candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    """Yield the candidates that hold, given ``base``, whose members are known to hold; in their order."""
    for start in range(0, len(candidates), LARGEST):
        yield from _survivors(trial, base, list(candidates[start : start + LARGEST]))


def _survivors(trial: Trial, base: Sequence[Candidate], candidates: list[Candidate]) -> Iterator[Candidate]:
    # A check that judged every binding tells the guilty from the others. One that stopped early (a type error, a limit)
    # tells some of the guilty at best: they go, and the rest is asked again; where none is found, half of it at a time.
    while candidates and time.monotonic() < trial.deadline:
        answer, spans = _ask(trial, [*base, *candidates])
        guilty = {name for name, (first, last) in spans.items() if _touches(answer.errors, first, last)}
        kept = [each for each in candidates if each.name not in guilty]
        if answer.complete:
            yield from kept
            return
        within = [span for span in spans.values() if _touches(answer.errors, *span)]
        if len(candidates) == 1 or (answer.errors and not within):
            return
        if len(kept) == len(candidates):
            half = len(candidates) // 2
            yield from _survivors(trial, base, candidates[:half])
            candidates = candidates[half:]
        else:
            candidates = kept


def _ask(trial: Trial, candidates: Sequence[Candidate]) -> tuple[Answer, dict[str, tuple[int, int]]]:
    spans: dict[str, tuple[int, int]] = {}
    line = 1
    for each in candidates:
        height = each.text.count("\n")
        spans[each.name] = (line, line + height - 1)
        line += height
    text, before = trial.assemble("".join(each.text for each in candidates))
    answer = trial.check(text)
    return answer, {name: (first + before, last + before) for name, (first, last) in spans.items()}


def _touches(errors: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    return any(start <= last and end >= first for start, end in errors)
