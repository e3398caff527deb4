"""The flow diagram's geometry: stations as bars in columns, links as bands between them, in pixels."""

from __future__ import annotations

from typing import NamedTuple

from seqplay.report.reading.flow import Flow
from seqplay.report.reading.journey import COLUMNS, Station

HEIGHT = 340.0
GAP = 26.0
"""Pixels between two bars of a column: room for a label."""
BAR = 0.045
"""A bar's width, in columns."""
STEPS = 24
"""Points of a band's curve."""
THINNEST = 1.5
"""Pixels of the thinnest band: one lost program of thousands is still seen."""


class Box(NamedTuple):
    """A station's bar: left edge in columns, top and bottom in pixels from the top."""

    station: Station
    programs: int
    x: float
    top: float
    bottom: float


class Slice(NamedTuple):
    """A band's extent at one x."""

    band: str
    source: str
    target: str
    goal: str
    programs: int
    x: float
    top: float
    bottom: float


def boxes(flow: Flow) -> dict[Station, Box]:
    """Return the bars; a column's bars are stacked with gaps, heights in proportion to the programs."""
    columns = [[station for station in column if station in flow.stations] for column in COLUMNS]
    scale = _scale(flow, columns)
    placed = {}
    for place, column in enumerate(columns):
        y = 0.0
        for station in column:
            count = flow.stations[station]
            height = max(count * scale, THINNEST)
            placed[station] = Box(station, count, float(place), y, y + height)
            y += height + GAP
    return placed


def _scale(flow: Flow, columns: list[list[Station]]) -> float:
    """Return pixels a program, so that the fullest column fits."""
    fits = [
        (HEIGHT - GAP * len(column)) / total
        for column in columns
        if (total := sum(flow.stations[one] for one in column))
    ]
    return max(min(fits, default=0.0), 0.0)


def bands(flow: Flow) -> list[Slice]:
    """Return the links as bands: from each bar downwards in the order of the stations, smooth between the columns."""
    placed = boxes(flow)
    leaves = {station: box.top for station, box in placed.items()}
    arrives = dict(leaves)
    slices = []
    for link in flow.links:
        source, target = placed[link.source], placed[link.target]
        scale = (source.bottom - source.top) / source.programs
        height = max(link.count * scale, THINNEST)
        start, end = leaves[link.source], arrives[link.target]
        leaves[link.source] += link.count * scale
        arrives[link.target] += link.count * scale
        left, right = source.x + BAR, target.x
        for step in range(STEPS + 1):
            t = step / STEPS
            y = start + (end - start) * t * t * (3 - 2 * t)
            slices.append(
                Slice(
                    f"{link.source}>{link.target}:{link.goal}",
                    link.source.value,
                    link.target.value,
                    link.goal.upper(),
                    link.count,
                    round(left + (right - left) * t, 4),
                    round(y, 2),
                    round(y + height, 2),
                )
            )
    return slices
