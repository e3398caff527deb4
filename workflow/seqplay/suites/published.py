"""Published results beside our own: what the paper's authors report on a known suite, category by category."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqplay.config import SuiteFormat
from seqplay.game.cells import NONE, estimate_cell
from seqplay.suites.records import SuiteResult
from seqplay.suites.schedule import BASE_PLAYER

if TYPE_CHECKING:
    import pandas

FILE = Path(__file__).parents[3] / "config/data/published.json"
"""Each figure with its source and its caveats; it is part of the repository, not of the package."""
SHOWN = {"base": "published: base", "main": "published: trained"}
"""The published runs that are shown, by their column."""


@cache
def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {"results": [], "caveats": []}


def caveats() -> str:
    """Return what a reader must know before comparing."""
    return " ".join(_read(FILE)["caveats"])


def beside_published(form: SuiteFormat, results: Sequence[SuiteResult], player: str = "bob") -> pandas.DataFrame | None:
    """Return a row for each category of a suite: published figures, and ours of the base and of the last evaluation.

    ``results`` are those of one suite. None where nothing is published of its format.
    """
    import pandas

    known = {one["name"]: one["categories"] for one in _read(FILE)["results"] if one["suite"] == form}
    if not known:
        return None
    ours = {"here: base": _last(results, BASE_PLAYER), "here: last": _last(results, player)}
    rows = [
        {
            "category": category,
            **{column: _share(known.get(name, {}).get(category)) for name, column in SHOWN.items()},
            **{column: estimate_cell(one.by_category.get(category)) if one else NONE for column, one in ours.items()},
        }
        for category in sorted({category for found in known.values() for category in found})
    ]
    return pandas.DataFrame(rows)


def _last(results: Sequence[SuiteResult], player: str) -> SuiteResult | None:
    found = [one for one in results if one.player == player]
    return max(found, key=lambda one: one.iteration) if found else None


def _share(found: dict[str, Any] | None) -> str:
    if found is None:
        return NONE
    runs = "run" if found["runs"] == 1 else "runs"
    return f"{found['accuracy']:.3f} of {found['parsed']} read in {found['runs']} {runs}"
