"""The worker program, compiled once a machine and found in the cache after that.

The cache is ``$SEQPLAY_CACHE``, or ``seqplay`` in the user's cache folder; the key is the content of the sources and
the version of GHC. Only this project's own sources are compiled here, outside any jail.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from warnings import warn

from seqplay.errors import ToolError
from seqplay.files import content_id

SOURCES = Path(__file__).parents[1] / "worker"
LIBRARY = "seqplay-harness"
LIBRARY_DEPENDS = ("base", "containers", "array", "text", "bytestring")
WORKER_DEPENDS = (
    LIBRARY,
    "ghc",
    "ghc-prim",
    "unix",
    "time",
    "mtl",
    "transformers",
    "deepseq",
    "parsec",
    *LIBRARY_DEPENDS,
)
OLDEST = (9, 0)
TESTED = ((9, 0), (9, 6), (9, 10))
"""Versions of GHC that the worker was compiled with and tested on (9.0.2, 9.6.6, 9.10.3), compared as numbers."""


SYSTEM_LIBRARIES = ("/usr/lib", "/usr/lib64", "/lib", "/lib64")
"""Where every program's libraries are; every jail shows them."""


@dataclass(frozen=True)
class Compiler:
    """A GHC: its command, its version and its folder of libraries."""

    command: str
    version: str
    libraries: Path
    packages: Path
    """The global package database."""
    package_tool: str
    """The `ghc-pkg` that belongs to it."""


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
    def shown(self) -> tuple[Path, ...]:
        """What a jail shows for the worker besides the system's libraries."""
        return (self.compiler.libraries, self.compiler.packages, self.folder, *loaded_files(self.program))

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which the worker starts; its libraries are where the loader found them outside."""
        folders = dict.fromkeys(str(path.parent) for path in loaded_files(self.program))
        found = {"LD_LIBRARY_PATH": ":".join(folders)} if folders else {}
        return {"LANG": "C.UTF-8", "PATH": "/nowhere", **found}

    @property
    def warm_trial(self) -> Path:
        """Prompt, answer and test on which the worker warms up for trials."""
        return self.folder / "warm"


@cache
def find_compiler(command: str, package_tool: str | None = None) -> Compiler:
    """Ask a GHC for its version and folders; ``package_tool`` is its `ghc-pkg`, or none: found beside it.

    Raises ``ToolError`` where there is none, or one that is older than any that the worker can be built with. What is
    newer than what was tested is tried: ``ensure_worker`` says so.
    """
    if shutil.which(command) is None:
        raise ToolError(f"GHC not found (haskell.ghc = {command}); `make doctor` says what installs it here")
    version = _output([command, "--numeric-version"]).strip()
    if _series(version) < OLDEST:
        raise ToolError(
            f"GHC {version} is too old; seqplay needs {_dotted(OLDEST)} or later (haskell.ghc), "
            f"and was tested with {', '.join(map(_dotted, TESTED))}"
        )
    libraries = Path(_output([command, "--print-libdir"]).strip()).resolve()
    packages = Path(_output([command, "--print-global-package-db"]).strip()).resolve()
    return Compiler(command, version, libraries, packages, package_tool or _package_tool(command, version, libraries))


def _package_tool(command: str, version: str, libraries: Path) -> str:
    """Return the `ghc-pkg` of a GHC: beside it, under the names that Debian, ghcup, conda and GHC's own tree give it.

    Raises ``ToolError`` where none there is of that version.
    """
    named = Path(shutil.which(command) or command)
    suffix = named.name.removeprefix("ghc")
    folders = (named.parent, named.resolve().parent, libraries.parent / "bin", libraries / "bin")
    names = (f"ghc-pkg{suffix}", f"ghc-pkg-{version}", "ghc-pkg", f"ghc-pkg-ghc-{version}")
    for tool in (folder / name for folder in folders for name in names):
        if os.access(tool, os.X_OK) and _output([str(tool), "--version"]).split()[-1:] == [version]:
            return str(tool)
    raise ToolError(f"no ghc-pkg of GHC {version} beside {named}: name it in haskell.ghc_pkg")


def _series(version: str) -> tuple[int, ...]:
    """Return major and minor version as numbers: 9.10 comes after 9.2."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _dotted(series: tuple[int, ...]) -> str:
    return ".".join(map(str, series))


@cache
def loaded_files(program: Path) -> tuple[Path, ...]:
    """Return the files that the dynamic loader opens for a program of ours outside the system's library folders.

    Links are returned with what they lead to. Raises ``ToolError`` where the loader does not find one.
    """
    environment = {**os.environ, "LD_TRACE_LOADED_OBJECTS": "1"}
    try:
        told = subprocess.run([program], capture_output=True, text=True, timeout=60, env=environment).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolError(f"{program}: the dynamic loader does not say what it needs ({error})") from error
    found: dict[Path, None] = {}
    for line in told.splitlines():
        name, arrow, rest = line.strip().partition(" => ")
        if arrow and rest.startswith("not found"):
            raise ToolError(f"{program} needs {name}, which the dynamic loader does not find: see LD_LIBRARY_PATH")
        path = Path((rest if arrow else name).rpartition(" (")[0] or "/nowhere")
        if path.is_absolute() and not any(str(path).startswith(f"{folder}/") for folder in SYSTEM_LIBRARIES):
            found.update(dict.fromkeys(_links(path)))
    return tuple(found)


def _links(path: Path) -> list[Path]:
    """Return a path, what it leads to if it is a link, and so on."""
    return [path, *(_links(path.parent / path.readlink()) if path.is_symlink() else [])]


def cache_folder() -> Path:
    """Return the folder below which compiled workers lie."""
    chosen = os.environ.get("SEQPLAY_CACHE")
    return (
        Path(chosen).resolve()
        if chosen
        else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seqplay"
    )


def ensure_worker(command: str, package_tool: str | None = None) -> Build:
    """Return the compiled worker for a GHC, compiling it first (about a minute) where the cache has none.

    Warns where the worker was not tested with that version; whether it works there, its own probe says when it starts.
    Raises ``ToolError`` with the compiler's first line where it cannot be built.
    """
    compiler = find_compiler(command, package_tool)
    folder = cache_folder() / f"worker-{_key(compiler)}"
    build = Build(compiler, folder)
    if build.program.exists():
        return build
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (folder.parent / ".worker.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not build.program.exists():
                if _series(compiler.version) not in TESTED:
                    known = ", ".join(map(_dotted, TESTED))
                    warn(f"the worker was not tested with GHC {compiler.version} (but with {known})", stacklevel=2)
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


_LIBRARY_FLAGS = ["-v0", "-w", "-O1", "-dynamic", "-fPIC", "-shared", "-hisuf", "dyn_hi", "-osuf", "dyn_o"]
# Libraries that only users' programs name are linked too: they must be there when such a program is.
_WORKER_FLAGS = ["-v0", "-w", "-O1", "-dynamic", "-rtsopts=all", "-optl-Wl,--no-as-needed"]


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
    ghc_pkg = compiler.package_tool
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
