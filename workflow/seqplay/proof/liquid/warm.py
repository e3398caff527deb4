"""A warm session: a jailed process in which GHC and Liquid Haskell are loaded, and from which each check is forked."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import struct
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from seqplay.errors import ToolError, WorkerLost
from seqplay.proof.liquid.toolchain import Toolchain
from seqplay.proof.liquid.verdict import ModuleText, Outcome

MOST_REPLY = 256 << 20
START_SECONDS = 180.0
GRACE = 15.0
"""Seconds beyond a check's own limit after which the whole session is taken for dead."""

_RUNTIME = ("-A4m", "-O256m", "--install-signal-handlers=no")
"""A nursery that fits the processor's cache, and no collection of the old generation in the usual check."""

_SPAWNER = ThreadPoolExecutor(1, thread_name_prefix="liquid-spawner")
"""One thread starts all jails: bubblewrap dies with the thread that started it."""


class WarmSession:
    """A worker in a jail. Not for several threads at once."""

    def __init__(self, tools: Toolchain, program: Path, library: Path | None, warm: ModuleText) -> None:
        """Start the worker and let it load ``warm``; ``library`` is the package database that checks may import from.

        Raises ``ToolError`` where it does not come up.
        """
        heap = tools.limits.memory_mib - 512
        runtime = ["+RTS", *_RUNTIME, f"-M{heap}m", "-RTS"]
        places = [str(tools.compiler.libraries), "/tmp", str(tools.limits.memory_mib)]
        flags = [*tools.flags(library), "-fno-code"]
        argv = [str(program), *runtime, *places, *tools.options, "--", *flags]
        command = tools.jailed(argv, readable=[program.parent, *([library.parent] if library else [])])
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  closed in `close`
        self._process = _SPAWNER.submit(self._spawn, command).result()
        try:
            self._send([*warm])
            greeting = self._receive(START_SECONDS)
        except WorkerLost as error:
            said = self._last_words()
            self.close()
            raise ToolError(f"the Liquid Haskell session does not start: {said or error}") from error
        if greeting[:1] != [b"ready"]:
            self.close()
            said = b" ".join(greeting[1:]).decode("utf-8", "replace")
            raise ToolError(f"the Liquid Haskell session does not start: {' '.join(said.split())[:600]}")

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, start_new_session=True
            )
        except OSError as error:
            raise ToolError(f"the jail cannot be started: {error}") from error

    def _last_words(self) -> str:
        self._log.seek(0)
        return " ".join(self._log.read(4000).decode("utf-8", "replace").split())[:600]

    def check(self, modules: Sequence[ModuleText], seconds: float, wall: float) -> Outcome:
        """Check modules in a fork of the session; raises ``WorkerLost`` where the session itself is gone."""
        self._send([str(round(wall * 1000)), str(max(1, round(seconds))), *(part for each in modules for part in each)])
        reply = self._receive(wall + GRACE)
        if len(reply) != len(modules) + 2:
            raise WorkerLost(f"a reply of {len(reply)} parts")
        ended, log, *results = (part.decode("utf-8", "replace") for part in reply)
        return Outcome(ended, log, tuple(results))

    # ------------------------------------------------------------ frames

    def _send(self, parts: Sequence[str]) -> None:
        encoded = [part.encode("utf-8", "replace") for part in parts]
        frame = struct.pack("<I", len(encoded)) + b"".join(struct.pack("<I", len(part)) + part for part in encoded)
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(frame)
            self._process.stdin.flush()
        except OSError as error:
            raise WorkerLost(f"the session does not listen ({error})") from error

    def _receive(self, seconds: float) -> list[bytes]:
        deadline = time.monotonic() + seconds
        count = self._number(deadline)
        return [self._exactly(self._number(deadline), deadline) for _ in range(count)]

    def _number(self, deadline: float) -> int:
        value: int = struct.unpack("<I", self._exactly(4, deadline))[0]
        if value > MOST_REPLY:
            raise WorkerLost(f"a frame of {value}")
        return value

    def _exactly(self, count: int, deadline: float) -> bytes:
        assert self._process.stdout is not None
        found = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while len(found) < count:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise WorkerLost("no reply in time")
                piece = os.read(self._process.stdout.fileno(), min(count - len(found), 1 << 20))
                if not piece:
                    raise WorkerLost(f"the session is gone {self._last_words()}".strip())
                found += piece
        return bytes(found)

    @property
    def pid(self) -> int:
        """The process id of the jail."""
        return self._process.pid

    def close(self) -> None:
        """End the session and everything in its jail."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._log):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
