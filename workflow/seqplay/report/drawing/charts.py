"""The charts, by Altair: shapes and scales alone. Colours, fonts and backgrounds are the page's, light or dark.

Every chart takes plain rows, so that none depends on where they come from; a series' colour is its place in ``series``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from seqplay.report.drawing.sankey import BAR, HEIGHT, Box, Slice

Row = Mapping[str, Any]
Spec = dict[str, Any]
GOALS = ("SEQ", "SINQ", "all")
TALL = 260
NARROW = 300
"""Pixels that a legend may take, on a phone too."""
FEW = 24
"""Places on a line of which each has its own tick."""
BAND = 26
"""Pixels that a horizontal bar takes."""


def _data(rows: Sequence[Row]) -> alt.Data:
    data: alt.Data = alt.InlineData(values=[dict(row) for row in rows])
    return data


def _legend(series: Sequence[str], title: str = "") -> alt.Legend | None:
    if len(series) < 2:
        return None
    columns = max(1, NARROW // (max(map(len, series)) * 7 + 30))
    return alt.Legend(title=title or None, orient="top", symbolOpacity=1, symbolStrokeWidth=0, columns=columns)


def _colour(field: str, series: Sequence[str], title: str = "") -> alt.Color:
    return alt.Color(f"{field}:N", scale=alt.Scale(domain=list(series)), legend=_legend(series, title))


def _ticks() -> alt.Axis:
    return alt.Axis(labelAngle=0, labelOverlap="greedy")


def _finish(chart: Any, height: int = TALL) -> Spec:
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    spec: Spec = chart.properties(width="container", height=height, autosize=fit).to_dict()
    return spec


def flow_chart(boxes: Sequence[Box], bands: Sequence[Slice]) -> Spec:
    """Return the flow diagram: bands coloured by goal between bars with their names and counts."""
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, 4.85], nice=False))
    y = alt.Y("top:Q", axis=None, scale=alt.Scale(domain=[HEIGHT, -4], nice=False))
    band = (
        alt.Chart(_data([one._asdict() for one in bands]))
        .mark_area(opacity=0.5)
        .encode(
            x=x,
            y=y,
            y2="bottom:Q",
            detail="band:N",
            color=_colour("goal", GOALS[:2], "goal"),
            tooltip=["source:N", "target:N", "goal:N", "programs:Q"],
        )
    )
    rows = [{**box._asdict(), "station": box.station.value, "right": box.x + BAR} for box in boxes]
    for row in rows:
        row["middle"] = (row["top"] + row["bottom"]) / 2
        row["label"] = f"{row['station']} · {row['programs']}"
    bars = alt.Chart(_data(rows))
    bar = bars.mark_rect(cornerRadius=1, style="bar-of-flow").encode(
        x=x, x2="right:Q", y=y, y2="bottom:Q", tooltip=["station:N", "programs:Q"]
    )
    label = bars.mark_text(align="left", dx=6, fontSize=12, style="label-of-flow").encode(
        x=alt.X("right:Q", axis=None), y=alt.Y("middle:Q", axis=None), text="label:N"
    )
    return _finish(band + bar + label, int(HEIGHT))


def shares_chart(rows: Sequence[Row], series: Sequence[str], *, x: str, y: str, from_zero: bool = True) -> Spec:
    """Return shares over iterations with their intervals: rows have iteration, series, share, low, high, label."""
    base = alt.Chart(_data(rows)).encode(
        x=alt.X("iteration:O", title=x, axis=_ticks()),
        xOffset=alt.XOffset("series:N", scale=alt.Scale(domain=list(series))) if len(series) > 1 else alt.Undefined,
        color=_colour("series", series),
    )
    scale = alt.Scale(domain=[0, 1]) if from_zero else alt.Scale(zero=False)
    tooltip = ["series:N", "iteration:O", "label:N"]
    interval = base.mark_rule(strokeWidth=2, opacity=0.55).encode(
        y=alt.Y("low:Q", title=y, scale=scale, axis=alt.Axis(format="%")), y2="high:Q", tooltip=tooltip
    )
    point = base.mark_point(
        filled=True, size=70 if len({row["iteration"] for row in rows}) * len(series) < FEW else 34, opacity=1
    ).encode(
        y=alt.Y("share:Q", title=y, scale=scale),
        shape=alt.Shape("series:N", scale=alt.Scale(domain=list(series)), legend=_legend(series)),
        tooltip=tooltip,
    )
    return _finish(interval + point)


def lines_chart(
    rows: Sequence[Row], series: Sequence[str], *, x: str, y: str, percent: bool = False, points: bool = True
) -> Spec:
    """Return values over a number (``x``) as lines: rows have x, series, value."""
    few = len({row["x"] for row in rows}) <= FEW
    place = alt.X(f"x:{'O' if few else 'Q'}", title=x, axis=_ticks())
    axis = alt.Axis(format="%") if percent else alt.Axis()
    scale = alt.Scale(domain=[0, 1]) if percent else alt.Scale(zero=False, nice=True)
    chart = (
        alt.Chart(_data(rows))
        .mark_line(point=alt.OverlayMarkDef(size=60) if points else False, strokeWidth=2)
        .encode(
            x=place,
            y=alt.Y("value:Q", title=y, scale=scale, axis=axis),
            color=_colour("series", series),
            strokeDash=alt.StrokeDash("series:N", scale=alt.Scale(domain=list(series)), legend=_legend(series)),
            tooltip=["series:N", alt.Tooltip("x:Q", title=x), alt.Tooltip("value:Q", format=".4g")],
        )
    )
    return _finish(chart)


def bars_chart(rows: Sequence[Row], series: Sequence[str], *, x: str, legend: str = "") -> Spec:
    """Return horizontal bars, the longest first, a bar's series one after another: rows have name, series, value."""
    placed = [{**row, "place": series.index(row["series"])} for row in rows]
    chart = alt.Chart(_data(placed)).mark_bar().encode(**_bar(series, x, legend), order=alt.Order("place:Q"))
    return _finish(chart, BAND * len({row["name"] for row in rows}))


