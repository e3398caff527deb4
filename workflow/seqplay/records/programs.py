"""Programs: what is read from a dataset, and what an iteration draws of it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from seqplay.records.base import Record
from seqplay.records.words import Goal


class Program(Record):
    """A reference program P."""

    id: str
    code: str
    entry: str
    """The entry function, as the dataset names it or the design's rule chooses it."""
    type: str
    """The entry's type, as GHC gives it."""
    name: str
    """What the dataset calls it, or ``line N`` of its source."""


class Lineage(BaseModel):
    """Where a program comes from that was no reference program: it is an accepted Q of an earlier iteration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    iteration: int
    """In which it was accepted."""
    pair_id: str
    program_id: str
    """The P for which it was proposed."""
    generation: int
    """1: that P is a reference program; 2: it is a Q of one; and so on."""


class SampledProgram(Record):
    """A program drawn for an iteration, with the goal and the proposer that it was given."""

    program: Program
    goal: Goal
    proposer: str
    """``model`` or ``mutate``."""
    target_difficulty: float
    """What Alice is asked to aim for, of 10."""
    lineage: Lineage | None = None
    """None for a reference program."""


class SkippedLine(Record):
    """A line of a dataset that is not a usable program, with the reason."""

    source: str
    line: int
    """Counted from 1."""
    reason: str
