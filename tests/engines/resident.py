"""A machine of a test's own: engine daemons are found in its folder, and end with the test's process."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seqplay.runtime import daemons, owner


@contextmanager
def own_machine(folder: Path) -> Iterator[None]:
    """Own a run whose temporary folder is ``folder``; end its daemons afterwards."""
    before = {name: os.environ.get(name) for name in ("TMPDIR", owner.VARIABLE)}
    os.environ["TMPDIR"], tempfile.tempdir = str(folder), None
    owner.declare()
    try:
        yield
    finally:
        for address in daemons.addresses():
            address.end()
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        tempfile.tempdir = None
