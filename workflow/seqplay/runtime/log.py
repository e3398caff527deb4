"""A job's log: one file, which the processes that the job starts append to as well."""

from __future__ import annotations

import logging
import os
from pathlib import Path

VARIABLE = "SEQPLAY_LOG"
"""Names the job's log to the processes that it starts."""


def begin_log(path: Path) -> None:
    """Log to a new file from here on, and tell this process's children of it."""
    path.write_bytes(b"")
    os.environ[VARIABLE] = str(path.resolve())
    attach_log()


def attach_log() -> None:
    """Append to the log of the job that started this process; outside of a job, change nothing."""
    path = os.environ.get(VARIABLE)
    if path is None:
        return
    logging.basicConfig(
        filename=path,
        filemode="a",
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        level=logging.INFO,
        force=True,
    )
    logging.captureWarnings(True)
