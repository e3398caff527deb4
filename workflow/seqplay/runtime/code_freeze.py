"""Code frozen for a run: a job refuses to work with other code, prompts or settings than those its run began with.

When a workflow starts, the contents of the package, the scripts, the rules and the prompts are written down, with the
configuration, in ``.seqplay/runs``; every job, on whatever node, hears of that file through the environment and
compares before it computes. Without it, an edit made while jobs wait in a queue would give an experiment that half of
one program and half of another has made. Limit: other packages (a `pip install` in the middle) are not watched.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import seqplay
from seqplay.errors import ToolError
from seqplay.files import canonical_json, content_id, write_text

VARIABLE = "SEQPLAY_RUN"
"""The environment variable that names the run's file; Slurm hands it on to every job."""
ALLOW = "SEQPLAY_ALLOW_EDITS"
"""Set it to 1 to have edits noted in the jobs' logs instead of refused (for work on seqplay itself)."""
FOLDER = Path(".seqplay/runs")
CONFIGURATION = "configuration"
NAMED = 3
"""Changed files that a message names."""


def _watched(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield names and paths of all files that decide what a job computes."""
    package = Path(seqplay.__file__).parent
    for folder, prefix in ((root / "rules", "rules"), (root / "workflow/scripts", "workflow/scripts"),
                           (root / "config/prompts", "config/prompts"), (package, "seqplay")):  # fmt: skip
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
                yield f"{prefix}/{path.relative_to(folder).as_posix()}", path
    yield "Snakefile", root / "Snakefile"


def manifest(root: Path, config: dict[str, Any]) -> dict[str, str]:
    """Return the contents, as hashes, of all that decides what a job computes."""
    found = {name: content_id(path.read_text(encoding="utf-8", errors="replace")) for name, path in _watched(root)}
    found[CONFIGURATION] = content_id(canonical_json(json.loads(json.dumps(config, default=str))))
    return found


def freeze(root: Path, config: dict[str, Any]) -> Path:
    """Write down what the run begins with, and tell it to all processes that are started from here on."""
    text = canonical_json({"root": str(root.resolve()), "files": manifest(root, config)})
    path = (FOLDER / f"{content_id(text)}.json").absolute()
    if not path.exists():
        write_text(path, text)
    os.environ[VARIABLE] = str(path)
    return path


def check(config: dict[str, Any]) -> None:
    """Raise ``ToolError`` where the code or the configuration is no longer the run's; nothing outside of a run."""
    name = os.environ.get(VARIABLE)
    if not name or not Path(name).is_file():
        return
    run = json.loads(Path(name).read_text(encoding="utf-8"))
    now = manifest(Path(run["root"]), config)
    changed = [key for key in {**run["files"], **now} if run["files"].get(key) != now.get(key)]
    if not changed:
        return
    named = ", ".join(changed[:NAMED]) + (f" and {len(changed) - NAMED} more" if len(changed) > NAMED else "")
    message = f"{named}: edited since this run began; stop the run and start it again ({ALLOW}=1 lets edits pass)"
    if os.environ.get(ALLOW) != "1":
        raise ToolError(message)
    logging.getLogger(__name__).warning("%s (%s=1: going on)", message, ALLOW)
