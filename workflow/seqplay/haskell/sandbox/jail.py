"""The outer wall: a command runs without network, home, other processes or a writable system, or it does not run.

A backend turns a command into a longer one. Which backends work here is found out by running a probe; where none does,
``open_jail`` refuses (fails closed), unless the configuration accepts in words that there is none.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from seqplay.config import HaskellConfig
from seqplay.errors import ToolError
from seqplay.haskell.sandbox.build import ensure_launcher

LIBRARIES = (Path("/usr/lib"), Path("/usr/lib64"), Path("/lib"), Path("/lib64"), Path("/etc/ld.so.cache"))
"""What a dynamically linked program needs of the system."""
PROGRAMS = (*LIBRARIES, Path("/usr/bin"), Path("/bin"), Path("/etc/alternatives"))
"""With the system's commands."""
SCOPED = 6
"""The version of Landlock from which on signals do not leave the jail."""


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
    def find(command: str = "bwrap") -> Bubblewrap:
        """Return the backend, by its command.

        Raises ``ToolError`` where ``bwrap`` is not installed.
        """
        program = shutil.which(command)
        if program is None:
            raise ToolError(f"bubblewrap is not installed (haskell.bwrap = {command})")
        shown = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30).stdout.split()
        return Bubblewrap(program, shown[-1] if shown else "unknown")


@dataclass(frozen=True)
class Landlock:
    """Landlock for files and signals, and a seccomp filter for the rest: no namespaces.

    The second choice, for machines that allow no user namespaces. Inside there is no ``/tmp`` and no ``/proc``. Which
    process numbers are taken can be found out; before ABI 6 (Linux 6.12) they can be signalled as well.
    """

    launcher: Path
    abi: int

    @property
    def info(self) -> JailInfo:
        """Name and version."""
        return JailInfo("landlock", f"ABI {self.abi}, Linux {platform.release()}")

    @property
    def lacks(self) -> str | None:
        """What of a jail's promise this kernel's Landlock does not give, or none."""
        return None if self.abi >= SCOPED else f"Landlock of ABI {self.abi} does not keep signals from other processes"

    def command(
        self,
        argv: Sequence[str],
        *,
        readable: Sequence[Path] = LIBRARIES,
        writable: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
        scratch_mib: int = 64,
    ) -> list[str]:
        """Return the command, as ``Jail.command``; scratch space is what ``writable`` gives."""
        variables = environment or {"PATH": "/usr/bin", "LANG": "C.UTF-8"}
        command = ["/usr/bin/env", "-i", *(f"{name}={value}" for name, value in variables.items()), str(self.launcher)]
        for path in readable:
            command += ["--read", str(path)]
        for path in (*writable, Path("/dev/null")):
            command += ["--write", str(path)]
        return [*command, "--", *argv]

    @staticmethod
    def find(ghc: str) -> Landlock:
        """Return the backend, with its launcher built.

        Raises ``ToolError`` where it cannot be, or the kernel has no Landlock.
        """
        launcher = ensure_launcher(ghc)
        asked = subprocess.run([launcher, "--abi"], capture_output=True, text=True, timeout=30)
        if asked.returncode != 0:
            raise ToolError(asked.stderr.strip().removeprefix("confine: "))
        return Landlock(launcher, int(asked.stdout))


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
        "! ls /home 2>/dev/null",
        "! ls /root 2>/dev/null",
        "test $(ls -d /proc/[0-9]* 2>/dev/null | wc -l) -lt 12",
        "! touch /probe 2>/dev/null",
        "! touch /var/tmp/probe 2>/dev/null",
        "test $(grep -c : /proc/net/dev 2>/dev/null || echo 0) -le 1",
    ]
)
"""Succeeds only where no home, no foreign process and no network but loopback is seen, and nothing is writable."""


def probe(jail: Jail) -> str | None:
    """Run a shell in the jail that looks for what must not be there; return what is wrong, or none."""
    command = jail.command(["/bin/sh", "-c", PROBE], readable=PROGRAMS)
    try:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    if done.returncode != 0:
        return (done.stderr.strip().splitlines() or [f"the probe ends with {done.returncode}"])[0]
    return None


def shown_folders(haskell: HaskellConfig) -> tuple[Path, ...]:
    """Return the folders that the configuration adds to what jails show (``haskell.jail_folders``).

    Raises ``ToolError`` where one does not exist, or would show all.
    """
    for name in haskell.jail_folders:
        if not Path(name).is_absolute() or not Path(name).exists() or Path(name).resolve() in (Path("/"), Path.home()):
            raise ToolError(
                f"haskell.jail_folders: {name} must be the absolute path of a folder that may be shown whole"
            )
    return tuple(Path(name) for name in haskell.jail_folders)


def open_jail(wanted: str, ghc: str = "ghc", bwrap: str = "bwrap") -> Jail:
    """Return the jail that the configuration asks for (``haskell.jail``), once its probe has passed.

    ``auto`` is bubblewrap, or else Landlock where it keeps all that a jail promises; a weaker one must be asked for by
    name. Raises ``ToolError`` where nothing holds here.
    """
    if wanted == "i-accept-no-jail":
        return NoJail()
    wrong: list[str] = []
    finders: dict[str, Callable[[], Jail]] = {
        "bubblewrap": lambda: Bubblewrap.find(bwrap),
        "landlock": lambda: Landlock.find(ghc),
    }
    for name, find in finders.items():
        if wanted not in ("auto", name):
            continue
        try:
            jail = find()
        except ToolError as error:
            wrong.append(str(error))
            continue
        if wanted == "auto" and isinstance(jail, Landlock) and jail.lacks:
            wrong.append(f"{jail.lacks} (`haskell.jail: landlock` accepts that)")
            continue
        why = probe(jail)
        if why is None:
            return jail
        wrong.append(f"{name} does not hold here ({why})")
    raise ToolError(f"no jail: {'; '.join(wrong)}; docs/jail.md says what to do")
