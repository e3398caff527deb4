"""``make liquid``: build Liquid Haskell with cabal from the Haskell package index, pinned, into the project's folder.

``PINS`` says what is built for which GHC. Where the index cannot be reached it says so in one line and changes nothing;
a mirror that the user's own cabal configuration names is used. ``--repository FOLDER`` takes packages from a folder of
``.tar.gz`` files instead, as cabal's ``file+noindex`` does. A build that was stopped goes on where it was.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from seqplay.errors import SeqplayError, ToolError
from seqplay.haskell.sandbox.system import advice
from seqplay.proof.liquid.locate import FOLDER, STAMP, VARIABLE

PATIENCE = 3600
"""Seconds of one step, of which the download of the index is one: it has no limit of its own."""
EXPECTED_MINUTES = 40
"""Processor minutes of a build: 20 minutes on two cores, seen with GHC 9.0.2."""


class Pin(NamedTuple):
    """What is built for a compiler: exact versions, and the day of the index that they are resolved against."""

    packages: dict[str, str]
    index_state: str
    newer: tuple[str, ...] = ()
    """Dependencies that may be newer than their bound, as cabal writes them."""


_SHIPPED = ("liquidhaskell:bytestring", "liquidhaskell:containers")
"""Bounded to what one compiler of the series ships: GHC 9.6.3 a bytestring 0.11.5.2, and 9.6.6 a 0.11.5.3."""

PINS = {
    "9.0": Pin(
        {
            "liquidhaskell": "0.9.0.2.1",
            "liquid-fixpoint": "0.9.0.2.1",
            "liquid-base": "4.15.1.0",
            "liquid-ghc-prim": "0.7.0.1",
            "liquid-prelude": "0.9.0.2",
        },
        "2023-04-30T00:00:00Z",
    ),
    "9.4": Pin(
        {"liquidhaskell": "0.9.4.7.0", "liquidhaskell-boot": "0.9.4.7.0", "liquid-prelude": "0.9.2.8.1"},
        "2024-06-01T00:00:00Z",
        _SHIPPED,
    ),
    "9.6": Pin(
        {"liquidhaskell": "0.9.6.3.1", "liquidhaskell-boot": "0.9.6.3", "liquid-prelude": "0.9.2.8.1"},
        "2024-06-01T00:00:00Z",
        _SHIPPED,
    ),
    "9.8": Pin(
        {"liquidhaskell": "0.9.8.2", "liquidhaskell-boot": "0.9.8.2", "liquid-prelude": "0.9.2.8.2"},
        "2024-11-01T00:00:00Z",
        _SHIPPED,
    ),
    "9.10": Pin(
        {"liquidhaskell": "0.9.10.1", "liquidhaskell-boot": "0.9.10.1", "liquid-prelude": "0.9.2.8.2"},
        "2024-11-01T00:00:00Z",
        _SHIPPED,
    ),
}
"""By GHC's major and minor version. Those of 9.4 and later are the versions of the cabal files at Liquid Haskell's own
tags (v0.9.4.7, v0.9.6.3.1, v0.9.8.2, v0.9.10.1), whose bound on GHC is the series (`ghc ^>= 9.6`). `make liquid` has
built those of 9.0 alone, those of 9.6 are known to check proofs with GHC 9.6.6 (docs/systems.md); whether the index has
the others is asked before anything is changed. 9.2 and 9.12 have none here."""


class Source(NamedTuple):
    """Where packages come from: the index as cabal itself knows it, or a local folder."""

    repository: Path | None

    def configure(self, config: Path) -> None:
        """Write cabal's configuration: its own default, or one that knows the local folder alone."""
        if self.repository is None:
            own = _own_configuration()
            if own is not None:
                shutil.copyfile(own, config)
            else:
                _run(["cabal", f"--config-file={config}", "user-config", "init", "--force"])
        else:
            text = f"repository local\n  url: file+noindex://{self.repository.resolve()}\n"
            config.write_text(text, encoding="utf-8")


def _own_configuration() -> Path | None:
    """Return the user's configuration of cabal, where there is one: it may name a mirror."""
    home = Path.home()
    folders = [
        os.environ.get("CABAL_DIR"),
        home / ".cabal",
        Path(os.environ.get("XDG_CONFIG_HOME", home / ".config")) / "cabal",
    ]
    places = [os.environ.get("CABAL_CONFIG"), *(Path(folder) / "config" for folder in folders if folder)]
    return next((Path(place) for place in places if place and Path(place).is_file()), None)


