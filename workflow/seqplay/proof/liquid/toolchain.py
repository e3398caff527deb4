"""Liquid Haskell as found on this machine: which versions, with which flags, in which jail.

The plugin must match the compiler's series (GHC 9.0.2 and Liquid Haskell 0.9.0.2.x, GHC 9.6.6 and 0.9.6.3.x). The flags
are fixed here: nothing that a proof says, and nothing in the environment (``LIQUIDHASKELL_OPTS``), changes them.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from seqplay.config import HaskellConfig, ProofConfig
from seqplay.errors import ToolError
from seqplay.files import content_id
from seqplay.haskell.sandbox.build import Compiler, find_compiler, loaded_files
from seqplay.haskell.sandbox.jail import PROGRAMS, Jail, open_jail, shown_folders
from seqplay.proof.liquid.locate import VARIABLE, find_liquid

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp"}
"""The whole environment of every process that checks proofs."""
SCRATCH_MIB = 512
SOLVER_MILLISECONDS = 2000
"""Limit of one question to z3, which then answers `unknown`: the proof is not accepted."""
SPECIFIED = ("liquid-base",)
"""The package that stands for base, with specifications, where Liquid Haskell has one."""
LIBRARY = "seqplay-library"
"""The package that holds the pipeline's own modules, once they are checked."""


@dataclass(frozen=True)
class Limits:
    """What one check may use."""

    seconds: float
    """CPU seconds of the compiler, and of each solver process."""
    memory_mib: int
    """Data segment of each process."""

    @property
    def wall_seconds(self) -> float:
        """Wall limit of a check: what a loaded machine may stretch the CPU limit to."""
        return 3 * self.seconds


@dataclass(frozen=True)
class Toolchain:
    """GHC, Liquid Haskell and z3 that belong together, and the jail that they run in."""

    compiler: Compiler
    database: Path
    liquid: str
    """The unit id of Liquid Haskell, its version and hash."""
    z3: str
    solver: Path
    """The program z3."""
    jail: Jail
    limits: Limits
    folders: tuple[Path, ...] = ()
    """What the jail shows besides."""

    @property
    def options(self) -> tuple[str, ...]:
        """The options of Liquid Haskell."""
        fixed = ("--reflection", "--ple", "--ple-with-undecided-guards", "--no-annotations", "--fuel=40")
        return (*fixed, f"--smttimeout={SOLVER_MILLISECONDS}")

    def flags(self, library: Path | None = None) -> list[str]:
        """Return GHC's flags; ``library`` is the package database of the pipeline's own library, made visible."""
        databases = [f"-package-db={path}" for path in (self.database, library) if path is not None]
        names = [*SPECIFIED, "liquid-prelude"] if self.has_mirror else ["base", "liquidhaskell", "liquid-prelude"]
        visible = [flag for name in names for flag in ("-package", name)]
        visible += ["-package", LIBRARY] if library is not None else []
        fixed = ["-no-user-package-db", "-package-env", "-", *databases, "-hide-all-packages", *visible]
        return [*fixed, "-XHaskell2010", "-dynamic", "-O0", "-w", "-ddump-json", "-fforce-recomp"]

    @property
    def has_mirror(self) -> bool:
        """Whether base's specifications are a package of their own (0.9.0), not part of Liquid Haskell (0.9.4)."""
        return all(any(self.database.glob(f"{name}-*.conf")) for name in SPECIFIED)

    @property
    def converts(self) -> bool:
        """Whether the logic knows an integer at Integer and at type variables only as the conversion of an Int.

        So it is with 0.9.6, and taken to be with all that have no mirror: GHC's literal is there a constructor of
        Integer, which Liquid Haskell does not reflect.
        """
        return not self.has_mirror

    def plugin(self) -> list[str]:
        """Return the flags that load Liquid Haskell into an ordinary GHC."""
        options = [f"-fplugin-opt=LiquidHaskell:{option}" for option in self.options]
        return ["-fplugin=LiquidHaskell", "-plugin-package", "liquidhaskell", *options]

    def with_seconds(self, seconds: float) -> Toolchain:
        """Return the same tools with another limit of time."""
        return replace(self, limits=replace(self.limits, seconds=seconds))

    @property
    def key(self) -> str:
        """Hash of everything a verdict depends on besides the modules."""
        return content_id(self.compiler.version, self.liquid, self.z3, str(self.limits), *self.options, *self.flags())

    @property
    def versions(self) -> str:
        """What judges a proof, for the records."""
        liquid = self.liquid.removeprefix("liquidhaskell-").split("-")[0]
        z3 = next((word for word in self.z3.split() if word[0].isdigit()), self.z3)
        return f"Liquid Haskell {liquid}, z3 {z3}, GHC {self.compiler.version}"

    def jailed(self, argv: Sequence[str], readable: Sequence[Path] = (), writable: Sequence[Path] = ()) -> list[str]:
        """Return the command that runs a compiler or worker in the jail."""
        outside = self._outside()
        folders = [
            *PROGRAMS,
            self.compiler.libraries,
            self.compiler.packages,
            self.database.parent,
            *outside,
            *readable,
        ]
        libraries = dict.fromkeys(str(path.parent) for path in outside if path.is_file() and ".so" in path.name)
        environment = {
            **ENVIRONMENT,
            "PATH": ":".join([*dict.fromkeys(str(path) for path in self._commands()), ENVIRONMENT["PATH"]]),
            **({"LD_LIBRARY_PATH": ":".join(libraries)} if libraries else {}),
        }
        return self.jail.command(
            argv, readable=folders, writable=writable, environment=environment, scratch_mib=SCRATCH_MIB
        )

    def _commands(self) -> list[Path]:
        """The folders of GHC's and z3's commands that are not the system's own."""
        places = [Path(shutil.which(self.compiler.command) or self.compiler.command).parent, self.solver.parent]
        return [place for place in places if str(place) not in ENVIRONMENT["PATH"].split(":")]

    def _outside(self) -> list[Path]:
        """What compiler and solver need outside the system's folders: GHC's tree, commands, libraries."""
        ghc = Path(shutil.which(self.compiler.command) or self.compiler.command)
        programs = [self.solver.resolve(), *(self.compiler.libraries.parent / "bin").glob("ghc-[0-9]*")]
        linked = [path for program in programs for path in loaded_files(program)]
        trees = [self.compiler.libraries.parent / "bin", ghc.resolve().parent] if self._commands() else []
        return [*self._commands(), *trees, *linked, *self.folders]


