"""Measures: what an evaluation counted on each held-out item, and how two of them differ on the same items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from seqplay.game.intervals import NOTHING, SHARES, Bootstrap, Classes, Count, Items, Prior
from seqplay.records import Estimate, Goal, Measured

ALL = ("all",)
BALANCED = (Goal.SEQ.value, Goal.SINQ.value)


class Question(NamedTuple):
    """What a difference is asked about: a measure, the mean over which groups of items, and what it is beforehand."""

    measure: str
    groups: tuple[str, ...] = ALL
    prior: Prior = SHARES


QUESTIONS = {
    "bob_balanced": Question("bob", BALANCED),
    "bob_all": Question("bob"),
    "bob_greedy_balanced": Question("bob_greedy", BALANCED),
    "alice_all": Question("alice"),
    "alice_seq": Question("alice", (Goal.SEQ.value,)),
    "alice_sinq": Question("alice", (Goal.SINQ.value,)),
    "alice_greedy_all": Question("alice_greedy"),
    "same_program": Question("same_program"),
    "proving": Question("proving"),
    "prediction_error": Question("prediction_error", prior=NOTHING),
}
"""The differences that are told, by name."""


class Measures:
    """The measures of one evaluation."""

    def __init__(self, measured: Iterable[Measured]) -> None:
        """Take the lines of ``measures.jsonl``."""
        self.lines = list(measured)
        self._items: dict[tuple[str, str], dict[str, Count]] = {}
        for line in self.lines:
            for group in (line.group, *ALL):
                self._items.setdefault((line.measure, group), {})[line.item] = Count(line.hits, line.total)

    def items(self, measure: str, group: str = "all") -> Items:
        """Return what was counted by item: of one goal, or of both."""
        return self._items.get((measure, group), {})

    def classes(self, question: Question) -> Classes:
        """Return what a question is about."""
        return {group: self.items(question.measure, group) for group in question.groups}


def differences(after: Measures, before: Measures, bootstrap: Bootstrap) -> dict[str, Estimate]:
    """Return the paired differences ``after - before`` by name, of what both have measured on common items."""
    found = {
        name: bootstrap.difference(after.classes(question), before.classes(question), question.prior)
        for name, question in QUESTIONS.items()
    }
    return {name: estimate for name, estimate in found.items() if estimate.value is not None}


def measured(measure: str, group: str, items: Items) -> Iterator[Measured]:
    """Yield the lines of a measure on the items of a group."""
    for item, count in items.items():
        yield Measured(measure=measure, group=group, item=item, hits=count.hits, total=count.total)
