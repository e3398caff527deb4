"""Untrusted Python in the same kind of jail as untrusted Haskell: warm interpreters that answer calls of solutions."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from seqplay.config import HaskellConfig
from seqplay.config.dataset import PythonConfig
from seqplay.errors import ToolError, WorkerLost
from seqplay.haskell.sandbox.jail import LIBRARIES, Jail, open_jail

SUPERVISOR = Path(__file__).with_name("supervisor.py")
PROGRAMS_PER_JAIL = 500
START_SECONDS = 20.0
_SPAWNER = ThreadPoolExecutor(1, thread_name_prefix="python-spawner")
"""Bubblewrap dies with the thread that started it: this one lives on."""


@dataclass(frozen=True)
class Called:
    """What a call gave: a Python value, or why there is none."""

    value: Any = None
    problem: str = ""
    """``raises NAME``, ``timeout``, ``broken NAME`` (the solution itself does not run), or ``unreadable``."""


@dataclass(frozen=True)
class Report:
    """What a solution gave on calls, one each, and how many of its unit tests it passes (none: not known)."""

    calls: tuple[Called, ...]
    passed: int | None


def open_python_jail(haskell: HaskellConfig) -> Jail:
    """Return the configured jail, once a Python in it has been seen to be confined; raises ``ToolError``."""
    jail = open_jail(haskell.jail, haskell.ghc, haskell.bwrap)
    _Session(jail).close()
    return jail


class PythonPool:
    """Warm jailed interpreters; thread-safe."""

    def __init__(self, jail: Jail, config: PythonConfig, workers: int) -> None:
        """Use ``open`` instead."""
        self._jail = jail
        self._config = config
        self._workers = workers
        self._idle: queue.LifoQueue[_Session] = queue.LifoQueue()
        self._slots = threading.Semaphore(workers)

    @classmethod
    def open(cls, config: PythonConfig, haskell: HaskellConfig) -> Self:
        """Find a jail that holds; raises ``ToolError`` where none does, or Python does not start in it."""
        return cls(open_python_jail(haskell), config, haskell.workers or len(os.sched_getaffinity(0)))

    @property
    def workers(self) -> int:
        """How many solutions run at once."""
        return self._workers

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def call(self, code: str, function: str, calls: Sequence[Sequence[Any]], tests: Sequence[str] = ()) -> Report:
        """Run a solution's function on arguments; raises ``WorkerLost`` where the jail is lost twice."""
        request = {
            "code": code,
            "function": function,
            "calls": [[encode(argument) for argument in arguments] for arguments in calls],
            "tests": list(tests),
            "seconds": self._config.seconds,
            "memory_mib": self._config.memory_mib,
            "bytes": self._config.output_bytes,
        }
        return _report(self._ask(request), len(calls))

    def attempt(self, prompt: str, code: str, function: str, test: str, *, call_check: bool) -> str:
        """Say whether a program passes a test: ``passed``, ``failed`` or ``timeout``; raises ``WorkerLost``.

        The test runs in a process of its own and sees of the program only what calls of the function give, as plain
        data. ``call_check``: the test defines ``check`` and leaves it to us to call it.
        """
        request = {
            "prompt": prompt,
            "code": code,
            "function": function,
            "test": test,
            "call_check": call_check,
            "seconds": self._config.seconds,
            "memory_mib": self._config.memory_mib,
            "bytes": self._config.output_bytes,
        }
        return str(self._ask(request)["end"])

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Ask a session, and a fresh one where it is lost, once."""
        with self._slots:
            for attempt in range(2):
                session = self._take()
                try:
                    reply = session.ask(request, 2 * self._config.seconds + START_SECONDS)
                except WorkerLost:
                    session.close()
                    if attempt:
                        raise
                    continue
                if session.served < PROGRAMS_PER_JAIL:
                    self._idle.put(session)
                else:
                    session.close()
                return reply
        raise WorkerLost("no session")

    def _take(self) -> _Session:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return _Session(self._jail)


class _Session:
    """One jailed supervisor."""

    def __init__(self, jail: Jail) -> None:
        self.served = 0
        python = Path(os.path.realpath(sys.executable))
        home = Path(sys.base_prefix)
        argv = [str(python), "-I", "-S", "-B", "-c", SUPERVISOR.read_text(encoding="utf-8")]
        readable = [*LIBRARIES, home] if home != Path("/usr") else [*LIBRARIES, python]
        environment = {"PATH": "/usr/bin", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}
        command = jail.command(argv, readable=readable, environment=environment, scratch_mib=1)
        self._process = _SPAWNER.submit(_spawn, command).result()
        self._buffer = b""
        try:
            greeting = self._line(time.monotonic() + START_SECONDS)
        except WorkerLost as error:
            self.close()
            raise ToolError(f"Python does not start in the jail ({python}): {error}") from error
        if greeting != {"ready": True}:
            self.close()
            raise ToolError(f"Python does not start in the jail: {greeting}")

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send a request and return its reply; raises ``WorkerLost``."""
        self.served += 1
        if self._process.stdin is None:
            raise WorkerLost("no pipe")
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise WorkerLost(f"the jailed Python does not listen ({error})") from error
        return self._line(time.monotonic() + seconds)

    def _line(self, deadline: float) -> dict[str, Any]:
        if self._process.stdout is None:
            raise WorkerLost("no pipe")
        descriptor = self._process.stdout.fileno()
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise WorkerLost("no reply in time")
            part = os.read(descriptor, 1 << 16)
            if not part:
                raise WorkerLost("the jailed Python is gone")
            self._buffer += part
        line, _, self._buffer = self._buffer.partition(b"\n")
        reply = json.loads(line)
        if not isinstance(reply, dict):
            raise WorkerLost("a reply that is no object")
        return reply

    def close(self) -> None:
        """End the jail and everything in it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _spawn(command: list[str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise ToolError(f"the jail cannot be started: {error}") from error


def _report(reply: dict[str, Any], count: int) -> Report:
    """Read what a child wrote; it may have written anything."""
    entries = [_read(line) for line in reply["lines"]]
    broken = next((entry["broken"] for entry in entries[:1] if isinstance(entry.get("broken"), str)), None)
    if broken is not None:
        return Report(tuple(Called(problem=f"broken {broken[:60]}") for _ in range(count)), None)
    late = "timeout" if reply["end"] == "timeout" else "output_limit" if reply["end"] == "output_limit" else "died"
    calls = [_called(entries[n]) if n < len(entries) else Called(problem=late) for n in range(count)]
    passed = entries[count].get("passed") if len(entries) > count else None
    return Report(tuple(calls), passed if type(passed) is int else None)


def _read(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _called(entry: dict[str, Any]) -> Called:
    if isinstance(entry.get("raises"), str):
        return Called(problem=f"raises {entry['raises'][:60]}")
    if "value" not in entry:
        return Called(problem="unreadable")
    try:
        return Called(value=decode(entry["value"]))
    except (ValueError, TypeError, RecursionError):
        return Called(problem="unreadable")


class Foreign:
    """A Python value without counterpart, by the name of its type."""

    def __init__(self, name: str) -> None:
        self.name = name


def encode(value: Any) -> Any:
    """Return the JSON of an argument; it keeps the Python type."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return {"i": str(value)}
    if isinstance(value, float):
        return {"f": repr(value)}
    if isinstance(value, str):
        return {"s": value}
    if isinstance(value, dict):
        return {"d": [[encode(k), encode(v)] for k, v in value.items()]}
    kind = "l" if isinstance(value, list) else "t" if isinstance(value, tuple) else "e"
    return {kind: [encode(item) for item in value]}


def decode(data: Any) -> Any:
    """Return the value of a result's JSON; raises ``ValueError`` or ``TypeError`` where it is none."""
    if data is None or isinstance(data, bool):
        return data
    if not isinstance(data, dict) or len(data) != 1:
        raise ValueError("not an encoded value")
    ((kind, inner),) = data.items()
    if kind in ("i", "f", "s", "o"):
        if not isinstance(inner, str):
            raise ValueError("not an encoded value")
        return {"i": int, "f": float, "s": str, "o": Foreign}[kind](inner)
    if kind == "d":
        return {decode(k): decode(v) for k, v in inner}
    if kind in ("l", "t", "e"):
        return {"l": list, "t": tuple, "e": set}[kind](decode(item) for item in inner)
    raise ValueError("not an encoded value")
