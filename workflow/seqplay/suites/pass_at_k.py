"""pass@k without bias."""

from __future__ import annotations

from math import comb


def pass_at_k(samples: int, passed: int, k: int) -> float:
    """Return the chance that at least one of ``k`` of the samples passes, drawn without putting back.

    1 - C(n - c, k) / C(n, k): unbiased for the chance of ``k`` new samples (arXiv 2107.03374, section 2.1). Raises
    ``ValueError`` where there are fewer than ``k`` samples.
    """
    if not 0 <= passed <= samples or not 1 <= k <= samples:
        raise ValueError(f"pass@{k} of {samples} samples, {passed} of them passed: needs 1 <= k <= samples")
    return 1.0 - comb(samples - passed, k) / comb(samples, k)
