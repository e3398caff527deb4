"""The outer wall: a command runs without network, home, other processes or a writable system, or it does not run.

A backend turns a command into a longer one. Which backends work here is found out by running a probe; where none does,
``open_jail`` refuses (fails closed), unless the configuration accepts in words that there is none.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from seqplay.errors import ToolError

LIBRARIES = (Path("/usr/lib"), Path("/usr/lib64"), Path("/lib"), Path("/lib64"), Path("/etc/ld.so.cache"))
"""What a dynamically linked program needs of the system."""
PROGRAMS = (*LIBRARIES, Path("/usr/bin"), Path("/bin"), Path("/etc/alternatives"))
"""With the system's commands."""


@dataclass(frozen=True)
class JailInfo:
    """Which jail holds, for the records."""

    name: str
    version: str


class Jail(Protocol):
    """A way to run a command with nothing but what it is given."""

    @property
    def info(self) -> JailInfo:
        """Name and version."""

    def command(
        self,
        argv: Sequence[str],
        *,
        readable: Sequence[Path] = LIBRARIES,
        writable: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
        scratch_mib: int = 64,
    ) -> list[str]:
        """Return the command that runs ``argv`` inside.

        ``readable`` and ``writable`` folders keep their paths; ``/tmp`` is private, of so many MiB; the environment is
        the one given and nothing else. Descriptors passed to the command reach ``argv``.
        """


@dataclass(frozen=True)
class Bubblewrap:
    """Namespaces for everything, by ``bwrap``."""

    program: str
    version: str

    @property
    def info(self) -> JailInfo:
        """Name and version."""
        return JailInfo("bubblewrap", self.version)

    def command(
        self,
        argv: Sequence[str],
        *,
        readable: Sequence[Path] = LIBRARIES,
        writable: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
        scratch_mib: int = 64,
    ) -> list[str]:
        """Return the command, as ``Jail.command``."""
        # The first process of the jail is bubblewrap itself, and /proc shows its environment: it gets none.
        command = [
            "/usr/bin/env",
            "-i",
            self.program,
            "--unshare-all",
            "--unshare-user",
            "--uid",
            "65534",
            "--gid",
            "65534",
        ]
        if self._newer_than(0, 8):
            command.append("--disable-userns")
        command += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "jail", "--clearenv"]
        for name, value in (environment or {"PATH": "/usr/bin", "LANG": "C.UTF-8"}).items():
            command += ["--setenv", name, value]
        command += ["--size", str(scratch_mib << 20), "--tmpfs", "/tmp"]
        for path in readable:
            if path.is_symlink():
                command += ["--symlink", str(path.readlink()), str(path)]
            elif path.exists():
                command += ["--ro-bind", str(path), str(path)]
        for path in writable:
            command += ["--bind", str(path), str(path)]
        command += ["--proc", "/proc", "--dev", "/dev", "--size", str(1 << 20), "--tmpfs", "/dev/shm"]
        # Started by root, the jail's user is root to /proc/sys; and /dev is memory that has no size.
        command += ["--ro-bind", "/proc/sys", "/proc/sys", "--remount-ro", "/dev", "--remount-ro", "/"]
        return [*command, "--chdir", "/tmp", "--", *argv]

    def _newer_than(self, major: int, minor: int) -> bool:
        found = [int(part) for part in re.findall(r"\d+", self.version)[:2]]
        return found >= [major, minor]

    @staticmethod
    def find() -> Bubblewrap | None:
        """Return the backend where ``bwrap`` is installed."""
        program = shutil.which("bwrap")
        if program is None:
            return None
        shown = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30).stdout.split()
        return Bubblewrap(program, shown[-1] if shown else "unknown")


@dataclass(frozen=True)
class NoJail:
    """Nothing at all: for a machine that is itself a sandbox, and only where the configuration says so in words."""

    @property
    def info(self) -> JailInfo:
        """Name and version."""
        return JailInfo("none", "accepted by the configuration")

    def command(
        self,
        argv: Sequence[str],
        *,
        readable: Sequence[Path] = LIBRARIES,
        writable: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
        scratch_mib: int = 64,
    ) -> list[str]:
        """Return the command with its environment, and no walls."""
        variables = environment or {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        return ["/usr/bin/env", "-i", *(f"{name}={value}" for name, value in variables.items()), *argv]


PROBE = " && ".join(
    [
        "test ! -e /home",
        "test ! -e /root",
        "test $(ls -d /proc/[0-9]* | wc -l) -lt 12",
        "! touch /probe 2>/dev/null",
        "test $(grep -c : /proc/net/dev) -le 1",
    ]
)
"""Succeeds only where there is no home, no foreign process, no writable root and no network but loopback."""


def probe(jail: Jail) -> str | None:
    """Run a shell in the jail that looks for what must not be there; return what is wrong, or none."""
    command = jail.command(["/bin/sh", "-c", PROBE], readable=PROGRAMS)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    if done.returncode != 0:
        return (done.stderr.strip().splitlines() or [f"the probe ends with {done.returncode}"])[0]
    return None


def open_jail(wanted: str) -> Jail:
    """Return the jail that the configuration asks for (``haskell.jail``), once its probe has passed.

    Raises ``ToolError`` where it does not hold here.
    """
    if wanted == "i-accept-no-jail":
        return NoJail()
    found = Bubblewrap.find()
    if found is None:
        raise ToolError("no jail: bubblewrap (bwrap) is not installed; run `sudo apt-get install bubblewrap`")
    wrong = probe(found)
    if wrong is not None:
        raise ToolError(f"no jail: bubblewrap does not hold on this machine ({wrong}); see docs/jail.md for what to do")
    return found
