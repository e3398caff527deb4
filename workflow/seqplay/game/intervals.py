"""Intervals: of independent counts by Jeffreys' Beta interval; of what is counted several times an item by bootstrap.

Bob's votes on one pair are not independent, so that an evaluation resamples *items* (pairs, programs), never votes. The
bootstrap is the Bayesian one (Rubin 1981, Annals of Statistics 9:130): each resample weighs the items by a flat
Dirichlet draw. Shares get, beside their items, a prior of one item in all, half right and half wrong. So an item that
is one vote gives Jeffreys' interval again, and a share of 0 or 1 has an interval too, where drawing with replacement
would claim certainty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqplay.records import Accuracy, Estimate

Numbers = NDArray[np.float64]


def beta_interval(hits: int, total: int) -> tuple[float, float]:
    """Return the 95 % Jeffreys interval of a share: ``(0, 1)`` where nothing was counted.

    The quantiles are those of ``scipy.stats.beta.ppf``, by the function that it calls: its module is slow to import.
    """
    if total == 0:
        return 0.0, 1.0
    from scipy.special import betaincinv  # itself a quarter of a second, of every job that can count

    a, b = hits + 0.5, total - hits + 0.5
    low = 0.0 if hits == 0 else float(betaincinv(a, b, 0.025))
    high = 1.0 if hits == total else float(betaincinv(a, b, 0.975))
    return round(low, 6), round(high, 6)


def accuracy(correct: int, total: int) -> Accuracy:
    """Return a share of independent counts with its interval."""
    low, high = beta_interval(correct, total)
    return Accuracy(correct=correct, total=total, share=correct / total if total else None, low=low, high=high)


class Count(NamedTuple):
    """What was measured on one item: so much (right votes, an error), of so much (votes; 1)."""

    hits: float
    total: float


Items = Mapping[str, Count]
"""What was measured, by item (a pair, a program)."""
Classes = Mapping[str, Items]
"""Items by class: the measure is the mean over the classes of each class's ``hits / total``."""
Prior = tuple[tuple[float, ...], ...]
"""What is known beforehand: rows of shares, one for each side that is measured; they weigh one item together."""
NOTHING: Prior = ()
"""Of numbers that are no shares."""
SHARE: Prior = ((0,), (1,))
"""Jeffreys' Beta(1/2, 1/2)."""
SHARES: Prior = ((0, 0), (0, 1), (1, 0), (1, 1))
"""Two shares on the same items: the four cells of their table, so that each side alone has Jeffreys' prior."""


@dataclass(frozen=True)
class Bootstrap:
    """Intervals over items. The same seed draws the same weights: equal data have equal intervals."""

    resamples: int
    seed: int

    def share(self, items: Items) -> Accuracy:
        """Return a share over items that have several counts each."""
        found = self.estimate({"all": items})
        if found.value is None:
            return accuracy(0, 0)
        correct, total = (round(sum(count[place] for count in items.values())) for place in (0, 1))
        return Accuracy(correct=correct, total=total, share=found.value, low=found.low, high=found.high)

    def estimate(self, classes: Classes, prior: Prior = SHARE) -> Estimate:
        """Return the mean over the classes; without a value where a class has nothing counted."""
        return self._mean([_table([items]) for items in classes.values()], prior)

    def difference(self, after: Classes, before: Classes, prior: Prior = SHARES) -> Estimate:
        """Return ``after - before``, paired: over the items that both measured, with the same weights on both sides."""
        return self._mean([_table([before.get(name, {}), items]) for name, items in after.items()], prior)

    def rank_correlation(self, values: Mapping[str, tuple[float, float]]) -> Estimate:
        """Return Spearman's rank correlation over items; without a value where one side does not vary."""
        table = np.array(list(values.values()), dtype=np.float64).reshape(-1, 2)
        if any(len(np.unique(column)) < 2 for column in table.T):
            return _nothing(len(table))
        drawn = np.random.default_rng(self.seed).standard_exponential((self.resamples, len(table)))
        value = _spearman(np.ones((1, len(table))), table)[0]
        return _interval(float(value), _spearman(drawn, table), len(table))

    def _mean(self, tables: Sequence[Numbers], prior: Prior) -> Estimate:
        """Return the mean over classes, each resampled by itself: how many items a class has is no accident."""
        items = sum(len(table) for table in tables)
        if not tables or not all(len(table) for table in tables):
            return _nothing(items)
        random = np.random.default_rng(self.seed)
        value = np.mean([_measured(np.ones((1, len(table))), table)[0] for table in tables])
        drawn = [
            _measured(self._weights(random, len(table), len(prior)), _with_prior(table, prior)) for table in tables
        ]
        return _interval(float(value), np.mean(drawn, axis=0), items)

    def _weights(self, random: np.random.Generator, items: int, known: int) -> Numbers:
        """Return a row of weights for each resample: the items', then the prior's."""
        drawn = random.standard_exponential((self.resamples, items))
        beforehand = random.standard_gamma(1 / max(known, 1), (self.resamples, known))
        return np.concatenate([drawn, beforehand], axis=1)


def _table(sides: Sequence[Items]) -> Numbers:
    """Return the counts of the items that every side measured: items × sides × (hits, total)."""
    common = sorted(key for key in sides[0] if all(key in side and side[key].total > 0 for side in sides))
    return np.array([[side[key] for side in sides] for key in common], dtype=np.float64).reshape(-1, len(sides), 2)


def _with_prior(table: Numbers, prior: Prior) -> Numbers:
    """Return the table with the prior's items below it, each as large as a mean one."""
    if not prior:
        return table
    totals = np.broadcast_to(table[:, :, 1].mean(axis=0), (len(prior), table.shape[1]))
    known = np.stack([np.array(prior, dtype=np.float64) * totals, totals], axis=2)
    return np.concatenate([table, known])


def _measured(weights: Numbers, table: Numbers) -> Numbers:
    """Return for each row of weights the one side's ``hits / total``, or of two sides the last less the first."""
    sums = np.einsum("ri,isk->rsk", weights, table)
    shares = sums[:, :, 0] / sums[:, :, 1]
    result: Numbers = shares[:, -1] - shares[:, :-1].sum(axis=1)
    return result


def _spearman(weights: Numbers, table: Numbers) -> Numbers:
    """Return for each row of weights the correlation of the two columns' weighted mid-ranks."""
    ranks = [_ranks(weights, column) for column in table.T]
    total = weights.sum(axis=1, keepdims=True)
    x, y = (rank - (weights * rank).sum(axis=1, keepdims=True) / total for rank in ranks)
    both, left, right = ((weights * product).sum(axis=1) for product in (x * y, x * x, y * y))
    spread = np.sqrt(left * right)
    result: Numbers = np.divide(both, spread, out=np.zeros_like(both), where=spread > 0)
    return result


def _ranks(weights: Numbers, column: Numbers) -> Numbers:
    """Return the weighted mid-ranks: the weight of what is smaller, and half of what is equal."""
    below = (column[:, None] < column[None, :]) + 0.5 * (column[:, None] == column[None, :])
    result: Numbers = weights @ below
    return result


def _interval(value: float, drawn: Numbers, items: int) -> Estimate:
    """Return a value with the middle 95 % of what was drawn."""
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Estimate(
        value=round(value, 6),
        low=round(min(float(low), value), 6),
        high=round(max(float(high), value), 6),
        items=items,
    )


def _nothing(items: int) -> Estimate:
    return Estimate(value=None, low=0.0, high=0.0, items=items)
