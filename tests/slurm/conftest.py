"""The Slurm lab, up for the tests that need it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.slurm import lab


@pytest.fixture(scope="session")
def slurm() -> Iterator[None]:
    """A running lab; one that a person had started stays up."""
    reason = lab.lacking()
    if reason:
        pytest.skip(reason)
    before = lab.status()["slurmctld"] == "up"
    lab.up()
    yield
    if not before:
        lab.down()
