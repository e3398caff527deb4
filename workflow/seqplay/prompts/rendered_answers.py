"""Rendering: an answer that no model said, in the form that its prompt asks for.

A rewrite by ``mutate`` that Alice learns from must look like the worked examples of her prompt: a line ``Change:`` that
quotes what becomes what, the diverging input of a SINQ, the program. Shown another form, she learns to leave the
``Change:`` out, and soon to copy P.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from seqplay.prompts.answers import write_block

LONGEST_QUOTE = 100
"""Characters of a quoted piece."""


def render_proposal(p: str, q: str, diverging_input: Sequence[str] | None = None) -> str:
    """Return the answer that proposes ``q`` for ``p``: change, input (SINQ), program."""
    parts = [render_change(p, q)]
    if diverging_input is not None:
        parts.append(write_block("input", "\n".join(diverging_input)))
    parts.append(write_block("haskell", q))
    return "\n".join(parts)


def render_change(p: str, q: str) -> str:
    """Return the line that quotes what of ``p`` becomes what in ``q``."""
    before, after = _differing(p.strip("\n").split("\n"), q.strip("\n").split("\n"))
    if len(before) == len(after) == 1:
        before, after = _narrowed(before[0], after[0])
    if not before:
        return f"Change: {_quoted(after)} is added."
    if not after:
        return f"Change: {_quoted(before)} is left out."
    return f"Change: {_quoted(before)} becomes {_quoted(after)}."


def _differing(before: Sequence[str], after: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return both sequences without what they begin and end with in common."""
    start = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    before, after = before[start:], after[start:]
    ends = zip(reversed(before), reversed(after), strict=False)
    end = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], ends))
    return list(before[: len(before) - end]), list(after[: len(after) - end])


def _narrowed(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the words in which two lines differ, with one neighbour on each side: one word alone says too little."""
    words = (before.split(), after.split())
    start = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(*words, strict=False)))
    inner = _differing(*words)
    ends = [start + len(part) for part in inner]
    first = max(0, start - 1)
    old, new = (" ".join(side[first : end + 1]) for side, end in zip(words, ends, strict=True))
    return [old], [new]


def _quoted(lines: Sequence[str]) -> str:
    """Quote the first line, and say how many more there are."""
    shown = [line.strip() for line in lines if line.strip()] or [""]
    first = shown[0] if len(shown[0]) <= LONGEST_QUOTE else shown[0][:LONGEST_QUOTE].rstrip() + " …"
    more = len(shown) - 1
    return f"`{first}`" + (f" (and {more} more line{'s' if more > 1 else ''})" if more else "")
