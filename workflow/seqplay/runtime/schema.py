"""Schema versions: a run goes on only with the version of the records with which it began.

Records of earlier versions are read where they are only shown (``inspect``, report, comparison). A run that mixed two
versions would train on examples that say less than the later ones, and count what was never counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from seqplay.errors import InputError
from seqplay.records import SCHEMA_VERSION

FIRST_FILES = ("programs/train.jsonl", "programs/heldout.jsonl")
"""What every run writes before anything else."""


def check_schema(results: Path, experiments: Iterable[str]) -> None:
    """Raise ``InputError`` where one of the experiments was begun with another version of the records."""
    for name in experiments:
        begun = begun_with(results / name)
        if begun is not None and begun != SCHEMA_VERSION:
            raise InputError(
                f"{results / name}: was begun with version {begun} of the records, and this seqplay writes version "
                f"{SCHEMA_VERSION}: finish it with the seqplay that began it, or give the experiment another name "
                "(`seqplay inspect` and the report still read it)"
            )


def begun_with(experiment: Path) -> int | None:
    """Return the version of the records with which an experiment was begun; none where nothing is there."""
    for name in FIRST_FILES:
        try:
            with (experiment / name).open(encoding="utf-8") as handle:
                first = handle.readline()
            return int(json.loads(first)["schema_version"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None
