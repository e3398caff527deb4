"""The worker program, compiled once a machine and found in the cache after that.

The cache is ``$SEQPLAY_CACHE``, or ``seqplay`` in the user's cache folder; the key is the content of the sources and
the version of GHC. Only this project's own sources are compiled here, outside any jail.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from seqplay.errors import ToolError
from seqplay.files import content_id

SOURCES = Path(__file__).parents[1] / "worker"
LIBRARY = "seqplay-harness"
LIBRARY_DEPENDS = ("base", "containers", "array", "text", "bytestring")
WORKER_DEPENDS = (LIBRARY, "ghc", "unix", "time", "mtl", "transformers", "deepseq", "parsec", *LIBRARY_DEPENDS)
TESTED = ("9.0",)


@dataclass(frozen=True)
class Compiler:
    """A GHC: its command, its version and its folder of libraries."""

    command: str
    version: str
    libraries: Path
    packages: Path
    """The global package database."""


@dataclass(frozen=True)
class Build:
    """A compiled worker: the program, its package database, and the folder that holds both."""

    compiler: Compiler
    folder: Path

    @property
    def program(self) -> Path:
        """The worker itself."""
        return self.folder / "worker"

    @property
    def package_db(self) -> Path:
        """The package database with the library that driver modules import."""
        return self.folder / "db"

    @property
    def warm_trial(self) -> Path:
        """Prompt, answer and test on which the worker warms up for trials."""
        return self.folder / "warm"


@cache
def find_compiler(command: str) -> Compiler:
    """Ask a GHC for its version and folders.

    Raises ``ToolError`` where there is none, or one that this worker is not written for.
    """
    if shutil.which(command) is None:
        raise ToolError(f"GHC not found (haskell.ghc = {command}): install it, for example `sudo apt-get install ghc`")
    version = _output([command, "--numeric-version"]).strip()
    if not version.startswith(TESTED):
        raise ToolError(
            f"GHC {version} is not supported; the worker is written for GHC {', '.join(TESTED)}.x (haskell.ghc)"
        )
    libraries = Path(_output([command, "--print-libdir"]).strip()).resolve()
    return Compiler(
        command, version, libraries, Path(_output([command, "--print-global-package-db"]).strip()).resolve()
    )


def cache_folder() -> Path:
    """Return the folder below which compiled workers lie."""
    chosen = os.environ.get("SEQPLAY_CACHE")
    return (
        Path(chosen).resolve()
        if chosen
        else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seqplay"
    )


def ensure_worker(command: str) -> Build:
    """Return the compiled worker for a GHC, compiling it first (about a minute) where the cache has none.

    Raises ``ToolError`` with the compiler's first line where it cannot be built.
    """
    compiler = find_compiler(command)
    folder = cache_folder() / f"worker-{_key(compiler)}"
    build = Build(compiler, folder)
    if build.program.exists():
        return build
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (folder.parent / ".worker.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not build.program.exists():
                _compile(compiler, folder)
    except OSError as error:
        raise ToolError(f"{folder}: the worker cannot be built there ({error.strerror}); set SEQPLAY_CACHE") from error
    return build


def ensure_launcher(command: str) -> Path:
    """Return the compiled launcher of the Landlock jail, compiling it first where the cache has none.

    Raises ``ToolError`` where it cannot be built.
    """
    compiler = find_compiler(command)
    sources = ["launcher/confine.c", "cbits/powers.c", "cbits/powers.h"]
    key = content_id(compiler.version, *((SOURCES / name).read_text(encoding="utf-8") for name in sources))
    program = cache_folder() / f"confine-{key}" / "confine"
    try:
        if not program.exists():
            program.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=program.parent, prefix=".build-") as place:
                target = Path(place) / "confine"
                inputs = [str(_copied_sources(place) / name) for name in sources[:2]]
                _run([compiler.command, "-v0", "-no-hs-main", "-outputdir", place, *inputs, "-o", str(target)])
                target.rename(program)
    except OSError as error:
        raise ToolError(f"{program}: cannot be built there ({error.strerror}); set SEQPLAY_CACHE") from error
    return program


def _copied_sources(place: str) -> Path:
    """Copy the worker's sources: GHC leaves the object files of C sources beside them."""
    return Path(shutil.copytree(SOURCES, Path(place) / "sources", dirs_exist_ok=True))