def compared_chart(rows: Sequence[Row], series: Sequence[str], *, x: str) -> Spec:
    """Return horizontal bars, the series of each name one below the other: rows have name, series, value."""
    offset = alt.YOffset("series:N", scale=alt.Scale(domain=list(series)))
    chart = alt.Chart(_data(rows)).mark_bar().encode(**_bar(series, x, ""), yOffset=offset)
    return _finish(chart, (8 + 12 * len(series)) * len({row["name"] for row in rows}))


def _bar(series: Sequence[str], x: str, legend: str) -> dict[str, Any]:
    longest_first = alt.EncodingSortField(field="value", op="sum", order="descending")
    return {
        "x": alt.X("value:Q", title=x, axis=alt.Axis(tickMinStep=1)),
        "y": alt.Y("name:N", title=None, sort=longest_first, axis=alt.Axis(labelLimit=190)),
        "color": _colour("series", series, legend),
        "tooltip": ["name:N", "series:N", alt.Tooltip("value:Q", format=",.4~g")],
    }


def stacked_chart(rows: Sequence[Row], classes: Sequence[str], *, x: str, y: str, legend: str) -> Spec:
    """Return ordered classes as shares of a column for each iteration: rows have iteration, class, place, count."""
    chart = (
        alt.Chart(_data(rows))
        .mark_bar()
        .encode(
            x=alt.X("iteration:O", title=x, axis=_ticks()),
            y=alt.Y("count:Q", stack="normalize", title=y, axis=alt.Axis(format="%")),
            color=alt.Color(
                "class:O",
                sort=list(classes),
                scale=alt.Scale(domain=list(classes)),
                legend=_legend(classes, legend),
            ),
            order=alt.Order("place:Q"),
            tooltip=["iteration:O", "class:O", "count:Q"],
        )
    )
    return _finish(chart)
