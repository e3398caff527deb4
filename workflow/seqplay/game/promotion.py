"""Promotion: hard accepted Q's become programs of later iterations, each with where it comes from.

Not promoted is what is like another program, held out, read or promoted before: equal up to renaming and layout, or
near word by word (``evaluation.near_duplicate``). What is near a held-out pair was not hard, but ``near_heldout``: the
curriculum has looked. Nothing is taken over of the label: a Q that is a program stands for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from seqplay.dataset.similarity.near_duplicates import NearIndex
from seqplay.dataset.similarity.shingles import program as shingles
from seqplay.files import content_id
from seqplay.haskell.analysis.normalise import normal_id
from seqplay.records import Example, Kept, Lineage, Program

HARD = frozenset({Kept.HARD, Kept.LEARNABLE})


class Promoted(NamedTuple):
    """A program that was a Q."""

    program: Program
    lineage: Lineage


class _Known:
    """The programs so far, and what is like one of them."""

    def __init__(self, programs: Iterable[Program], near_duplicate: float) -> None:
        self._normal: set[str] = set()
        self._near = NearIndex(near_duplicate)
        for one in programs:
            self.add(one)

    def add(self, program: Program) -> None:
        """Take in a program."""
        self._normal.add(normal_id(program.code, program.entry))
        self._near.add(program.id, shingles(program.code))

    def like(self, program: Program) -> bool:
        """Say whether a program is like one of those taken in."""
        return normal_id(program.code, program.entry) in self._normal or bool(self._near.near(shingles(program.code)))


def promoted(
    earlier: Iterable[Example],
    programs: Sequence[Program],
    heldout: Sequence[Program],
    *,
    near_duplicate: float,
    max_characters: int,
) -> list[Promoted]:
    """Return the Q's of earlier iterations that may be played with as P's, in the order in which they were accepted.

    ``programs``: the reference programs; ``max_characters``: the longest that may be (0: no limit).
    """
    hard = [example for example in earlier if example.kept in HARD]
    if not hard:
        return []
    known = _Known([*programs, *heldout], near_duplicate)
    names = {one.id: one.name for one in programs}
    found: dict[str, Promoted] = {}
    for example in hard:
        one = _promoted(example, names, found)
        if 0 < max_characters < len(one.program.code) or known.like(one.program):
            continue
        known.add(one.program)
        names[one.program.id] = one.program.name
        found[one.program.id] = one
    return list(found.values())


def _promoted(example: Example, names: dict[str, str], found: dict[str, Promoted]) -> Promoted:
    pair = example.pair
    program = Program(
        id=content_id("program", pair.q, pair.q_entry),
        code=pair.q,
        entry=pair.q_entry,
        type=pair.type,
        name=f"{names.get(pair.program_id, pair.program_id)}, iteration {example.iteration}",
    )
    parent = found.get(pair.program_id)
    lineage = Lineage(
        iteration=example.iteration,
        pair_id=pair.id,
        program_id=pair.program_id,
        generation=1 + (parent.lineage.generation if parent else 0),
    )
    return Promoted(program, lineage)
