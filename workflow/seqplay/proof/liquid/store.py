"""What is built once a machine and kept in the user's cache folder: the warm worker, and the pipeline's own modules.

The library of reflected functions and lemmas is checked by Liquid Haskell when it is built, and installed as a package
under the hash of its text and of the tools: theorems import it without paying for it again.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from seqplay.errors import ToolError
from seqplay.files import content_id
from seqplay.haskell.sandbox.build import cache_folder
from seqplay.proof.liquid.cold import read_result, run_limited
from seqplay.proof.liquid.toolchain import LIBRARY, Toolchain
from seqplay.proof.liquid.verdict import ModuleText, Outcome, read_outcome
from seqplay.records import Verdict

SOURCE = Path(__file__).with_name("worker.hs")
_DEPENDS = ("base", "liquidhaskell", "ghc", "unix", "directory", "bytestring")


def ensure_worker(tools: Toolchain) -> Path:
    """Return the compiled warm worker, compiling it first (seconds) where the cache has none."""
    text = SOURCE.read_text(encoding="utf-8")
    key = content_id(tools.compiler.version, str(tools.compiler.libraries), str(tools.database), tools.liquid, text)
    return _kept(f"worker-{key}", lambda folder: _compile_worker(tools, folder)) / "worker"


def _compile_worker(tools: Toolchain, folder: Path) -> None:
    visible = [flag for name in _DEPENDS for flag in ("-package", name)]
    database = [f"-package-db={tools.database}", "-package-env", "-", "-no-user-package-db", "-hide-all-packages"]
    output = ["-outputdir", str(folder / "objects"), "-o", str(folder / "worker")]
    command = [tools.compiler.command, "-v0", "-O1", "-dynamic", "-rtsopts=all", *database, *visible, *output]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GHC")}
    done = subprocess.run([*command, str(SOURCE)], capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise ToolError(f"the Liquid Haskell worker cannot be compiled: {' '.join(done.stderr.split())[:600]}")
    shutil.rmtree(folder / "objects")


def ensure_library(tools: Toolchain, modules: Sequence[ModuleText]) -> Path | None:
    """Return the package database of the given modules, checking and installing them first where the cache has none.

    None for no modules. Raises ``ToolError`` where Liquid Haskell does not accept one: they are the pipeline's own.
    """
    if not modules:
        return None
    key = content_id(tools.key, *(part for module in modules for part in module))
    return _kept(f"library-{key}", lambda folder: _install_library(tools, modules, folder)) / "db"


def _install_library(tools: Toolchain, modules: Sequence[ModuleText], folder: Path) -> None:
    files = [f"{module.name}.hs" for module in modules]
    for module, file in zip(modules, files, strict=True):
        (folder / file).write_text(module.text, encoding="utf-8")
    ghc = [tools.compiler.command, "--make", "-v0", *tools.flags(), *tools.plugin(), "-no-link"]
    patient = tools.with_seconds(20 * tools.limits.seconds)
    ended = run_limited(patient, [*ghc, "-this-unit-id", f"{LIBRARY}-1", *files], folder)
    results = tuple(read_result(folder, file) for file in files)
    log = (folder / "log").read_text(encoding="utf-8", errors="replace")
    for at, module in enumerate(modules):
        verdict = read_outcome([module], None, Outcome(ended, log, (results[at],)))
        if verdict.verdict is not Verdict.ACCEPTED:
            raise ToolError(f"the library module {module.name} is not accepted: {verdict.message[:1000]}")
    for module in modules:
        shutil.copyfile(folder / f"{module.name}.hi", folder / f"{module.name}.dyn_hi")
    _register(tools, folder / "db", [module.name for module in modules])


def _register(tools: Toolchain, database: Path, names: Sequence[str]) -> None:
    """Describe the package to GHC, in places relative to the database."""
    database.mkdir()
    units = [path.stem for name in ("liquid-base", "liquid-prelude") for path in tools.database.glob(f"{name}-*.conf")]
    fields = {
        "name": LIBRARY,
        "version": "1",
        "id": f"{LIBRARY}-1",
        "key": f"{LIBRARY}-1",
        "exposed": "True",
        "exposed-modules": " ".join(names),
        "import-dirs": "${pkgroot}",
        "depends": " ".join(units),
    }
    text = "".join(f"{key}: {value}\n" for key, value in fields.items())
    (database / f"{LIBRARY}.conf").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [tools.compiler.package_tool, "recache", "--package-db", database], capture_output=True, text=True
    )
    if done.returncode != 0:
        raise ToolError(f"ghc-pkg cannot register the library: {' '.join(done.stderr.split())[:400]}")


def _kept(name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder of the cache, made beside its place and renamed where it is not there yet."""
    parent = cache_folder() / "liquid"
    folder = parent / name
    if folder.exists():
        return folder
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with (parent / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                with tempfile.TemporaryDirectory(dir=parent, prefix=".build-") as place:
                    made = Path(place) / "made"
                    made.mkdir()
                    make(made)
                    made.rename(folder)
    except OSError as error:
        raise ToolError(f"{folder}: cannot be made ({error.strerror or error}); set SEQPLAY_CACHE") from error
    return folder
