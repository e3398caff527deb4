"""One pool of one warm session for all tests of the Haskell core."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seqplay.config import HaskellConfig
from seqplay.haskell import Executor


@pytest.fixture(scope="session")
def executor() -> Iterator[Executor]:
    """An executor with short limits."""
    with Executor.open(HaskellConfig(workers=1, seconds=2, evaluations=300)) as opened:
        yield opened
