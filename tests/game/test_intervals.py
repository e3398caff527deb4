"""Intervals of shares."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqplay.game.intervals import accuracy, beta_interval


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    # scipy.stats.beta.ppf([0.025, 0.975], hits + 0.5, total - hits + 0.5); the ends by convention where nothing varies
    [(3, 4, 0.283752, 0.971529), (50, 100, 0.403174, 0.596826), (0, 10, 0.0, 0.217196), (10, 10, 0.782804, 1.0)],
)
def test_intervals_are_jeffreys(hits: int, total: int, low: float, high: float) -> None:
    assert beta_interval(hits, total) == pytest.approx((low, high), abs=1e-5)


@given(st.integers(1, 500).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_the_share_lies_in_its_interval(counts: tuple[int, int]) -> None:
    found = accuracy(*counts)
    assert found.share is not None
    assert 0 <= found.low <= found.share <= found.high <= 1


def test_nothing_counted_says_nothing() -> None:
    found = accuracy(0, 0)
    assert (found.share, found.low, found.high) == (None, 0.0, 1.0)
