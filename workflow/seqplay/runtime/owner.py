"""The owner of a run: the Snakemake process that plays it, for as long as which its helpers stay.

What outlives a job (an engine that stays loaded) must not outlive the run, however it ends. So the run's process says
in the environment which it is, and a helper looks whether that process is still there. A process elsewhere (another
node, another Slurm allocation) cannot be looked at, and counts as no owner.
"""

from __future__ import annotations

import logging
import os
import platform
import threading
import time
from typing import Self

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

VARIABLE = "SEQPLAY_OWNER"
"""The environment variable in which the run's process describes itself to its jobs."""
LOOK_SECONDS = 1.0
"""How often a job looks whether the run is still there."""


class Owner(BaseModel):
    """A process, told apart from any later one with the same number."""

    model_config = ConfigDict(frozen=True)

    pid: int
    started: float
    """Seconds since the epoch."""
    machine: str
    allocation: str
    """The Slurm job in which it runs; empty outside of Slurm."""

    @classmethod
    def this_process(cls) -> Self:
        """Describe the calling process."""
        return cls(
            pid=os.getpid(), started=psutil.Process().create_time(), machine=platform.node(), allocation=_slurm()
        )

    def alive(self) -> bool:
        """Say whether the process is still there."""
        try:
            process = psutil.Process(self.pid)
            return abs(process.create_time() - self.started) < 1 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


def declare() -> None:
    """Make the calling process the owner of the run, known to all processes that it starts from here on."""
    os.environ[VARIABLE] = Owner.this_process().model_dump_json()


def owner() -> Owner | None:
    """Return the owner of the run that this process works for; none outside of a run, or if it cannot be seen here."""
    try:
        found = Owner.model_validate_json(os.environ.get(VARIABLE, ""))
    except ValidationError:
        return None
    here = found.machine == platform.node() and found.allocation == _slurm()
    return found if here and found.alive() else None


def end_with(run: Owner) -> None:
    """End this process soon after the run, however that ends: nobody waits for the result, the next run may be writing
    the same files, and every core is taken from it."""

    def watch() -> None:
        while run.alive():
            time.sleep(LOOK_SECONDS)
        logging.error("the run has ended, and so does this job")
        os._exit(1)

    threading.Thread(target=watch, name="watch over the run", daemon=True).start()


def _slurm() -> str:
    return os.environ.get("SLURM_JOB_ID", "")
