"""Evaluation suites: what the players reach on tasks from outside the game."""

from __future__ import annotations

from collections.abc import Sequence

from seqplay.report.drawing.figure import Figure, Section, Table
from seqplay.report.reading.experiment import Experiment
from seqplay.report.sections.shares import estimated, shares_figure
from seqplay.suites.published import beside_published, caveats
from seqplay.suites.records import SuiteResult
from seqplay.suites.tables import SAID, categories_frame, looks, results_frame


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
        published = published_figure(experiment, suite)
        figures += [published] if published else []
    frame = results_frame(results)
    rows = [tuple(row) for row in frame.itertuples(index=False, name=None)]
    table = Figure(
        "suites", "All suites", "Raw answers and scores lie below eval_N/suites/.", Table(tuple(frame.columns), rows)
    )
    intro = f"{SAID} {looks(results)}".rstrip().replace("*", "")
    return [Section("suites", "Evaluation suites", [table, *categories_figures(results), *figures], intro)]


def categories_figures(results: Sequence[SuiteResult]) -> list[Figure]:
    """Return the table of categories, where a suite has them."""
    frame = categories_frame(results)
    rows = [tuple(row) for row in frame.itertuples(index=False, name=None)]
    caption = "The share of right answers of the base model and of each player after the last evaluation."
    table = Table(tuple(frame.columns), rows)
    return [Figure("suites-categories", "By category", caption, table)] if rows else []


def published_figure(experiment: Experiment, suite: str) -> Figure | None:
    """Return published figures beside ours; none where nothing is published of the suite's format."""
    forms = [one.format for one in experiment.config.evaluation.suites if one.name == suite]
    frame = beside_published(forms[0], [one for one in experiment.suites if one.suite == suite]) if forms else None
    if frame is None:
        return None
    rows = [tuple(row) for row in frame.itertuples(index=False, name=None)]
    caption = (
        f"Ours are over all answers, with 95 % intervals. Published: {caveats()} Sources: config/data/published.json."
    )
    return Figure(f"published-{suite}", f"{suite}: published beside here", caption, Table(tuple(frame.columns), rows))