def _key(compiler: Compiler) -> str:
    sources = sorted(path for path in SOURCES.rglob("*") if path.suffix in (".hs", ".c", ".h"))
    parts = [part for path in sources for part in (str(path.relative_to(SOURCES)), path.read_text(encoding="utf-8"))]
    return content_id(
        compiler.version, str(compiler.libraries), *parts, *_LIBRARY_FLAGS, *_WORKER_FLAGS, *WORKER_DEPENDS
    )


_LIBRARY_FLAGS = ["-v0", "-O1", "-dynamic", "-fPIC", "-shared", "-hisuf", "dyn_hi", "-osuf", "dyn_o"]
# Libraries that only users' programs name are linked too: they must be there when such a program is.
_WORKER_FLAGS = ["-v0", "-O1", "-dynamic", "-rtsopts=all", "-optl-Wl,--no-as-needed"]


def _compile(compiler: Compiler, folder: Path) -> None:
    """Compile library and worker in a temporary folder beside the final one, and rename."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".build-") as place:
        target = Path(place) / "out"
        objects = Path(place) / "objects"
        library, database = target / "lib", target / "db"
        for path in (library, database, objects):
            path.mkdir(parents=True)
        sources = _copied_sources(place)
        shutil.copytree(sources / "warm", target / "warm")
        modules = sorted(sources.glob("harness/Seqplay/*.hs"))
        shared = f"libHS{LIBRARY}-1-ghc{compiler.version}.so"
        packages = [flag for name in LIBRARY_DEPENDS for flag in ("-package", name)]
        ours = ["-this-unit-id", f"{LIBRARY}-1", f"-i{sources / 'harness'}", "-outputdir", str(library)]
        _run([compiler.command, *_LIBRARY_FLAGS, *ours, *packages, *map(str, modules), "-o", str(library / shared)])
        _register(compiler, database, [f"Seqplay.{path.stem}" for path in modules])
        packages = [flag for name in WORKER_DEPENDS for flag in ("-package", name)]
        ours = ["-package-db", str(database), f"-i{sources / 'source'}", "-outputdir", str(objects)]
        inputs = [str(sources / "source" / "Main.hs"), *map(str, sorted(sources.glob("cbits/*.c")))]
        linked = ["-optl-Wl,-rpath,$ORIGIN/lib", "-o", str(target / "worker")]
        _run([compiler.command, *_WORKER_FLAGS, *ours, *packages, *inputs, *linked])
        shutil.rmtree(folder, ignore_errors=True)
        target.rename(folder)


def _register(compiler: Compiler, database: Path, modules: list[str]) -> None:
    """Describe the library to GHC, in places relative to the database."""
    ghc_pkg = str(Path(shutil.which(compiler.command) or compiler.command).with_name("ghc-pkg"))
    depends = [
        _output([ghc_pkg, "--global", "field", name, "id", "--simple-output"]).split()[-1] for name in LIBRARY_DEPENDS
    ]
    fields = {
        "name": LIBRARY,
        "version": "1",
        "id": f"{LIBRARY}-1",
        "key": f"{LIBRARY}-1",
        "exposed": "True",
        "exposed-modules": " ".join(modules),
        "import-dirs": "${pkgroot}/lib",
        "library-dirs": "${pkgroot}/lib",
        "dynamic-library-dirs": "${pkgroot}/lib",
        "hs-libraries": f"HS{LIBRARY}-1",
        "depends": " ".join(depends),
    }
    (database / f"{LIBRARY}.conf").write_text("".join(f"{key}: {value}\n" for key, value in fields.items()))
    _run([ghc_pkg, "recache", "--package-db", str(database)])


def _run(command: list[str]) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GHC")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise ToolError(f"the worker cannot be built with {command[0]}: {' '.join(lines[:3])[:400]}")


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolError(f"`{' '.join(command)}` fails: reinstall GHC ({error})") from error
