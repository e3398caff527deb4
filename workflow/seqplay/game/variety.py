"""Variety: what another accepted Q of a kind is worth to Alice, after all that she has had accepted.

Without it a player learns the one edit that always passes. The memory is read off the records: the accepted pairs of
all earlier iterations, and those of earlier programs of this one. Kinds are those of ``edits``, by goal and by who
proposed, so that what ``mutate`` makes costs the model nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from seqplay.files import content_id
from seqplay.game.edits import edit_kind
from seqplay.records import Example, Goal, Pair

OTHER_TYPE = 0.5
"""What an accepted Q counts beside one of its kind whose program has another type."""

Kind = tuple[str, Goal, str]
"""Who proposed, for which goal, by which kind of edit."""


class AcceptedEdits:
    """How often each kind was accepted, once for each program of an iteration: in all, and for each type."""

    def __init__(self, earlier: Iterable[Example]) -> None:
        """Remember the accepted pairs of earlier iterations."""
        self._all: Counter[Kind] = Counter()
        self._typed: Counter[tuple[Kind, str]] = Counter()
        played = ((example.iteration, example.pair.program_id, example) for example in earlier)
        for _, together in groupby(played, key=lambda one: one[:2]):
            examples = [example for *_, example in together]
            self.add([one.pair for one in examples], [one.edit for one in examples])

    def add(self, pairs: Sequence[Pair], edits: Sequence[str] = ()) -> None:
        """Take in the accepted pairs of one program; ``edits``: their kinds where they are known, else empty texts."""
        known = edits or [""] * len(pairs)
        for key in {(_kind(pair, edit), pair.type) for pair, edit in zip(pairs, known, strict=True)}:
            self._all[key[0]] += 1
            self._typed[key] += 1

    def count(self, pair: Pair) -> float:
        """Return how many of its kind there are, those of other types counted ``OTHER_TYPE``."""
        kind = _kind(pair)
        same = self._typed[kind, pair.type]
        return same + OTHER_TYPE * (self._all[kind] - same)


def _kind(pair: Pair, edit: str = "") -> Kind:
    return pair.proposer, pair.goal, edit or edit_kind(pair.p, pair.q)


def worths(pairs: Sequence[Pair], earlier: Iterable[Example], most: int) -> dict[str, float]:
    """Return what each accepted pair of an iteration is worth, by id: from 1 for a new kind down to 0 after ``most``.

    ``pairs`` come in the order of the programs. Those of one program do not count against each other: they are compared
    among themselves. Without a limit (0) all are worth 1.
    """
    if not most:
        return {pair.id: 1.0 for pair in pairs}
    known = AcceptedEdits(earlier)
    found: dict[str, float] = {}
    for _, together in groupby(pairs, key=lambda pair: pair.program_id):
        of_program = list(together)
        found |= {pair.id: round(max(0.0, 1 - known.count(pair) / most), 6) for pair in of_program}
        known.add(of_program)
    return found


def is_drawn(example: Example, seed: int) -> bool:
    """Say whether Alice imitates an accepted Q: by lot, as often as it is worth."""
    return int(content_id("variety", str(seed), example.pair.normal_id), 16) < example.worth * 2**64
