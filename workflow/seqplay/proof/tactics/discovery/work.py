"""Counted work: what limits a search, and is the same on a busy and on a quiet machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class OutOfWork(Exception):
    """The steps that were given are used up."""


@dataclass
class Work:
    """Steps that are left; a step is a term made, an equation drawn, or a term looked at in matching."""

    left: int

    def spend(self, steps: int = 1) -> None:
        """Use up steps; raises ``OutOfWork``."""
        self.left -= steps
        if self.left < 0:
            raise OutOfWork

    @contextmanager
    def part(self, most: int) -> Iterator[Work]:
        """Give a part of the work to a ``with`` block, and take what that has used off the whole."""
        part = Work(min(most, max(self.left, 0)))
        given = part.left
        try:
            yield part
        finally:
            self.left -= given - max(part.left, 0)
