"""Evaluation suites: what the players reach on tasks from outside the game."""

from __future__ import annotations

from seqplay.report.drawing.figure import Figure, Section, Table
from seqplay.report.reading.experiment import Experiment
from seqplay.report.sections.shares import estimated, shares_figure
from seqplay.suites.tables import SAID, results_frame


def suites_sections(experiment: Experiment) -> list[Section]:
    """Return the chapter on suites; none where the experiment has none."""
    results = experiment.suites
    if not results:
        return []
    figures = []
    for suite in dict.fromkeys(one.suite for one in results):
        mine = [one for one in results if one.suite == suite]
        points = [estimated(one.iteration, one.player, one.accuracy) for one in mine]
        figures.append(
            shares_figure(
                f"suite-{suite}",
                suite,
                f"The mean over {mine[0].items} items of the share of right answers; for tests, pass@1.",
                points,
                y="right answers",
                empty_message="The suite has no items.",
                x="after iteration",
            )
        )
    frame = results_frame(results)
    rows = [tuple(row) for row in frame.itertuples(index=False, name=None)]
    table = Figure(
        "suites", "All suites", "Raw answers and scores lie below eval_N/suites/.", Table(tuple(frame.columns), rows)
    )
    return [Section("suites", "Evaluation suites", [table, *figures], SAID.replace("*", ""))]
