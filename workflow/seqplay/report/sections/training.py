"""How the adapters were trained: loss by step, held-out loss before and after, and what became of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from seqplay.records import Role
from seqplay.report.drawing.charts import lines_chart
from seqplay.report.drawing.figure import Cell, Figure, Section, Table
from seqplay.report.reading.experiment import Experiment, Training

POINTS = 400
"""Points of a loss curve that are drawn; longer ones show the mean of neighbouring steps."""
NO_TRAINING = "No adapter was trained: nothing was kept, or no model played."
LOSSES = ("loss_first", "loss_last", "heldout_loss_before", "heldout_loss")


def training_section(experiment: Experiment) -> Section:
    """Return the chapter on the adapters."""
    trainings = [one for iteration in experiment.iterations for one in iteration.training]
    return Section(
        "training", "Training", [loss_figure(trainings), heldout_figure(trainings), adapters_figure(trainings)]
    )


def loss_figure(trainings: Sequence[Training]) -> Figure:
    """Return the training loss by step, the iterations one after another."""
    title = "Training loss"
    rows: list[dict[str, Any]] = []
    for agent in Role:
        losses = [float(step["loss"]) for one in trainings if one.agent is agent for step in one.curve]
        rows += [{"x": step, "series": agent.capitalize(), "value": value} for step, value in thinned(losses)]
    caption = f"Loss on the answers alone, by step, the iterations one after another; at most {POINTS} points a player."
    if not rows:
        return Figure("loss", title, caption, empty_message=NO_TRAINING)
    series = list(dict.fromkeys(row["series"] for row in rows))
    chart = lines_chart(rows, series, x="step", y="loss", points=len(rows) < POINTS / 4)
    table = Table(("player", "step", "loss"), [(row["series"], row["x"], loss(row["value"])) for row in rows])
    return Figure("loss", title, caption, table, chart)


def thinned(values: Sequence[float]) -> Iterator[tuple[int, float]]:
    """Yield step and value, from 1; of more than ``POINTS`` values means of neighbours, at their last step."""
    width = -(-len(values) // POINTS) or 1
    for start in range(0, len(values), width):
        group = values[start : start + width]
        yield start + len(group), sum(group) / len(group)


def heldout_figure(trainings: Sequence[Training]) -> Figure:
    """Return the loss on kept examples that training did not see, before and after it."""
    title = "Held-out loss"
    caption = (
        "Loss on a share of the kept examples that the training does not see, before and after it. The examples are "
        "other ones in each iteration."
    )
    rows: list[dict[str, Any]] = []
    for one in trainings:
        for name, when in (("heldout_loss_before", "before"), ("heldout_loss", "after")):
            value = one.metrics.get(name)
            if value is not None:
                rows.append({"x": one.iteration, "series": f"{one.agent.capitalize()}, {when}", "value": value})
    if not rows:
        empty_message = "No example was held out of training." if any(one.curve for one in trainings) else NO_TRAINING
        return Figure("heldout-loss", title, caption, empty_message=empty_message)
    series = [
        name
        for name in (f"{agent.capitalize()}, {when}" for agent in Role for when in ("before", "after"))
        if any(row["series"] == name for row in rows)
    ]
    cells = {(row["x"], row["series"]): loss(row["value"]) for row in rows}
    numbers = sorted({int(row["x"]) for row in rows})
    table = Table(
        ("iteration", *series), [(number, *(cells.get((number, name), "–") for name in series)) for number in numbers]
    )
    return Figure("heldout-loss", title, caption, table, lines_chart(rows, series, x="iteration", y="loss"))


def adapters_figure(trainings: Sequence[Training]) -> Figure:
    """Return what became of each adapter."""
    head = ("adapter", "status", "examples", "steps", "loss: first", "last", "held-out loss: before", "after")
    rows: list[tuple[Cell, ...]] = [
        (
            f"{one.agent.capitalize()}, iteration {one.iteration}",
            one.status.replace("_", " "),
            str(one.account.get("data", {}).get("trained", "–")),
            str(one.metrics.get("steps", "–")),
            *(loss(one.metrics.get(name)) for name in LOSSES),
        )
        for one in trainings
    ]
    return Figure(
        "adapters",
        "Adapters",
        "Carried over: there was nothing new to learn from, and the previous adapter plays on.",
        Table(head, rows),
        wide=True,
    )


def loss(value: float | None) -> str:
    """Return a loss as a table's cell."""
    return "–" if value is None else f"{value:.3f}"