def find_toolchain(haskell: HaskellConfig, proof: ProofConfig) -> Toolchain:
    """Return the tools that check proofs here.

    Raises ``ToolError`` where one is missing or they do not belong together.
    """
    database = find_liquid(haskell)
    if database is None:
        raise ToolError(
            f"no Liquid Haskell: build it (`make liquid`) or name its package database in {VARIABLE}, or set "
            "proof.evidence to bounded_if_no_tool"
        )
    compiler = find_compiler(haskell.ghc, haskell.ghc_pkg)
    unit = sorted(database.glob("liquidhaskell-[0-9]*.conf"))[-1].stem
    # Liquid Haskell's own bound on GHC is the series (`ghc ^>= 9.6`), and its version begins with GHC's.
    series = ".".join(compiler.version.split(".")[:2])
    version = unit.removeprefix("liquidhaskell-")
    if not version.startswith(f"0.{series}."):
        raise ToolError(
            f"{database}: Liquid Haskell {version.split('-')[0]} does not match GHC {compiler.version}; it needs "
            f"0.{series}.x (`make liquid` builds it)"
        )
    solver = Path(shutil.which(haskell.z3) or "/nowhere")
    if solver.name != "z3":
        raise ToolError(
            f"z3 not found (haskell.z3 = {haskell.z3}, whose file is called z3); `make doctor` says what to do"
        )
    z3 = subprocess.run([solver, "--version"], capture_output=True, text=True, timeout=60).stdout.strip()
    limits = Limits(proof.smt_seconds, haskell.memory_mib + 2048)
    jail = open_jail(haskell.jail, haskell.ghc, haskell.bwrap)
    return Toolchain(compiler, database.resolve(), unit, z3, solver, jail, limits, shown_folders(haskell))
