"""A training whose GPUs would wait in each step gets a warning that says what to set."""

import pytest

from seqplay.config import Config, warnings


@pytest.mark.parametrize(("gpus", "accumulation", "said"), [(1, 2, False), (2, 2, False), (4, 2, True), (2, 3, True)])
def test_gpus_that_would_wait_are_named(gpus: int, accumulation: int, said: bool) -> None:
    config = Config.model_validate({"resources": {"train": {"gpus": gpus}}, "train": {"accumulation": accumulation}})
    assert any("train.accumulation" in line for line in warnings(config)) is said
