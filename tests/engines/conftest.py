from pathlib import Path

import pytest

from tests.engines.tiny import tiny_adapter, tiny_model


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(scope="session")
def live_adapter(tiny: Path) -> Path:
    return tiny_adapter(tiny.parent / "live", tiny, 0.1)


@pytest.fixture(scope="session")
def dead_adapter(tiny: Path) -> Path:
    return tiny_adapter(tiny.parent / "dead", tiny, 0.0)
