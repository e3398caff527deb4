"""How far one instance of a comparison has come, whatever becomes of the children that work on it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from seqplay.haskell.execution.coverage import Reached
from seqplay.haskell.sandbox.session import named

MAX_SHRINKING_EVALUATIONS = 600
"""Evaluations that shrinking one difference may take."""
PRUNE_AFTER_NONTERMINATING = 3
"""From so many inputs on that did not end, larger ones than they are passed over (as ``doubt`` in the worker)."""
EVALUATION_WORK = 40_960
"""KiB that one evaluation may allocate, and that an input counts on which one did not end, whenever it was ended (as
``workOf``)."""
HUGE_NUMBER = 1_000_000
"""An input with such a number that did not end is enough, and numbers far below it are passed over too."""
LARGE_NUMBER = 30
"""Magnitude from which a number may be why an input did not end: only such a number lowers the ceiling of numbers."""
LARGE_SIZE = 8
"""Constructors from which its size may be why an input did not end: only such a size lowers the ceiling of sizes."""


@dataclass
class Tally:
    """How far one instance has come."""

    position: int = 0
    """Turns: inputs that were tried or passed over."""
    taken: int = 0
    """Of them from the supply; the others were made from what earlier ones reached."""
    agreed: int = 0
    returned: int = 0
    """Of those that agreed: both gave a value, and did not throw."""
    inconclusive: int = 0
    unbuilt: int = 0
    """Inputs that could not be built, on which nothing was run."""
    spent: int = 0
    """Work: KiB that the evaluations allocated, and so much again for each that did not end."""
    number_ceiling: int = 0
    size_ceiling: int = 0
    ended_kinds: int = 0
    hung: list[int] = field(default_factory=list)
    """Marks of the inputs that did not end, by which they are known again."""
    lost_at: int = 0
    """Position of the input on which a child was lost."""
    reached: Reached = field(default_factory=Reached)
    shrinking: int = MAX_SHRINKING_EVALUATIONS
    """Evaluations that shrinking may take; none once a child was lost while it shrank a difference."""
    most_inconclusive: int | None = None
    """Inconclusive inputs after which the instance is given up; none: as many as there are."""
    complete: bool = False

    @property
    def differed(self) -> bool:
        """Whether a difference was found and its child lost: if it cannot be shown again, there is no verdict."""
        return self.shrinking == 0

    def settings(self) -> str:
        """Return the tally as the worker reads it."""
        return named(
            position=self.position,
            taken=self.taken,
            agreed=self.agreed,
            returned=self.returned,
            inconclusive=self.inconclusive,
            unbuilt=self.unbuilt,
            spent=self.spent,
            number_ceiling=self.number_ceiling,
            size_ceiling=self.size_ceiling,
            ended_kinds=self.ended_kinds,
            by_returning=self.reached.by_returning,
            by_throwing=self.reached.by_throwing,
            hung=self.hung,
        )

    def update(self, reply: dict[str, Any]) -> None:
        """Take over what a worker that ended says."""
        self.reached.update(reply)
        counts = ("position", "taken", "agreed", "returned", "inconclusive", "unbuilt", "spent")
        for name in (*counts, "number_ceiling", "size_ceiling", "ended_kinds", "hung"):
            setattr(self, name, reply[name])

    def resume(self, reply: dict[str, Any]) -> None:
        """Take over what the supervisor saw of a child that hung or died: its present input counts as inconclusive."""
        _, position, self.agreed, inconclusive, self.number_ceiling, shrinking, magnitude, nodes, *rest = reply["board"]
        (
            self.ended_kinds,
            self.size_ceiling,
            self.returned,
            self.unbuilt,
            self.taken,
            mark,
            self.spent,
            _,
            *self.hung,
        ) = rest
        self.reached.resume(reply["covered"])
        if shrinking:
            self.position, self.inconclusive, self.shrinking = position, inconclusive, 0
            return
        self.position, self.inconclusive = position + 1, inconclusive + 1
        self.spent += EVALUATION_WORK
        self.hung, self.lost_at = [*self.hung, mark], position
        suspicious = len(self.hung) >= PRUNE_AFTER_NONTERMINATING
        if magnitude > HUGE_NUMBER or (suspicious and magnitude > LARGE_NUMBER):
            ceiling = math.isqrt(magnitude) if magnitude > HUGE_NUMBER else magnitude
            self.number_ceiling = min(self.number_ceiling or ceiling, ceiling)
        elif suspicious and nodes > LARGE_SIZE:
            self.size_ceiling = min(self.size_ceiling or nodes, nodes)
