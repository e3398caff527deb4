"""The manifest of an experiment: all that decides its results, and what of it differs on another machine.

A run writes it when it starts (``results/NAME/manifest.json``): the configuration with its seed, the inputs with
commits and hashes, every file of the code, the versions of packages and tools. ``seqplay reproduce`` compares it with
what is here. Equal manifests promise equal results with the deterministic engines; the kernels of GPUs may round
differently.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

import seqplay
from seqplay.config import Config, EngineKind
from seqplay.config.sweep import flat
from seqplay.downloads import OFFLINE
from seqplay.engines import vllm_api
from seqplay.errors import InputError, SeqplayError, ToolError
from seqplay.files import canonical_json, write_text
from seqplay.operations.fetch import Input, Say, fetch_inputs
from seqplay.records import Record
from seqplay.runtime import code_freeze

FILE = "manifest.json"
PACKAGES = ("snakemake", "torch", "transformers", "peft", "accelerate", "vllm", "datasets", "pydantic")
NAMED = 5
"""Changed files of the code that are named."""


class Manifest(Record):
    """What decides the results of an experiment."""

    experiment: str
    config: dict[str, Any]
    inputs: tuple[Input, ...]
    code: dict[str, str]
    """Files of the code and the prompts, with their hashes."""
    versions: dict[str, str]


def prepare(experiments: Mapping[str, Config], raw: dict[str, Any], root: Path, say: Say) -> None:
    """Fetch the inputs of all experiments, write their manifests, and switch the hub off for what starts from here on.

    ``raw``: the whole configuration as Snakemake has it; ``root``: the folder of the Snakefile.
    """
    code = _code(root, raw)
    for name, config in experiments.items():
        try:
            inputs = tuple(fetch_inputs(config, say))
        except ToolError as error:  # what is asked for may not need it; a job that does fails with the same words
            say(f"seqplay: warning: {error}")
            inputs = ()
        plain = config.model_dump(mode="json", by_alias=True)
        found = Manifest(experiment=name, config=plain, inputs=inputs, code=code, versions=versions(config))
        write_text(Path(config.results) / name / FILE, canonical_json(found.model_dump(mode="json")) + "\n")
    os.environ.setdefault(OFFLINE, "1")


def read_manifest(path: Path) -> Manifest:
    """Return the manifest in a file; ``InputError`` where there is none."""
    try:
        return Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise InputError(f"{path}: no manifest of an experiment ({str(error).splitlines()[0]})") from error


def differences(then: Manifest, root: Path) -> Iterator[str]:
    """Yield what is not here as it was there, a line each; ``root``: the folder of the Snakefile."""
    try:
        config = Config.model_validate(then.config)
    except ValidationError as error:
        first = error.errors()[0]
        yield f"configuration: {'.'.join(map(str, first['loc']))}: {first['msg']} (another version of seqplay wrote it)"
        return
    now = config.model_dump(mode="json", by_alias=True)
    before, after = flat(then.config), flat(now)
    for key in sorted(after.keys() - before.keys()):
        yield f"configuration: {key} is new, {after[key]!r} by default"
    changed = _changed(then.code, _code(root, {}))
    if changed:
        more = f" and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
        yield f"code: {', '.join(changed[:NAMED])}{more}"
    here = versions(config)
    for name in sorted(then.versions.keys() | here.keys()):
        if then.versions.get(name) != here.get(name):
            yield f"version: {name} was {then.versions.get(name, 'not there')}, here {here.get(name, 'not there')}"
    yield from _inputs_that_differ(then.inputs, config)


def _inputs_that_differ(then: tuple[Input, ...], config: Config) -> Iterator[str]:
    try:
        found = {one.what: one for one in fetch_inputs(config, say=lambda line: None)}
    except SeqplayError as error:
        yield f"input: {error}"
        return
    for one in then:
        here = found.get(one.what)
        if here != one:
            yield f"input: {one} ({one.content or 'no hash'}), here {here} ({here.content if here else 'not there'})"


def _changed(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))


def _code(root: Path, raw: dict[str, Any]) -> dict[str, str]:
    found = code_freeze.manifest(root, raw)
    del found[code_freeze.CONFIGURATION]
    return found


def versions(config: Config) -> dict[str, str]:
    """Return the versions of what computes: Python, packages, the compiler, the solver, the GPU's driver."""
    found = {"python": platform.python_version(), "seqplay": seqplay.__version__}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    tools: dict[str, tuple[str, ...]] = {
        "ghc": (config.haskell.ghc, "--numeric-version"),
        "z3": (config.haskell.z3, "--version"),
        "gpu driver": ("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader", "--id=0"),
    }
    if config.engine.kind is EngineKind.VLLM:
        python = vllm_api.interpreter(config.engine.vllm.python)
        if python != sys.executable:
            tools["vllm"] = (python, "-c", vllm_api.ASK_VERSION)
    told = {name: _told(command) for name, command in tools.items()}
    return found | {name: line for name, line in told.items() if line}


@cache
def _told(command: tuple[str, ...]) -> str:
    """Return the first line that a tool says; nothing where there is no such tool."""
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.strip().partition("\n")[0]
