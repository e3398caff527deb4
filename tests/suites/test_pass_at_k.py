"""pass@k without bias."""

from __future__ import annotations

from itertools import combinations

import numpy
import pytest

from seqplay.suites.pass_at_k import pass_at_k


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
