"""One warm session: a jailed worker process, spoken to in frames.

The protocol (``worker/cbits/supervise.c``): a request is a header (length, wall limit, stall limit), a nonce and
length-prefixed fields; a reply is a header (length, origin), the same nonce and one JSON object. Frames go over a
descriptor of their own: whatever a program prints goes nowhere.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seqplay.errors import ToolError, WorkerLost
from seqplay.haskell.sandbox.build import Build
from seqplay.haskell.sandbox.jail import LIBRARIES, Jail

NONCE = 16
MOST_REPLY = 64 << 20
GRACE = 15.0
"""Seconds that Python waits beyond a request's wall limit before it takes the whole jail for dead."""

_SPAWNER = ThreadPoolExecutor(1, thread_name_prefix="spawner")
"""All jails are started by one thread that lives on: bubblewrap dies with the thread that started it."""


def named(**numbers: int | Sequence[int]) -> str:
    """Return numbers by their names, as the worker reads them: ``seed=7 hung=3,5``."""
    values = {name: [value] if isinstance(value, int) else value for name, value in numbers.items()}
    return " ".join(f"{name}={','.join(map(str, value))}" for name, value in values.items())


@dataclass(frozen=True)
class SessionLimits:
    """What a worker may use. Memory and stack in MiB, beyond what the session itself takes."""

    memory_mib: int = 1024
    stack_mib: int = 256
    nursery_mib: int = 4
    items: int = 200
    processor_seconds: int = 900
    warm_trial: bool = False
    """Warm up for trials too, which takes some tenths of a second."""
    folders: tuple[Path, ...] = ()
    """What the jail shows besides what the worker is seen to need."""

    def for_trials(self) -> SessionLimits:
        """Return the limits of a session whose every request has a child of its own.

        The nursery is small, since each child copies the pages of it that it writes to.
        """
        return replace(self, warm_trial=True, nursery_mib=1)

    def runtime_options(self) -> list[str]:
        """Return the options of GHC's runtime system."""
        heap = self.memory_mib + 256
        return [
            "+RTS",
            f"-A{self.nursery_mib}m",
            f"-M{heap}m",
            f"-K{self.stack_mib}m",
            "--install-signal-handlers=no",
            "-RTS",
        ]


class Session:
    """A worker in a jail. Not for several threads at once."""

    def __init__(self, build: Build, jail: Jail, limits: SessionLimits) -> None:
        """Start the worker and wait until it is ready.

        Raises ``ToolError`` where it does not come up.
        """
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  closed in `close`
        with theirs:
            argv = self._arguments(build, limits, theirs.fileno())
            readable = [*LIBRARIES, *build.shown, *limits.folders]
            command = jail.command(argv, readable=readable, environment=build.environment)
            self._process = _SPAWNER.submit(self._spawn, command, theirs.fileno()).result()
        try:
            greeting = self._receive(b"0" * NONCE, 120.0)
        except WorkerLost as error:
            said = self._last_words()
            self.close()
            raise ToolError(f"the Haskell worker does not start: {said or error}") from error
        if not greeting.get("ready"):
            self.close()
            raise ToolError(f"the Haskell worker does not start: {greeting}")

    @staticmethod
    def _arguments(build: Build, limits: SessionLimits, descriptor: int) -> list[str]:
        recycle = [str(limits.items), str(limits.memory_mib // 2 + 400), str(limits.processor_seconds)]
        places = [
            str(build.compiler.libraries),
            str(build.package_db),
            str(build.warm_trial) if limits.warm_trial else "",
        ]
        return [str(build.program), str(descriptor), *places, *recycle, *limits.runtime_options()]

    def _spawn(self, command: list[str], descriptor: int) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._log,
                pass_fds=[descriptor],
                start_new_session=True,
            )
        except OSError as error:
            raise ToolError(f"the jail cannot be started: {error}") from error

    def _last_words(self) -> str:
        self._log.seek(0)
        lines = self._log.read(4000).decode("utf-8", "replace").strip().splitlines()
        return " ".join(lines[:3])

    def ask(self, fields: Sequence[str], *, seconds: float, stall_seconds: float = 0.0) -> dict[str, Any]:
        """Send one request and return its reply.

        A reply with ``lost`` says that the child that served it is gone, and why. Raises ``WorkerLost`` where the whole
        worker is.
        """
        nonce = secrets.token_hex(NONCE // 2).encode()
        encoded = [field.encode("utf-8", "replace") for field in fields]
        body = nonce + b"".join(struct.pack("<I", len(field)) + field for field in encoded)
        header = struct.pack("<III", len(body), int(seconds * 1000), int(stall_seconds * 1000))
        try:
            self._socket.settimeout(GRACE)
            self._socket.sendall(header + body)
        except OSError as error:
            raise WorkerLost(f"the worker does not listen ({error})") from error
        return self._receive(nonce, seconds + GRACE)

    def _receive(self, nonce: bytes, seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        length, _ = struct.unpack("<IB", self._exactly(5, deadline))
        if not NONCE <= length <= MOST_REPLY:
            raise WorkerLost(f"a reply of {length} bytes")
        body = self._exactly(length, deadline)
        if body[:NONCE] != nonce:
            raise WorkerLost("a reply to something that was not asked")
        try:
            reply = json.loads(body[NONCE:])
        except (ValueError, RecursionError) as error:
            raise WorkerLost("a reply that is not JSON") from error
        if not isinstance(reply, dict):
            raise WorkerLost("a reply that is no object")
        return reply

    def _exactly(self, count: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            left = deadline - time.monotonic()
            if left <= 0:
                raise WorkerLost("no reply in time")
            self._socket.settimeout(left)
            try:
                part = self._socket.recv(min(count - len(parts), 1 << 20))
            except OSError as error:
                raise WorkerLost(f"no reply ({error})") from error
            if not part:
                raise WorkerLost(f"the worker is gone {self._last_words()}".strip())
            parts += part
        return bytes(parts)

    @property
    def pid(self) -> int:
        """The process id of the jail."""
        return self._process.pid

    def close(self) -> None:
        """End the worker and everything in its jail."""
        self._socket.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._log.close()
