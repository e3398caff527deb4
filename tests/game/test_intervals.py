"""Intervals of shares: of independent counts, and over items that are counted several times."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from seqplay.game.intervals import NOTHING, Bootstrap, Classes, Count, accuracy, beta_interval

BOOTSTRAP = Bootstrap(resamples=2000, seed=1)


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    # scipy.stats.beta.ppf([0.025, 0.975], hits + 0.5, total - hits + 0.5); the ends by convention where nothing varies
    [(3, 4, 0.283752, 0.971529), (50, 100, 0.403174, 0.596826), (0, 10, 0.0, 0.217196), (10, 10, 0.782804, 1.0)],
)
def test_intervals_are_jeffreys(hits: int, total: int, low: float, high: float) -> None:
    assert beta_interval(hits, total) == pytest.approx((low, high), abs=1e-6)


@given(st.integers(1, 500).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_the_share_lies_in_its_interval(counts: tuple[int, int]) -> None:
    found = accuracy(*counts)
    assert found.share is not None
    assert 0 <= found.low <= found.share <= found.high <= 1


def test_nothing_counted_says_nothing() -> None:
    found = accuracy(0, 0)
    assert (found.share, found.low, found.high) == (None, 0.0, 1.0)
    assert BOOTSTRAP.estimate({"seq": {}, "sinq": {"a": Count(1, 1)}}).value is None
    assert BOOTSTRAP.share({}).share is None


def cast(right: list[int], votes: int) -> dict[str, Count]:
    return {f"item{number}": Count(hits, votes) for number, hits in enumerate(right)}


def correlated(random: np.random.Generator, items: int, votes: int) -> dict[str, Count]:
    """Votes of a Bob who nearly always answers one item alike: the mean accuracy is one half."""
    return cast(random.binomial(votes, random.beta(0.3, 0.3, items)).tolist(), votes)


def test_the_interval_covers_the_truth_though_the_votes_on_a_pair_agree() -> None:
    random = np.random.default_rng(0)
    boot = Bootstrap(resamples=400, seed=0)
    plain = covered = 0
    for _ in range(400):
        items = correlated(random, 24, 8)
        found, counted = boot.share(items), accuracy(sum(int(one.hits) for one in items.values()), 24 * 8)
        covered += found.low <= 0.5 <= found.high
        plain += counted.low <= 0.5 <= counted.high
    assert 0.925 <= covered / 400 <= 0.985
    assert plain / 400 < 0.75  # what counting the votes as independent claims to be 95 %


def test_the_paired_interval_covers_the_true_difference_and_is_shorter_than_two_separate_ones() -> None:
    random = np.random.default_rng(1)
    boot = Bootstrap(resamples=400, seed=0)
    covered = 0
    for _ in range(400):
        known = random.beta(0.5, 0.5, 40)
        before, after = (cast(random.binomial(4, known * scale).tolist(), 4) for scale in (0.8, 1.0))
        found = boot.difference({"all": after}, {"all": before})
        covered += found.low <= 0.1 <= found.high
    assert 0.925 <= covered / 400 <= 0.985
    alone = [boot.share(side) for side in (before, after)]
    assert found.high - found.low < sum(one.high - one.low for one in alone) / 2


@pytest.mark.parametrize(("right", "total"), [(3, 4), (12, 24), (0, 12), (12, 12)])
def test_an_item_that_is_one_vote_has_jeffreys_interval(right: int, total: int) -> None:
    found = Bootstrap(resamples=20000, seed=3).share(cast([1] * right + [0] * (total - right), 1))
    assert (found.low, found.high) == pytest.approx(beta_interval(right, total), abs=0.02)


def test_an_unvaried_answer_is_no_certainty() -> None:
    always: Classes = {"seq": cast([2] * 12, 2), "sinq": cast([0] * 12, 2)}
    found = BOOTSTRAP.estimate(always)
    assert found.value == 0.5
    assert found.low < 0.49
    assert found.high > 0.51
    unchanged = BOOTSTRAP.difference(always, always)
    assert (unchanged.value, unchanged.items) == (0.0, 24)
    assert unchanged.low < 0 < unchanged.high


def test_balanced_accuracy_weighs_both_classes_alike() -> None:
    found = BOOTSTRAP.estimate({"seq": cast([4] * 30, 4), "sinq": cast([0] * 2, 4)})
    assert found.value == 0.5


def test_a_difference_is_over_the_items_that_both_measured() -> None:
    after, before = {"a": Count(1, 1), "b": Count(1, 1), "c": Count(0, 1)}, {"b": Count(0, 1), "d": Count(1, 1)}
    found = BOOTSTRAP.difference({"all": after}, {"all": before})
    assert (found.value, found.items) == (1.0, 1)
    assert BOOTSTRAP.difference({"all": after}, {"all": {"d": Count(1, 1)}}).value is None
    assert BOOTSTRAP.difference({"all": after}, {}).value is None


def test_the_same_seed_gives_the_same_interval_in_whatever_order_the_items_come() -> None:
    items = correlated(np.random.default_rng(5), 20, 4)
    assert BOOTSTRAP.share(items) == BOOTSTRAP.share(dict(reversed(items.items())))
    assert BOOTSTRAP.share(items) != Bootstrap(2000, 2).share(items)


def test_the_rank_correlation_is_spearman_s() -> None:
    random = np.random.default_rng(2)
    x = random.integers(0, 5, 40).astype(float)
    y = x + random.normal(0, 2, 40).round()
    values = {str(n): (float(a), float(b)) for n, (a, b) in enumerate(zip(x, y, strict=True))}
    found = BOOTSTRAP.rank_correlation(values)
    assert found.value == pytest.approx(spearmanr(x, y).statistic, abs=1e-5)
    assert found.low < found.value < found.high
    assert BOOTSTRAP.rank_correlation({"a": (1, 2), "b": (1, 3)}).value is None


def test_an_error_is_no_share_and_has_no_prior() -> None:
    errors = {"all": {str(n): Count(2.0, 1) for n in range(10)}}
    found = BOOTSTRAP.estimate(errors, NOTHING)
    assert (found.value, found.low, found.high) == (2.0, 2.0, 2.0)
