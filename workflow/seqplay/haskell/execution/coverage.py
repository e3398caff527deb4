"""Coverage: which probes of two programs the agreeing inputs of a comparison reached.

A probe stands at each function, at each branch of a decision, and at both outcomes of a condition
(``worker/source/Instrument.hs``). It is covered by an input on which both programs returned the same value; where
nothing but an exception can come of it, by one on which both threw the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from seqplay.records import Coverage

MOST_LISTED = 20
"""Places that are not covered and named, of each program."""


class Probe(NamedTuple):
    """A place in a program."""

    line: int
    kind: str
    """``function``, ``branch``, ``is True`` or ``is False``."""
    throws: bool
    """Whether nothing but an exception can come of it."""


@dataclass
class Reached:
    """What the instances of a comparison have covered so far, as bits by the number of the probe."""

    programs: list[list[Probe]] = field(default_factory=list)
    """Probes of P and of Q, numbered through; none where the programs were not instrumented."""
    by_returning: int = 0
    by_throwing: int = 0

    def update(self, reply: dict[str, Any]) -> None:
        """Take over what a worker that ended says."""
        self.programs = [[Probe(*probe) for probe in program] for program in reply["probes"]]
        self.by_returning |= reply["by_returning"]
        self.by_throwing |= reply["by_throwing"]

    def resume(self, words: Sequence[int]) -> None:
        """Take over what the supervisor saw of a child that is gone: 64 bits a word, the second half by throwing."""
        half = len(words) // 2
        self.by_returning |= _bits(words[:half])
        self.by_throwing |= _bits(words[half:])

    def coverage(self) -> Coverage | None:
        """Return the shares, and what is not covered; none where nothing was measured."""
        if len(self.programs) != 2:
            return None
        counts, missed, start = [], [], 0
        for name, probes in zip("PQ", self.programs, strict=True):
            open_ = [probe for number, probe in enumerate(probes, start) if not self._covered(number, probe)]
            counts += [len(probes), len(probes) - len(open_)]
            places = list(dict.fromkeys(f"{name} line {probe.line}: {probe.kind}" for probe in open_))
            missed += places[:MOST_LISTED]
            start += len(probes)
        return Coverage(p=counts[0], p_reached=counts[1], q=counts[2], q_reached=counts[3], unreached=missed)

    def _covered(self, number: int, probe: Probe) -> bool:
        found = self.by_returning | self.by_throwing if probe.throws else self.by_returning
        return bool(found >> number & 1)


def _bits(words: Sequence[int]) -> int:
    return sum(word << 64 * place for place, word in enumerate(words))