def install(ghc: str, folder: Path, source: Source, pin: Pin | None = None) -> Path:
    """Build Liquid Haskell for a compiler and return its package database; nothing is done where it is there already.

    Raises ``ToolError`` in one line where a tool is missing, the compiler is not covered, the index cannot be reached
    (nothing is changed then), or the build fails: what is finished stays for the next call, the log's place is told.
    """
    for tool in ("cabal", ghc, "z3"):
        if shutil.which(tool) is None:
            name = tool if tool in ("cabal", "z3") else "ghc"
            raise ToolError(f"{tool} not found, which the build needs: {advice([name])}")
    version = _run([ghc, "--numeric-version"]).strip()
    pin = pin or PINS.get(".".join(version.split(".")[:2]))
    if pin is None:
        raise ToolError(f"GHC {version} is not covered; Liquid Haskell is pinned for GHC {', '.join(PINS)}")
    folder = folder.resolve()
    stamp = folder / STAMP
    if stamp.exists() and stamp.read_text(encoding="utf-8") == _stamp(version, pin):
        return _database(folder, version)
    # Beside the result, not below /tmp, which is small or memory on some machines.
    existed, place = folder.exists(), folder / "build"
    place.mkdir(parents=True, exist_ok=True)
    try:
        config = place / "config"
        source.configure(config)
        cabal = ["cabal", f"--config-file={config}"]
        _refresh(cabal, place / "packages", source, pin)
    except ToolError:
        shutil.rmtree(place if existed else folder, ignore_errors=True)
        raise
    _build([*cabal, f"--store-dir={folder / 'store'}"], ghc, folder, place, source, pin)
    database = _database(folder, version)
    stamp.write_text(_stamp(version, pin), encoding="utf-8")
    shutil.rmtree(place, ignore_errors=True)
    return database


def _database(folder: Path, version: str) -> Path:
    """Return the package database of a store; newer cabals add a hash to the compiler's version in its name."""
    found = sorted(folder.glob(f"store/ghc-{version}*/package.db"))
    if not found:
        raise ToolError(
            f"{folder}: the build left no package database of GHC {version}; remove the folder and build again"
        )
    return found[-1]


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
    """Build the pinned packages into the store, saying how far it is; what is finished stays, also on failure."""
    log = folder.with_name(f"{folder.name}.log")
    exact = [f"--constraint={name} =={version}" for name, version in pin.packages.items()]
    exact += [f"--allow-newer={each}" for each in pin.newer]
    state = [] if source.repository else [f"--index-state={pin.index_state}"]
    fixed = ["--lib", "--enable-shared", "--disable-documentation", f"--with-compiler={ghc}", "--builddir", str(place)]
    targets = [f"{name}-{version}" for name, version in pin.packages.items()]
    command = [*cabal, "--remote-repo-cache", str(place / "packages"), "v2-install", *fixed]
    minutes = max(1, round(EXPECTED_MINUTES / (os.cpu_count() or 1)))
    print(f"building Liquid Haskell: about {minutes} minutes here; the log is {log}", file=sys.stderr)
    environment = place / "environment"
    environment.unlink(missing_ok=True)
    with subprocess.Popen(
        [*command, "--package-env", str(environment), *state, *exact, *targets],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        cwd=place,
        env={**_environment(), "TMPDIR": str(place)},
        text=True,
        errors="replace",
    ) as building:
        with log.open("w", encoding="utf-8") as handle:
            last = _follow(building.stdout or [], handle.write, lambda text: print(text, file=sys.stderr, flush=True))
        code = building.wait()
    if code != 0:
        raise ToolError(f"cabal cannot build Liquid Haskell ({last}); what it said is in {log}; a second call goes on")
    log.replace(folder / "build.log")


def _follow(lines: Iterable[str], write: Callable[[str], object], tell: Callable[[str], None]) -> str:
    """Copy what cabal says, tell how many packages are done of how many, and return its last line."""
    done, planned, last, listing, began = 0, 0, "", False, time.monotonic()
    for line in lines:
        write(line)
        last = line.strip() or last
        if listing and line.startswith(" - "):
            planned += 1
        listing = line.startswith(("In order, the following", " - ")) and (listing or line.startswith("In order"))
        if finished := re.match(r"(?:Completed|Installed) +(\S+)", line):
            done += 1
            spent = round((time.monotonic() - began) / 60)
            tell(f"  {done} of {max(planned, done)} packages, {spent} minutes: {finished.group(1)}")
    return last


def _environment() -> dict[str, str]:
    """The environment without what would change the build."""
    dropped = ("GHC", "CABAL", "LIQUID")
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}


def _run(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=_environment(), timeout=PATIENCE
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolError(f"`{command[0]}` fails: {error}") from error
    if done.returncode != 0:
        # The cause stands last.
        said = " ".join((done.stderr or done.stdout).split())
        raise ToolError((f"… {said[-300:]}" if len(said) > 300 else said) or f"`{command[0]}` fails")
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
    except KeyboardInterrupt:
        print("seqplay: stopped; what is finished stays, and a second call goes on from there", file=sys.stderr)
        return 130
    if options.get("--into"):
        print(f"Liquid Haskell is in {database}; use it with: export {VARIABLE}={database}")
    else:
        print(f"Liquid Haskell is in {database}, and found there from now on")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
