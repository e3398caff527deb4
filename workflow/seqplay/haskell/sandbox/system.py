"""What seqplay needs of the system besides Python: found, installed where that is allowed, or advised in one line.

Run as a script before anything is installed (``make setup``), so it uses the standard library alone:
``python system.py setup [GHC]`` installs what is missing where apt-get may be used, and says what is missing else.
Nothing is refused for what can be done without: bubblewrap, where Landlock may hold; z3, which Liquid Haskell asks (the
kernel asks the Python package's).
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

OLDEST_GHC = (9, 0)
VENV, HEADERS = "python3-venv", "python3-dev"
"""No commands: what a Python makes environments with (`ensurepip`) and its C headers, which Debian packages apart."""
NEEDED, OPTIONAL = ("ghc", VENV, HEADERS, "flock"), ("bwrap", "z3")
PYTHON = sys.version_info[:2]
NEWEST_WITH_WHEELS = (3, 13)
"""Later Pythons build one of the pinned packages from source: immutables 0.21, which Snakemake uses."""
_OWN = ".".join(map(str, PYTHON))
PACKAGES: Mapping[str, Mapping[str, str]] = {
    "apt-get": {
        "ghc": "ghc",
        VENV: f"python{_OWN}-venv",
        HEADERS: f"python{_OWN}-dev",
        "bwrap": "bubblewrap",
        "z3": "z3",
        "cabal": "cabal-install",
        "flock": "util-linux",
    },
    "dnf": {
        "ghc": "ghc",
        VENV: "python3",
        HEADERS: "python3-devel",
        "bwrap": "bubblewrap",
        "z3": "z3",
        "cabal": "cabal-install",
        "flock": "util-linux",
    },
    "conda": {"ghc": "ghc", VENV: "python", HEADERS: "python", "z3": "z3", "cabal": "cabal"},
}
"""Names of packages, by what installs them. conda: no bubblewrap is asked for, since it needs the kernel's leave."""
WITHOUT = {
    "bwrap": "bubblewrap is not here: programs run under Landlock, where the kernel has it",
    "z3": "z3 is not here: Liquid Haskell cannot be used, proofs are checked by the small kernel alone",
}


def missing(tools: Sequence[str], which: Mapping[str, str] | None = None) -> list[str]:
    """Return the tools that are not there; ``which`` names the commands to look for in their place.

    What serves to make ``.venv`` (in the folder where this is called) is not missing once that is there.
    """
    path = os.environ.get("PATH", "") + os.pathsep + os.pathsep.join(("/usr/sbin", "/sbin"))

    def is_there(tool: str) -> bool:
        if tool == VENV:
            return Path(".venv/bin/pip").exists() or can_make_environments()
        if tool == HEADERS:
            return Path(".venv/installed").exists() or PYTHON <= NEWEST_WITH_WHEELS or has_headers()
        return shutil.which((which or {}).get(tool, tool), path=path) is not None

    return [tool for tool in tools if not is_there(tool)]


def can_make_environments() -> bool:
    """Say whether this Python's ``venv`` can install pip."""
    importlib.invalidate_caches()
    return importlib.util.find_spec("ensurepip") is not None


def has_headers() -> bool:
    """Say whether packages can be compiled against this Python."""
    return Path(sysconfig.get_path("include"), "Python.h").exists()


