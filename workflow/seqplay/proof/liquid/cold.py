"""A cold check: an ordinary GHC with the plugin, a fresh process in a fresh folder, that must end with exit code 0."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from seqplay.proof.liquid.toolchain import Toolchain
from seqplay.proof.liquid.verdict import ModuleText, Outcome

MOST_READ = 256 << 20
_LIMITED = 'ulimit -t "$1"; ulimit -d "$2"; ulimit -f 524288; cd "$3"; shift 3; exec "$@"'
"""A shell that sets CPU seconds, kilobytes of data and blocks of file size, and becomes the command."""


def check_cold(tools: Toolchain, library: Path | None, modules: Sequence[ModuleText]) -> Outcome:
    """Check modules in a process and a folder of their own; ``library`` is the package database to import from."""
    with tempfile.TemporaryDirectory(prefix="seqplay-cold-") as place:
        folder = Path(place)
        for module in modules:
            (folder / f"{module.name}.hs").write_text(module.text, encoding="utf-8")
        code = ["-fno-code"] if len(modules) == 1 else ["-no-link"]
        files = [f"{module.name}.hs" for module in modules]
        ghc = [tools.compiler.command, "--make", "-v0", *tools.flags(library), *tools.plugin(), *code, *files]
        runtime = ["+RTS", f"-M{tools.limits.memory_mib - 512}m", "-RTS"]
        ended = run_limited(tools, [*ghc, *runtime], folder, readable=[library.parent] if library else [])
        results = tuple(read_result(folder, name) for name in files)
        return Outcome(ended, _read(folder / "log"), results)


def run_limited(tools: Toolchain, argv: Sequence[str], folder: Path, readable: Sequence[Path] = ()) -> str:
    """Run a command in the jail, in a folder that it may write to, its output in ``log`` there; say how it ended."""
    limits = tools.limits
    limited = [str(max(1, round(limits.seconds))), str(limits.memory_mib << 10), str(folder)]
    shell = ["/bin/sh", "-c", _LIMITED, "sh", *limited, *argv]
    command = tools.jailed(shell, readable=readable, writable=[folder])
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            code = process.wait(timeout=limits.wall_seconds)
        except subprocess.TimeoutExpired:
            return "wall"
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    number = code - 128 if code > 128 else -code
    return f"killed {number}" if code < 0 or 128 < code < 160 else f"exited {code}"


def read_result(folder: Path, file: str) -> str:
    """Return Liquid Haskell's structured result of a source file; empty where it gave none."""
    return _read(folder / ".liquid" / f"{file}.err")


def _read(path: Path) -> str:
    try:
        with path.open("rb") as handle:
            return handle.read(MOST_READ).decode("utf-8", "replace")
    except OSError:
        return ""
