"""Daemons: processes that keep something loaded between the jobs of a run: a model, at most one for each GPU
(``engines.daemon``), or what training imports (``adapters.daemon``).

A daemon writes its address (a socket, and a token that every caller must know) into a folder of the machine that its
user alone can read, beside the locks of the GPUs (``runtime.gpus``): a GPU belongs to a machine, not to a run. Whoever
has locked a GPU may talk to the daemon that stays on it, put it to sleep, or end it. Here is how one is found and
ended; ``runtime.daemon_start`` starts one, and ``runtime.daemon_process`` is its own side.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import socket
import stat
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from seqplay.errors import ToolError
from seqplay.files import write_text
from seqplay.runtime.gpus import lock_folder

MARK = "SEQPLAY_DAEMON"
"""The environment variable by which a daemon's processes are known, also those that it left behind."""
SLEEP_SECONDS = 120.0
"""How long a daemon may take to put its weights aside, before it is ended instead."""
END_SECONDS = 20.0
"""How long one may take to end by itself."""

LAST_WORDS_SECONDS = 1.0
"""How long one that does not answer is left to write the cause into its log."""


class Channel:
    """A connection that carries JSON objects, one on a line."""

    def __init__(self, connection: socket.socket) -> None:
        """Take over a connected socket, with its timeout."""
        self._socket, self._file = connection, connection.makefile("rwb")

    def send(self, message: dict[str, Any]) -> None:
        """Send a message; ``OSError`` where the other side is gone."""
        self._file.write(json.dumps(message).encode() + b"\n")
        self._file.flush()

    def receive(self) -> dict[str, Any]:
        """Wait for a message; ``EOFError`` or ``OSError`` where the other side is gone."""
        line = self._file.readline()
        if not line.endswith(b"\n"):
            raise EOFError("the other side has ended")
        message: dict[str, Any] = json.loads(line)
        return message

    def fileno(self) -> int:
        """Return the socket's number among the process's files."""
        return self._socket.fileno()

    def send_files(self, *numbers: int) -> None:
        """Give the other side open files; it must be waiting for them (``receive_files``)."""
        socket.send_fds(self._socket, [b"\n"], numbers)

    def receive_files(self, count: int) -> list[int]:
        """Return the numbers that the files have here; ``EOFError`` where the other side is gone."""
        _, given, _, _ = socket.recv_fds(self._socket, 1, count)
        if len(given) != count:
            raise EOFError("the other side has ended")
        return given

    def wait_for_end(self) -> None:
        """Wait until the other side is gone; what it says until then is lost."""
        with suppress(OSError):
            while self._socket.recv(1):
                pass

    def close(self) -> None:
        """End the connection."""
        with suppress(OSError):  # what is still to be sent has nobody to read it
            self._file.close()
        self._socket.close()


class Address(BaseModel):
    """Where a daemon is to be reached."""

    model_config = ConfigDict(frozen=True)

    name: str
    """Of its file, and of its processes' ``MARK``."""
    identity: str
    """A hash of all that it works with."""
    devices: tuple[str, ...]
    """Its GPUs; none where it holds none."""
    pid: int
    """Also the number of its process group."""
    socket: str
    token: str
    log: str

    @property
    def path(self) -> Path:
        """The file that it is written to."""
        return folder() / f"{self.name}.json"

    def call(self, message: dict[str, Any], seconds: float | None) -> Channel:
        """Send a message and return the channel on which the answer comes, once the daemon is free.

        ``seconds`` bounds each wait; none: no bound. Raises ``OSError`` where the daemon is gone.
        """
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(seconds)
        try:
            connection.connect(self.socket)
            channel = Channel(connection)
            channel.send({"token": self.token, **message})
        except OSError:
            connection.close()
            raise
        return channel

    def ask(self, order: str, seconds: float) -> bool:
        """Send an order without arguments; say whether it was carried out in time."""
        with suppress(OSError, EOFError), closing(self.call({"order": order}, seconds)) as channel:
            return "done" in channel.receive()
        return False

    def end(self) -> None:
        """End the daemon and whatever it left behind; a GPU's memory is free afterwards."""
        asked = self.ask("stop", END_SECONDS)
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._gone(END_SECONDS if asked else LAST_WORDS_SECONDS):
                break
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)
            asked = True
        self._gone(END_SECONDS)
        self.forget()

    def forget(self) -> None:
        """Remove the address, unless it is another daemon's by now, and the socket."""
        with suppress(OSError, ValidationError):
            if Address.model_validate_json(self.path.read_text(encoding="utf-8")).pid == self.pid:
                self.path.unlink()
        shutil.rmtree(Path(self.socket).parent, ignore_errors=True)

    def alive(self) -> bool:
        """Say whether any of the daemon's processes is there."""
        return bool(self._processes())

    def _gone(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while self._processes():
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def _processes(self) -> list[psutil.Process]:
        """Return the daemon's processes: of its group, and marked as its own (numbers come round again)."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if os.getpgid(process.pid) == self.pid and process.environ().get(MARK) == self.name:
                    found.append(process)
        return found


def folder() -> Path:
    """Return the folder of this user's addresses; ``ToolError`` where others could write there.

    Each Slurm job has one of its own: GPU 0 of one is not that of another.
    """
    path = lock_folder()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.stat(follow_symlinks=False)
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077 or not stat.S_ISDIR(found.st_mode):
        raise ToolError(f"{path}: others can write there, and engines are found by it; remove it, or set TMPDIR")
    own = path / (os.environ.get("SLURM_JOB_ID") or "here")
    own.mkdir(exist_ok=True)
    return own


def addresses(devices: Sequence[str] | None = None) -> list[Address]:
    """Return the daemons of this user on this machine; with ``devices``, those that share a GPU with them."""
    found = []
    for path in sorted(folder().glob("*.json")):
        try:
            address = Address.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValidationError):
            continue  # it ended at this moment
        if devices is None or set(devices) & set(address.devices):
            found.append(address)
    return found


def publish(address: Address) -> None:
    """Write a daemon's address, which its user alone can read."""
    write_text(address.path, address.model_dump_json())


def make_room(devices: Sequence[str]) -> None:
    """Have the daemons on some GPUs put their weights aside; one that does not is ended."""
    for address in addresses(devices):
        if not address.ask("sleep", SLEEP_SECONDS):
            logging.info("engine daemon %d does not sleep: ended", address.pid)
            address.end()


def end_all(devices: Sequence[str]) -> None:
    """End the daemons on some GPUs."""
    for address in addresses(devices):
        address.end()
