"""Intervals of shares: Jeffreys' Beta interval, by the regularised incomplete beta function."""

from __future__ import annotations

from math import exp, lgamma, log

from seqplay.records import Accuracy


def _beta_cdf(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b) (Lentz's continued fraction; Numerical Recipes 6.4)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_cdf(1 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x)) / a
    tiny, fraction, c, d = 1e-300, 1.0, 1.0, 0.0
    for step in range(400):
        m = step // 2
        if step == 0:
            term = 1.0
        elif step % 2 == 0:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        else:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / ((1 + term * d) or tiny)
        c = (1 + term / c) or tiny
        fraction *= c * d
        if abs(1 - c * d) < 1e-14:
            break
    return front * (fraction - 1)


def _beta_quantile(q: float, a: float, b: float) -> float:
    """Return the x with I_x(a, b) = q, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _beta_cdf(middle, a, b) < q else (low, middle)
    return (low + high) / 2


def beta_interval(hits: int, total: int) -> tuple[float, float]:
    """Return the 95 % Jeffreys interval of a share: ``(0, 1)`` where nothing was counted."""
    if total == 0:
        return 0.0, 1.0
    a, b = hits + 0.5, total - hits + 0.5
    low = 0.0 if hits == 0 else _beta_quantile(0.025, a, b)
    high = 1.0 if hits == total else _beta_quantile(0.975, a, b)
    return round(low, 6), round(high, 6)


def accuracy(correct: int, total: int) -> Accuracy:
    """Return a share with its interval."""
    low, high = beta_interval(correct, total)
    return Accuracy(correct=correct, total=total, share=correct / total if total else None, low=low, high=high)
