"""``make liquid``: build Liquid Haskell with cabal from the Haskell package index, pinned, into the project's folder.

Covers GHC 9.0.2 (Debian 12) and 9.4.7 (Ubuntu 24.04). Where the index cannot be reached it says so in one line and
changes nothing. ``--repository FOLDER`` takes packages from a folder of ``.tar.gz`` files instead, as cabal's
``file+noindex`` does.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from seqplay.errors import SeqplayError, ToolError
from seqplay.proof.liquid.locate import VARIABLE

FOLDER = Path(".seqplay/liquid")


class Pin(NamedTuple):
    """What is built for a compiler: exact versions, and the day of the index that they are resolved against."""

    packages: dict[str, str]
    index_state: str


PINS = {
    "9.0.2": Pin(
        {
            "liquidhaskell": "0.9.0.2.1",
            "liquid-fixpoint": "0.9.0.2.1",
            "liquid-base": "4.15.1.0",
            "liquid-ghc-prim": "0.7.0.1",
            "liquid-prelude": "0.9.0.2",
        },
        "2023-04-30T00:00:00Z",
    ),
    "9.4.7": Pin(
        {"liquidhaskell": "0.9.4.7.0", "liquidhaskell-boot": "0.9.4.7.0", "liquid-prelude": "0.9.2.8.1"},
        "2024-06-01T00:00:00Z",
    ),
}


class Source(NamedTuple):
    """Where packages come from: the index as cabal itself knows it, or a local folder."""

    repository: Path | None

    def configure(self, config: Path) -> None:
        """Write cabal's configuration: its own default, or one that knows the local folder alone."""
        if self.repository is None:
            _run(["cabal", f"--config-file={config}", "user-config", "init", "--force"])
        else:
            text = f"repository local\n  url: file+noindex://{self.repository.resolve()}\n"
            config.write_text(text, encoding="utf-8")


def install(ghc: str, folder: Path, source: Source, pin: Pin | None = None) -> Path:
    """Build Liquid Haskell for a compiler and return its package database; nothing is done where it is there already.

    Raises ``ToolError`` in one line where a tool is missing, the compiler is not covered, the index cannot be reached
    (nothing is changed then), or the build fails (what it left is removed, the log's place is told).
    """
    for tool in ("cabal", ghc):
        if shutil.which(tool) is None:
            raise ToolError(f"{tool} not found: install it, for example `sudo apt-get install cabal-install ghc z3`")
    version = _run([ghc, "--numeric-version"]).strip()
    pin = pin or PINS.get(version)
    if pin is None:
        raise ToolError(f"GHC {version} is not covered; Liquid Haskell is pinned for GHC {' and '.join(PINS)}")
    folder = folder.resolve()
    database = folder / "store" / f"ghc-{version}" / "package.db"
    if (folder / "installed").exists() and (folder / "installed").read_text(encoding="utf-8") == _stamp(version, pin):
        return database
    with tempfile.TemporaryDirectory(prefix="seqplay-cabal-") as place:
        config = Path(place) / "config"
        source.configure(config)
        cabal = ["cabal", f"--config-file={config}"]
        _refresh(cabal, Path(place) / "packages", source, pin)
        _build([*cabal, f"--store-dir={folder / 'store'}"], ghc, folder, Path(place), source, pin)
    (folder / "installed").write_text(_stamp(version, pin), encoding="utf-8")
    return database


def _stamp(version: str, pin: Pin) -> str:
    return "\n".join([version, pin.index_state, *(f"{name}-{exact}" for name, exact in pin.packages.items())]) + "\n"


def _refresh(cabal: Sequence[str], cache: Path, source: Source, pin: Pin) -> None:
    """Fetch the index into a throw-away cache, and see that it knows what is to be built."""
    command = [*cabal, "--remote-repo-cache", str(cache)]
    try:
        _run([*command, "update"])
    except ToolError as error:
        raise ToolError(f"the Haskell package index cannot be reached, and nothing was changed ({error})") from error
    for name, exact in pin.packages.items():
        listed = _run([*command, "list", "--simple-output", name])
        if f"{name} {exact}" not in listed.splitlines():
            where = source.repository or "the index"
            raise ToolError(f"{where} has no {name}-{exact}, and nothing was changed")


def _build(cabal: Sequence[str], ghc: str, folder: Path, place: Path, source: Source, pin: Pin) -> None:
    """Build the pinned packages into the store; on failure remove what was begun, and keep the log beside it."""
    existed = folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    log = folder.with_name(f"{folder.name}.log")
    exact = [f"--constraint={name} =={version}" for name, version in pin.packages.items()]
    state = [] if source.repository else [f"--index-state={pin.index_state}"]
    fixed = ["--lib", "--enable-shared", "--disable-documentation", f"--with-compiler={ghc}", "--builddir", str(place)]
    targets = [f"{name}-{version}" for name, version in pin.packages.items()]
    command = [*cabal, "--remote-repo-cache", str(place / "packages"), "v2-install", *fixed]
    with log.open("w", encoding="utf-8") as handle:
        done = subprocess.run(
            [*command, "--package-env", str(place / "environment"), *state, *exact, *targets],
            stdout=handle,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=place,
            env=_environment(),
        )
    if done.returncode != 0:
        if not existed:
            shutil.rmtree(folder, ignore_errors=True)
        raise ToolError(f"cabal cannot build Liquid Haskell; what it said is in {log}")
    log.replace(folder / "build.log")


def _environment() -> dict[str, str]:
    """The environment without what would change the build."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GHC", "CABAL", "LIQUID"))}


def _run(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=_environment(), timeout=600
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolError(f"`{command[0]}` fails: {error}") from error
    if done.returncode != 0:
        raise ToolError(" ".join((done.stderr or done.stdout).split())[:200] or f"`{command[0]}` fails")
    return done.stdout


def main(arguments: Sequence[str]) -> int:
    """Install, say where, and return the exit code; ``--repository FOLDER`` and ``--into FOLDER`` are all options."""
    options = dict(zip(arguments[::2], arguments[1::2], strict=False))
    if len(arguments) % 2 or set(options) - {"--repository", "--into", "--ghc"}:
        print(
            "usage: python -m seqplay.proof.liquid.install [--repository FOLDER] [--into FOLDER] [--ghc GHC]",
            file=sys.stderr,
        )
        return 2
    repository = Path(options["--repository"]) if "--repository" in options else None
    try:
        database = install(options.get("--ghc", "ghc"), Path(options.get("--into", FOLDER)), Source(repository))
    except SeqplayError as error:
        print(f"seqplay: {error}", file=sys.stderr)
        return error.exit_code
    print(f"Liquid Haskell is in {database}; use it with: export {VARIABLE}={database}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
