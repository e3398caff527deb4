"""The counts of a dataset, row by row: what the card and its plots tell, without the rows themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from seqplay.dataset.records import Ending, Example, Origin, Semantics, Tier, Validation
from seqplay.dataset.similarity.splits import SPLITS

BUCKETS = (0, 5, 10, 20, 40, 80, 160)
"""Lines of a program: lower ends of the groups that are counted."""


class Tally:
    """Counts endings, verdicts and lines of the dataset as they come."""

    def __init__(self) -> None:
        self.lengths: Counter[tuple[str, int]] = Counter()
        """Lines of the dataset by tier and group of lengths (``BUCKETS``)."""
        self.types: Counter[str] = Counter()
        """Types of the runnable programs."""
        self._endings: dict[Tier, Counter[str]] = {tier: Counter() for tier in Tier}
        self._splits: dict[str, Counter[str]] = {name: Counter() for name in SPLITS}
        self._trials: Counter[str] = Counter()
        self._values: Counter[Origin] = Counter()
        self._agreement: Counter[str] = Counter()
        self._own_tests = 0

    def ended(self, ending: Ending) -> None:
        """Count the ending of a row or sample."""
        self._endings[ending.tier][ending.reason] += 1

    def checked(self, found: Validation | None, semantics: Semantics | None) -> None:
        """Count the inputs of a program, and what its Python said."""
        for trial in found.trials if found else ():
            self._trials[trial.reason] += 1
            self._values[trial.origin] += trial.output is not None
        if semantics is not None:
            self._agreement[str(semantics.agreement)] += 1
            self._own_tests += semantics.own_tests or 0

    def published(self, example: Example) -> None:
        """Count a line of the dataset."""
        self._splits[example.split][str(example.tier)] += 1
        group = max(low for low in BUCKETS if low <= example.code.count("\n"))
        self.lengths[str(example.tier), group] += 1
        if example.tier in (Tier.C, Tier.C_PLUS):
            self.types[example.type] += 1

    def counts(self, rows: int, clusters: int) -> dict[str, Any]:
        """Return the counts of the card: all of them add up to the rows and samples that there were."""
        tiers = {tier.value: sum(found.values()) for tier, found in self._endings.items() if found}
        return {
            "rows": rows,
            "endings": sum(tiers.values()),
            "tiers": _sorted(tiers),
            "reasons": {tier.value: _sorted(found) for tier, found in self._endings.items()},
            "splits": {name: _sorted(found) for name, found in self._splits.items()},
            "clusters": clusters,
            "trials": _sorted(self._trials),
            "values": {origin.value: self._values[origin] for origin in Origin if self._values[origin]},
            "agreement": _sorted(self._agreement),
            "python_tests_passed": self._own_tests,
        }


def _sorted(found: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(found.items()))
