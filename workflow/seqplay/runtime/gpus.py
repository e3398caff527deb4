"""GPUs of this machine: counted without CUDA and without NVIDIA's packages, and shared out among local jobs.

Without a scheduler nothing says which GPU is whose: every engine would start on the first one. So a job that asks for
GPUs locks them, by a file each that the kernel unlocks when the job ends, however it ends.
"""

from __future__ import annotations

import fcntl
import logging
import os
import tempfile
import time
from collections.abc import Mapping, MutableMapping, Sequence
from itertools import product
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from seqplay.errors import ConfigError

VISIBLE = "CUDA_VISIBLE_DEVICES"
DEVICES = Path("/dev")
PATIENCE = 1.0
"""Seconds between two looks for a free GPU."""


def visible_gpus(environment: Mapping[str, str] = os.environ, devices: Path = DEVICES) -> list[str]:
    """Return the GPUs that jobs may use here, as ``CUDA_VISIBLE_DEVICES`` names them: those of it, else all there
    are."""
    chosen = environment.get(VISIBLE)
    if chosen is not None:
        return [name.strip() for name in chosen.split(",") if name.strip()]
    found = [path.name.removeprefix("nvidia") for path in devices.glob("nvidia*")]
    return sorted((name for name in found if name.isdecimal()), key=int)


def local_gpus(sharing: int = 1, environment: Mapping[str, str] = os.environ, devices: Path = DEVICES) -> int:
    """Return how many GPUs local jobs may use in all, one that ``sharing`` jobs share counted as so many.

    At least one: where none is found (a driver that shows them otherwise), jobs that ask for one run one by one.
    """
    return sharing * max(1, len(visible_gpus(environment, devices)))


def lock_folder() -> Path:
    """Return the folder of this user's locks on this machine."""
    return Path(tempfile.gettempdir()) / f"seqplay-gpus-{os.getuid()}"


class GpuClaim:
    """A job's GPUs: a context manager within which they are its alone, and ``CUDA_VISIBLE_DEVICES`` names them.

    Nothing is claimed where a job asks for none, where no GPU is found, and where a scheduler has given the job no more
    than it asks for. Raises ``ConfigError`` where it asks for more than there are.
    """

    def __init__(
        self,
        count: int,
        sharing: int = 1,
        *,
        environment: MutableMapping[str, str] = os.environ,
        devices: Path = DEVICES,
        locks: Path | None = None,
    ) -> None:
        """Look what is here; GPUs are locked on entering, each by at most ``sharing`` jobs at a time."""
        self._environment = environment
        self._locks = locks or lock_folder()
        self.count = count
        self.sharing = sharing
        self._found = visible_gpus(environment, devices)
        self._scheduler = environment.get("SLURM_JOB_ID", "")
        self._held: list[IO[str]] = []

    @property
    def _needed(self) -> bool:
        given = bool(self._scheduler) and len(self._found) <= self.count
        return self.count > 0 and bool(self._found) and not given

    def __enter__(self) -> Self:
        if not self._needed:
            return self
        if self.count > len(self._found):
            raise ConfigError(
                f"config key resources: a job asks for {self.count} GPUs, and {len(self._found)} are here "
                f"({', '.join(self._found)}); lower `gpus` (and engine.vllm.tensor_parallel), or use a larger machine"
            )
        self._locks.mkdir(mode=0o700, parents=True, exist_ok=True)
        mine = self._take()
        if not mine:
            logging.info("waiting for %d free GPUs: other jobs hold those of this machine", self.count)
        while not mine:
            time.sleep(PATIENCE)
            mine = self._take()
        self._environment[VISIBLE] = ",".join(mine)
        logging.info("on GPU %s", self._environment[VISIBLE])
        return self

    def _take(self) -> Sequence[str]:
        """Lock as many GPUs as are asked for and return their names; or none, and none is locked."""
        names: list[str] = []
        for place, name in product(range(self.sharing), self._found):  # an idle GPU before a shared one
            ending = f"-{place}" if place else ""
            lock = (self._locks / f"{self._scheduler or 'here'}-{name.replace('/', '_')}{ending}.lock").open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            if name in names:
                lock.close()
                continue
            self._held.append(lock)
            names.append(name)
            if len(names) == self.count:
                return names
        self._release()  # a job that holds some and waits for more would wait for one that does the same
        return []

    def _release(self) -> None:
        for lock in self._held:
            lock.close()
        self._held.clear()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._held:
            self._environment[VISIBLE] = ",".join(self._found)
        self._release()