def advice(tools: Sequence[str]) -> str:
    """Return the line to type that brings these tools on this system, or what to do where there is none.

    A conda environment that is active comes first, since it needs no root; then the distribution's packages, with
    ``sudo`` for who is not root; then ghcup and modules, which bring a GHC alone.
    """
    lines = []
    if os.environ.get("CONDA_PREFIX"):
        conda = next((name for name in ("mamba", "micromamba", "conda") if shutil.which(name)), "conda")
        known = PACKAGES["conda"]
        if any(tool in known for tool in tools):
            names = " ".join(dict.fromkeys(known[tool] for tool in tools if tool in known))
            lines.append(f"{conda} install -y -c conda-forge {names}")
    for manager in ("apt-get", "dnf"):
        if shutil.which(manager):
            root = "" if os.geteuid() == 0 else "sudo "
            lines.append(f"{root}{manager} install -y {' '.join(PACKAGES[manager][tool] for tool in tools)}")
    if "ghc" in tools and shutil.which("ghcup"):
        lines.append("ghcup install ghc --set recommended")
    if any(os.environ.get(name) for name in ("MODULESHOME", "LMOD_CMD")):
        lines.append(f"module spider {tools[0]}, and load what it lists")
    if not lines:
        lines.append(f"install {', '.join(tools)} (ghcup and conda-forge have a GHC that needs no root)")
    return "; without root: ".join(lines[:2]) if lines[0].startswith("sudo ") and len(lines) > 1 else lines[0]


def may_install() -> list[str] | None:
    """Return how apt-get is called here, or none where it is not there or may not be used without a password."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    return None


def install(apt: Sequence[str], tools: Sequence[str]) -> str:
    """Install packages by apt-get; return what it says last where it fails, else nothing."""
    names = [PACKAGES["apt-get"][tool] for tool in tools]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *names]):
        done = subprocess.run([*apt, *command], capture_output=True, text=True, env=environment)
        if done.returncode != 0:
            return (done.stderr.strip().splitlines() or [f"apt-get {command[0]} fails"])[-1]
    return ""


def wrong_with_ghc(command: str) -> str:
    """Say why no worker can be built with a GHC, or nothing: too old, or without its own library of the compiler."""
    try:
        asked = subprocess.run([command, "--numeric-version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        return f"{command} cannot be run ({error})"
    version = asked.stdout.strip()
    if asked.returncode != 0 or not version:
        return f"{command} cannot be run ({(asked.stderr.strip().splitlines() or ['it says nothing'])[0]})"
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < OLDEST_GHC:
        oldest = ".".join(map(str, OLDEST_GHC))
        return (
            f"GHC {version} is too old, seqplay needs {oldest} or later: {advice(['ghc'])}, or name another with GHC="
        )
    shown = subprocess.run([command, "--print-global-package-db"], capture_output=True, text=True, timeout=60)
    if not any(Path(shown.stdout.strip() or "/nowhere").glob("ghc-[0-9]*.conf")):
        return f"GHC {version} comes without the package `ghc` that the worker is built on: install it whole"
    return ""


def setup(ghc: str) -> int:
    """Find or install the system's part, say in a line what is missing, and return the exit code."""
    which = {"ghc": ghc}
    lacking = missing((*NEEDED, *OPTIONAL), which)
    apt = may_install() if lacking else None
    if apt is not None:
        said = install(apt, lacking)
        lacking = missing((*NEEDED, *OPTIONAL), which)
        if said and any(tool in lacking for tool in NEEDED):
            print(f"seqplay: apt-get cannot install {' '.join(lacking)}: {said}", file=sys.stderr)
            return 3
    needed = [tool for tool in NEEDED if tool in lacking]
    if needed:
        print(f"seqplay needs {' and '.join(needed)}: {advice(lacking)}", file=sys.stderr)
        return 3
    for tool in lacking:
        print(f"note: {WITHOUT[tool]} (to have it: {advice([tool])})", file=sys.stderr)
    wrong = wrong_with_ghc(ghc)
    if wrong:
        print(f"seqplay: {wrong}", file=sys.stderr)
    return 3 if wrong else 0


def provide(tools: Sequence[str]) -> int:
    """Install tools where apt-get may be called; say in a line what is missing else, and return the exit code."""
    lacking, apt = missing(tools), may_install() if missing(tools) else None
    said = install(apt, lacking) if apt is not None else ""
    lacking = missing(tools)
    if lacking:
        print(f"seqplay needs {' and '.join(lacking)}: {advice(lacking)}{said and f' ({said})'}", file=sys.stderr)
    return 3 if lacking else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["tools"]:
        sys.exit(provide(sys.argv[2:]))
    sys.exit(setup(sys.argv[2] if len(sys.argv) > 2 else "ghc"))
