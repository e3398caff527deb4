"""What all tests share: a slow machine is no failure, so examples of property tests have no time limit of their own."""

import os
import sys

import pytest
from hypothesis import settings

settings.register_profile("seqplay", deadline=None)
settings.load_profile("seqplay")

# The tests start hundreds of Pythons, each of which would compile the package anew: up to half of its import.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests one process runs (``--dist loadgroup``): those of a file, which share what its fixtures make.

    Several files share a whole game, or a Slurm. What takes longest comes first, so that no process waits at the end.
    """
    for item in items:
        place = item.nodeid.partition("::")[0]
        if "played" in getattr(item, "fixturenames", ()):
            place = "the played game"
        elif place.startswith("tests/slurm/"):
            place = "Slurm"
        item.add_marker(pytest.mark.xdist_group(place))
    items.sort(key=lambda item: not item.nodeid.startswith("tests/workflow/"))
