"""`yes` and `no` mean what they say, also without the quotes that YAML would want."""

import pytest
import yaml

from seqplay.config import Config


@pytest.mark.parametrize("written", ["auto", "yes", "no", '"yes"', '"no"'])
def test_a_bare_yes_in_yaml_is_a_yes(written: str) -> None:
    raw = yaml.safe_load(f"engine: {{resident: {written}}}\nmodel: {{reasoning: {written}}}")
    config = Config.model_validate(raw)
    assert config.engine.resident == config.model.reasoning == written.strip('"')
