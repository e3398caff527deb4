"""Shares over the iterations with their intervals: the figure that most questions of the report are answered by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from seqplay.game.intervals import accuracy
from seqplay.records import Accuracy, Estimate
from seqplay.report.drawing.charts import shares_chart
from seqplay.report.drawing.figure import Figure, Table, share


class Point(NamedTuple):
    """A share of one series after one iteration."""

    iteration: int
    series: str
    value: Accuracy


def point(iteration: int, series: str, hits: int, total: int) -> Point:
    """Return a counted share, with its 95 % interval."""
    return Point(iteration, series, accuracy(hits, total))


def estimated(iteration: int, series: str, value: Estimate | None) -> Point:
    """Return a share that was estimated over items, of so many of them; one without a value where there is none."""
    if value is None or value.value is None:
        return point(iteration, series, 0, 0)
    found = Accuracy(
        correct=round(value.value * value.items),
        total=value.items,
        share=value.value,
        low=value.low,
        high=value.high,
    )
    return Point(iteration, series, found)


def in_order(points: Iterable[Point]) -> list[str]:
    """Return the series of points in the order in which they come."""
    return list(dict.fromkeys(one.series for one in points))


def shares_figure(
    id: str, title: str, caption: str, points: Sequence[Point], *, y: str, empty_message: str, x: str = "iteration"
) -> Figure:
    """Return a figure of shares; where nothing was counted it says what is empty_message."""
    counted = [one for one in points if one.value.share is not None]
    if not counted:
        return Figure(id, title, caption, empty_message=empty_message)
    series = in_order(points)
    rows = [
        {
            "iteration": one.iteration,
            "series": one.series,
            "share": one.value.share,
            "low": one.value.low,
            "high": one.value.high,
            "label": _cell(one.value),
        }
        for one in counted
    ]
    return Figure(id, title, caption, shares_table(points, x), shares_chart(rows, series, x=x, y=y))


def shares_table(points: Sequence[Point], x: str) -> Table:
    """Return the shares as a table: a row an iteration, a column a series."""
    series = in_order(points)
    cells = {(one.iteration, one.series): _cell(one.value) for one in points}
    iterations = sorted({one.iteration for one in points})
    return Table((x, *series), [(number, *(cells.get((number, one), "–") for one in series)) for number in iterations])


def _cell(value: Accuracy) -> str:
    return share(value.low, value.share, value.high, value.total)
