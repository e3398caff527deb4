"""The kernel in a jail: model-written terms, and z3 on them, never run in the process of a stage."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import queue
import select
import signal
import struct
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import seqplay
from seqplay.config import HaskellConfig
from seqplay.errors import ToolError, WorkerLost
from seqplay.haskell.sandbox.jail import LIBRARIES, Jail, open_jail
from seqplay.proof.kernel.opinion import Opinion, Stand
from seqplay.proof.kernel.worker import SECONDS
from seqplay.proof.theorem.problem import Problem

START_SECONDS = 60.0
WALL = 5 * SECONDS
"""Wall seconds after which a request is given up: far beyond its processor time, also on a busy machine."""
REQUESTS_PER_PROCESS = 500
_LOST = ("limit", "the kernel's process ended at a limit")
WITHOUT = "proof.evidence: bounded plays without it"
_SPAWNER = ThreadPoolExecutor(1, thread_name_prefix="kernel-spawner")
"""Bubblewrap dies with the thread that started it: this one lives on."""


class Kernel:
    """Warm jailed kernels; thread-safe. Use as a context manager."""

    def __init__(self, jail: Jail) -> None:
        """Use ``open`` instead."""
        self._jail = jail
        self._idle: queue.LifoQueue[_Session] = queue.LifoQueue()

    @classmethod
    def open(cls, haskell: HaskellConfig) -> Self:
        """Start a kernel in the configured jail; raises ``ToolError`` where none holds, or Python or z3 fail in it."""
        if find_spec("z3") is None:
            raise ToolError("the Python package z3-solver is missing: run `make setup` again")
        made = cls(open_jail(haskell.jail, haskell.ghc, haskell.bwrap))
        made._idle.put(_Session(made._jail))
        return made

    @property
    def versions(self) -> str:
        """What judges, for the records."""
        from importlib.metadata import version

        return f"kernel {KERNEL_VERSION}, z3-solver {version('z3-solver')}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all processes."""
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def opinion(self, problem: Problem, proof: str) -> Opinion:
        """Return the kernel's opinion of a proof; a process that is lost at a limit leaves it undecided."""
        reply = self._ask("opinion", problem, proof)
        if reply is None:
            return Opinion(stand=Stand.UNDECIDED, reason=_LOST[0], message=_LOST[1])
        return Opinion.model_validate(reply["answer"])

    def definitions_refused(self, problem: Problem) -> tuple[str, str] | None:
        """Return why the definitions of P or Q are not shown to be total and to end; none where they are."""
        reply = self._ask("definitions", problem)
        if reply is None:
            return _LOST
        refused = reply["answer"]
        return (str(refused[0]), str(refused[1])) if refused is not None else None

    def candidates_that_fail(self, problem: Problem, text: str) -> list[int] | None:
        """Return the lines of the candidates of a text that are not shown; none where nothing can be said."""
        reply = self._ask("candidates", problem, text)
        return None if reply is None or reply["answer"] is None else [int(line) for line in reply["answer"]]

    def _ask(self, kind: str, *arguments: object) -> dict[str, Any] | None:
        try:
            session = self._idle.get_nowait()
        except queue.Empty:
            session = _Session(self._jail)
        try:
            reply = session.ask(kind, arguments)
        except WorkerLost:
            session.close()
            return None
        except BaseException:
            session.close()
            raise
        if session.served < REQUESTS_PER_PROCESS:
            self._idle.put(session)
        else:
            session.close()
        return reply if "answer" in reply else None


KERNEL_VERSION = 1
"""Goes up with every change after which the kernel may say something else of a proof."""


class _Session:
    """One jailed process."""

    def __init__(self, jail: Jail) -> None:
        self.served = 0
        self._buffer = b""
        self._process = _SPAWNER.submit(_spawned, _command(jail)).result()
        try:
            greeting = self._line(time.monotonic() + START_SECONDS)
        except WorkerLost as error:
            self.close()
            raise ToolError(f"the proof kernel does not start in the jail: {error}; {WITHOUT}") from error
        if greeting != {"ready": True}:
            self.close()
            raise ToolError(f"the proof kernel does not start in the jail: {greeting}; {WITHOUT}")

    def ask(self, kind: str, arguments: tuple[object, ...]) -> dict[str, Any]:
        """Send a request and return its reply; raises ``WorkerLost``."""
        self.served += 1
        assert self._process.stdin is not None
        payload = pickle.dumps((kind, arguments))
        try:
            self._process.stdin.write(struct.pack("<I", len(payload)) + payload)
            self._process.stdin.flush()
        except OSError as error:
            raise WorkerLost(f"the kernel does not listen ({error})") from error
        return self._line(time.monotonic() + WALL)

    def _line(self, deadline: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise WorkerLost("no reply in time")
            part = os.read(descriptor, 1 << 16)
            if not part:
                raise WorkerLost("the kernel's process is gone")
            self._buffer += part
        line, _, self._buffer = self._buffer.partition(b"\n")
        try:
            reply = json.loads(line)
        except ValueError as error:
            raise WorkerLost(f"a reply that is no JSON ({error})") from error
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


def _command(jail: Jail) -> list[str]:
    """Return the command of a worker: it sees Python, its packages, and this package."""
    python = Path(os.path.realpath(sys.executable))
    home = Path(sys.base_prefix)
    packages = _packages()
    own = Path(seqplay.__file__).resolve().parent
    readable = [*LIBRARIES, *([home] if home != Path("/usr") else [python]), *packages, own]
    # The package is loaded by its place: to be searched for, its parent would have to be seen, perhaps someone's home.
    start = (
        f"import sys; sys.path[:0] = {[*map(str, packages)]!r}; import importlib.util as found; "
        f"spec = found.spec_from_file_location('seqplay', {str(own / '__init__.py')!r}, "
        f"submodule_search_locations=[{str(own)!r}]); "
        "sys.modules['seqplay'] = package = found.module_from_spec(spec); spec.loader.exec_module(package); "
        "from seqplay.proof.kernel.worker import main; main()"
    )
    environment = {"PATH": "/usr/bin", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}
    return jail.command(
        [str(python), "-I", "-S", "-B", "-c", start], readable=readable, environment=environment, scratch_mib=1
    )


def _packages() -> list[Path]:
    """Return not the whole path: what is installed, and where z3 and pydantic are if elsewhere, but for a home."""
    named = (find_spec(name) for name in ("z3", "pydantic"))
    found = {Path(spec.origin).resolve().parents[1] for spec in named if spec is not None and spec.origin}
    apart = {folder for folder in found if not Path.home().resolve().is_relative_to(folder)}
    installed = {Path(path).resolve() for path in sys.path if path.endswith("-packages") and Path(path).is_dir()}
    return sorted(apart | installed)


def _spawned(command: list[str]) -> subprocess.Popen[bytes]:
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
