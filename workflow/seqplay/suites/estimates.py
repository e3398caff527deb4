"""What a suite's score is worth: pass@k without bias, and intervals by the bootstrap over items.

Samples of one item depend on each other, so whole items are drawn anew, never samples. Percentile intervals of 95 %,
with a fixed seed: the same scores give the same interval.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import comb
from typing import TypeVar

import numpy

from seqplay.suites.records import Estimate

T = TypeVar("T")

DRAWS = 2000
"""Bootstrap samples: the ends of an interval are then steady to about a tenth of its width."""
_TAIL = 2.5


def pass_at_k(samples: int, passed: int, k: int) -> float:
    """Return the chance that at least one of ``k`` of the samples passes, drawn without putting back.

    1 - C(n - c, k) / C(n, k): unbiased for the chance of ``k`` new samples (arXiv 2107.03374, section 2.1). Raises
    ``ValueError`` where there are fewer than ``k`` samples.
    """
    if not 0 <= passed <= samples or not 1 <= k <= samples:
        raise ValueError(f"pass@{k} of {samples} samples, {passed} of them passed: needs 1 <= k <= samples")
    return 1.0 - comb(samples - passed, k) / comb(samples, k)


def mean_estimate(values: Sequence[float], seed: int = 0) -> Estimate:
    """Return the mean over items with its interval; ``(0, 1)`` where there are no items."""
    if not values:
        return Estimate(value=None, low=0.0, high=1.0)
    found = numpy.asarray(values, dtype=float)
    means = found[_draws(len(found), seed)].mean(axis=1)
    return _estimate(float(found.mean()), means)


def paired_difference(values: Sequence[float], base: Sequence[float], seed: int = 0) -> Estimate:
    """Return the mean difference on the same items; both must be in the order of the items."""
    if len(values) != len(base):
        raise ValueError(f"{len(values)} items against {len(base)}: a paired difference needs the same items")
    if not values:
        return Estimate(value=None, low=-1.0, high=1.0)
    difference = numpy.asarray(values, dtype=float) - numpy.asarray(base, dtype=float)
    return _estimate(float(difference.mean()), difference[_draws(len(difference), seed)].mean(axis=1))


def statistic_estimate(items: Sequence[T], statistic: Callable[[Sequence[T]], float | None], seed: int = 0) -> Estimate:
    """Return a statistic of items that is no mean (an F1), with its interval; draws without a value are left out."""
    value = statistic(items) if items else None
    if value is None:
        return Estimate(value=None, low=0.0, high=1.0)
    drawn = [statistic([items[i] for i in row]) for row in _draws(len(items), seed, DRAWS // 10)]
    return _estimate(value, numpy.asarray([one for one in drawn if one is not None]))


def _draws(count: int, seed: int, draws: int = DRAWS) -> numpy.ndarray[tuple[int, int], numpy.dtype[numpy.int64]]:
    return numpy.random.default_rng(seed).integers(0, count, size=(draws, count))


def _estimate(value: float, drawn: numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.float64]]) -> Estimate:
    low, high = numpy.percentile(drawn, [_TAIL, 100 - _TAIL])
    return Estimate(value=round(value, 6), low=round(float(low), 6), high=round(float(high), 6))
