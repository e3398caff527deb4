"""Starting a daemon (``runtime.daemons``): once, although several jobs may want it at the same moment."""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel

import seqplay
from seqplay.errors import ToolError
from seqplay.runtime.daemons import MARK, Address, addresses, folder

HEARD_SECONDS = 120.0
"""How long a daemon may take until it hears callers; a model is loaded later."""
LONGEST_FOLDER = 60
"""Of the temporary folder's name: a socket's may have 107 letters."""
LOG_LINES = 40
"""Lines of a daemon's log that a failed stage takes into its own."""


def start(
    name: str,
    identity: str,
    devices: tuple[str, ...],
    command: Sequence[str],
    order: Callable[[Address], BaseModel],
) -> Address:
    """Start a daemon by a command that reads its order, and return its address once it hears callers.

    Raises ``ToolError`` where it does not start; the cause is then in the log of the job.
    """
    address = Address(
        name=name, identity=identity, devices=devices, pid=0,
        socket=str(_socket_folder() / "daemon"), token=secrets.token_hex(32),
        log=str(folder() / f"{name}.log"),
    )  # fmt: skip
    with Path(address.log).open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log, stderr=log,
            start_new_session=True, env=os.environ | {MARK: name, "PYTHONPATH": python_path()},
        )  # fmt: skip
    assert process.stdin is not None
    with process.stdin as stdin:
        stdin.write(order(address).model_dump_json().encode())
    logging.info("daemon %s starts as process %d (its log: %s)", name, process.pid, address.log)
    end = time.monotonic() + HEARD_SECONDS
    while time.monotonic() < end and process.poll() is None:
        for found in addresses():
            if found.pid == process.pid and found.name == name:
                return found
        time.sleep(0.05)
    started = address.model_copy(update={"pid": process.pid})
    started.end()
    quote(started)
    raise ToolError(f"{name}: its process does not start; the cause stands above in the log")


def python_path() -> str:
    """Return where another Python finds this seqplay."""
    here = str(Path(seqplay.__file__).resolve().parents[1])
    return os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])


def _socket_folder() -> Path:
    """Make a folder that the user alone can enter, of a name short enough for a socket's."""
    usual = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix="seqplay-", dir=usual if len(usual) <= LONGEST_FOLDER else "/tmp"))


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Keep other jobs from starting the same daemon at the same time."""
    with (folder() / f"{name}.starting").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def quote(address: Address) -> None:
    """Copy the end of a daemon's log into the job's own, where its cause is looked for."""
    try:
        lines = Path(address.log).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    logging.info(
        "daemon %s (%d) ended; the end of its log:\n%s", address.name, address.pid, "\n".join(lines[-LOG_LINES:])
    )
