"""The examination of a machine: tools, jail, models, GPU, Slurm, disk and memory."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import psutil

from seqplay.config import HaskellConfig, ModelConfig
from seqplay.errors import SeqplayError
from seqplay.haskell import Executor
from seqplay.models import resolve
from seqplay.proof import find_liquid
from seqplay.records import Verdict

PROBE = "double :: Int -> Int\ndouble x = x + x\n"
"""A program that every working machine runs."""


class Finding(NamedTuple):
    """One thing that was looked for."""

    what: str
    there: bool
    needed: bool
    """Without it no game can be played at all."""
    detail: str
    cost: str
    """What its lack costs."""
    mend: str
    """The one command that mends it."""


def examine(haskell: HaskellConfig) -> list[Finding]:
    """Look for everything that seqplay uses, on this machine and now."""
    return [
        _package("snakemake", "no workflow"),
        _package("torch", "no sampling on this machine, no training"),
        _package("transformers", "no sampling on this machine, no training"),
        _package("peft", "no training"),
        _tool("GHC", haskell.ghc, "--numeric-version", True, "no program can be run", "sudo apt-get install ghc"),
        _executor(haskell),
        _liquid(haskell),
        _tool("z3", "z3", "--version", False, "no proofs", "sudo apt-get install z3"),
        _model(),
        _gpu(),
        _package("vllm", "sampling by transformers: slower by an order of magnitude", needed=False),
        _tool("Slurm", "sbatch", "--version", False, "local runs only", "ask your cluster's administrators"),
        _disk(),
        _memory(),
    ]


def _first_line(command: list[str]) -> str | None:
    """Return the first line that a command prints, none where it cannot be run."""
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return (run.stdout.strip().splitlines() or [""])[0]


def _package(name: str, cost: str, needed: bool = True) -> Finding:
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(
            name, False, needed, "", cost, "make setup" if needed else f"pip install {name} (on a GPU machine)"
        )
    return Finding(name, True, needed, version, cost, "")


def _tool(what: str, program: str, flag: str, needed: bool, cost: str, mend: str) -> Finding:
    line = _first_line([program, flag]) if shutil.which(program) else None
    return Finding(what, line is not None, needed, line or "", cost, mend)


def _executor(haskell: HaskellConfig) -> Finding:
    """Run a known-good program in the jail."""
    what, cost = "jailed Haskell session", "the run refuses to start"
    try:
        with Executor.open(haskell) as executor:
            ran = executor.run(PROBE, ["21"])
            good = ran.verdict is Verdict.ACCEPTED and ran.output == "42"
            detail = f"{executor.jail.name} {executor.jail.version}" if good else ran.message
    except SeqplayError as error:
        return Finding(what, False, True, str(error), cost, "sudo apt-get install bubblewrap")
    return Finding(what, good, True, detail, cost, "sudo apt-get install bubblewrap")


def _liquid(haskell: HaskellConfig) -> Finding:
    cost = "SEQ labels rest on bounded testing, not on proofs"
    try:
        found = find_liquid(haskell)
    except SeqplayError as error:
        return Finding("Liquid Haskell", False, False, str(error), cost, "make liquid")
    return Finding("Liquid Haskell", found is not None, False, str(found or ""), cost, "make liquid")


def _model() -> Finding:
    model = ModelConfig()
    cost = "the demo plays with `mutate` alone"
    try:
        folder = resolve(model)
    except SeqplayError:
        return Finding(f"model {model.name}", False, False, "", cost, "seqplay model fetch")
    return Finding(f"model {model.name}", True, False, folder, cost, "")


def _gpu() -> Finding:
    line = _first_line(["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"])
    return Finding("GPU", line is not None, False, line or "", "small models on the CPU only", "run on a GPU machine")


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    return Finding("disk", free > 5, True, f"{free:.0f} GiB free here", "models and results do not fit", "free 5 GiB")


def _memory() -> Finding:
    free = psutil.virtual_memory().available / 2**30
    return Finding("memory", free > 4, True, f"{free:.0f} GiB available", "the demo's model does not fit", "free 4 GiB")
