"""What a page consists of: sections of figures, each a chart with its table, or a word on why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Cell = str | int | float


@dataclass(frozen=True)
class Table:
    """A table in plain HTML; its cells are shown as they are, as text."""

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    links: Sequence[str | None] = ()
    """Where the first cell of each row leads, relative to the page."""


@dataclass(frozen=True)
class Figure:
    """One question and its answer."""

    id: str
    title: str
    caption: str
    """What is to be seen and how it was counted; it is the chart's description for a screen reader too."""
    table: Table | None = None
    spec: dict[str, Any] | None = None
    """A Vega-Lite chart; none where a table says it all."""
    empty_message: str = ""
    """Why there is nothing to show."""
    wide: bool = False
    """Whether it takes a page's width; a wide chart scrolls sideways by itself on a phone."""


@dataclass(frozen=True)
class Section:
    """A chapter of the page."""

    id: str
    title: str
    figures: Sequence[Figure]
    lead: str = ""


def share(low: float, value: float | None, high: float, total: int) -> str:
    """Return a share with its interval as a table's cell: ``62 % [41, 80] of 21``."""
    if value is None:
        return "–"
    return f"{100 * value:.0f} % [{100 * low:.0f}, {100 * high:.0f}] of {total}"
