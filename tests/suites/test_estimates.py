"""Estimates of a suite's score: pass@k without bias, intervals that cover."""

from __future__ import annotations

from itertools import combinations

import numpy
import pytest

from seqplay.suites.estimates import mean_estimate, paired_difference, pass_at_k, statistic_estimate


@pytest.mark.parametrize("samples", range(1, 7))
def test_pass_at_k_is_the_share_of_all_choices_of_k_samples_that_hold_a_pass(samples: int) -> None:
    for passed in range(samples + 1):
        for k in range(1, samples + 1):
            chosen = list(combinations([True] * passed + [False] * (samples - passed), k))
            assert pass_at_k(samples, passed, k) == pytest.approx(sum(map(any, chosen)) / len(chosen))


def test_pass_at_k_is_unbiased() -> None:
    rng = numpy.random.default_rng(1)
    chance, k, samples = 0.3, 3, 8
    found = [pass_at_k(samples, int(rng.binomial(samples, chance)), k) for _ in range(20_000)]
    assert numpy.mean(found) == pytest.approx(1 - (1 - chance) ** k, abs=0.01)


@pytest.mark.parametrize(("samples", "passed", "k"), [(3, 1, 4), (3, 4, 1), (3, 1, 0), (0, 0, 1)])
def test_pass_at_k_of_too_few_samples_is_an_error(samples: int, passed: int, k: int) -> None:
    with pytest.raises(ValueError, match="needs 1 <= k <= samples"):
        pass_at_k(samples, passed, k)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    rng = numpy.random.default_rng(2)
    covered = 0
    for seed in range(200):
        found = mean_estimate(list(map(float, rng.random(60) < 0.4)), seed)
        covered += found.low <= 0.4 <= found.high
    assert 0.9 <= covered / 200 <= 0.99


def test_the_same_scores_give_the_same_interval() -> None:
    values = [0.0, 1.0, 1.0, 0.5]
    assert mean_estimate(values) == mean_estimate(values)
    assert mean_estimate([]).value is None


def test_a_paired_difference_is_narrower_than_two_intervals_where_items_differ_in_difficulty() -> None:
    rng = numpy.random.default_rng(3)
    base = [float(value) for value in rng.random(100)]
    better = [min(1.0, value + 0.05) for value in base]
    paired = paired_difference(better, base)
    alone = mean_estimate(better)
    assert paired.low > 0
    assert paired.high - paired.low < (alone.high - alone.low) / 3
    with pytest.raises(ValueError, match="same items"):
        paired_difference([1.0], [1.0, 0.0])


def test_a_statistic_without_a_value_has_none() -> None:
    assert statistic_estimate([1, 2, 3], lambda items: None).value is None
    found = statistic_estimate([1, 2, 3], lambda items: float(max(items)))
    assert found.value == 3.0
    assert found.low <= 3.0 == found.high
