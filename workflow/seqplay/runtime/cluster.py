"""What a killed Snakemake leaves on a Slurm cluster, and how it is cleared away.

A Snakemake that ends by Ctrl-C or an error cancels its jobs. One that is killed outright (SIGKILL, a power cut, a login
node that restarts) cannot: its jobs go on, and write the files that the next run wants to write. They are known by
their working folder and by the prefix of their names (``slurm-jobname-prefix`` in ``profiles/slurm``).
"""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import psutil

from seqplay.errors import InputError, ToolError

PREFIX = "seqplay_"
SECONDS = 60.0
"""How long Slurm may take to answer, and to end cancelled jobs."""


class Orphan(NamedTuple):
    """An unfinished Slurm job of a folder."""

    job: str
    state: str
    rule: str
    """The rule with its wildcards, as the executor writes it into the job's comment."""


def orphans(folder: Path) -> list[Orphan]:
    """Return the unfinished jobs of this user that work in a folder; none where there is no Slurm."""
    if not shutil.which("squeue"):
        return []
    found = []
    for line in _slurm("squeue", "--me", "--noheader", "--format=%i|%T|%Z|%j|%k").splitlines():
        job, state, where, name, rule = line.strip().split("|", 4)
        if name.startswith(PREFIX) and Path(where).resolve() == folder.resolve():
            found.append(Orphan(job, state, rule))
    return found


def refuse_orphans(folder: Path) -> None:
    """Raise ``InputError`` where jobs of an earlier run still work in a folder: two would write one file."""
    try:
        left = orphans(folder)
    except ToolError:
        return
    if left:
        named = ", ".join(f"{orphan.job} ({orphan.rule})" for orphan in left[:3])
        raise InputError(
            f"{len(left)} Slurm jobs of an earlier run still write here: {named}; run: seqplay cluster recover"
        )


def recover(folder: Path) -> list[Orphan]:
    """Cancel a folder's orphans, wait until they are gone, and remove Snakemake's lock; return the cancelled.

    Raises ``InputError`` where a Snakemake still runs in the folder on this machine (on another it cannot be seen), and
    ``ToolError`` where Slurm does not answer, or does not end the jobs.
    """
    alive = _snakemake_in(folder)
    if alive is not None:
        raise InputError(
            f"{folder}: Snakemake still runs here (process {alive}); stop it with Ctrl-C, it clears up itself"
        )
    left = orphans(folder)
    if left:
        _slurm("scancel", *(orphan.job for orphan in left))
    limit = time.monotonic() + SECONDS
    while orphans(folder):
        if time.monotonic() > limit:
            raise ToolError(
                f"{folder}: Slurm has not ended jobs {' '.join(o.job for o in left)} in {SECONDS:.0f} s; try again"
            )
        time.sleep(0.5)
    shutil.rmtree(folder / ".snakemake/locks", ignore_errors=True)
    return left


def _snakemake_in(folder: Path) -> int | None:
    """Return the process of a Snakemake that holds a folder, or none."""
    for process in psutil.process_iter(["cmdline", "cwd"]):
        command = process.info["cmdline"] or []
        same = process.info["cwd"] and Path(process.info["cwd"]).resolve() == folder.resolve()
        started = any(Path(word).name == "snakemake" for word in command[:3])
        if same and started and "--mode" not in command:
            return int(process.pid)
    return None


def _slurm(*command: str) -> str:
    """Run a Slurm command; ``ToolError`` where it fails or hangs."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"{command[0]}: no answer in {SECONDS:.0f} s; is the controller up (scontrol ping)?") from error
    if done.returncode:
        raise ToolError(f"{command[0]}: {' '.join(done.stderr.split())}")
    return done.stdout
