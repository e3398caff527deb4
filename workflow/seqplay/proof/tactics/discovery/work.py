"""Counted work: what limits a search, and is the same on a busy and on a quiet machine."""

from __future__ import annotations

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

    def share(self, most: int) -> Work:
        """Return a part of the work, which is to be given back by ``settle``."""
        return Work(min(most, max(self.left, 0)))

    def settle(self, given: int, part: Work) -> None:
        """Take what a part has used off the whole."""
        self.left -= given - max(part.left, 0)
