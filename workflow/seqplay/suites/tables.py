"""What players reach on suites, as tables: of one experiment over its iterations, and of several beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from seqplay.game.cells import NONE, difference_cell, estimate_cell
from seqplay.suites.records import SuiteResult
from seqplay.suites.schedule import BASE_PLAYER

if TYPE_CHECKING:
    import pandas

SAID = (
    "Means over items, with 95 % intervals by bootstrap over items. *Against the base* is the paired difference on the "
    "same items with the same seeds: a change where its interval leaves out zero. Nothing of a suite is "
    "trained on. *Near training*: items that are near-duplicates of a program that the game draws from."
)

LOOKS = {"haskell_pairs": 0.51}
"""What a classifier that cannot read reaches on a shipped suite (``python benchmarks/shipped_suites.py surface``)."""


def looks(results: Iterable[SuiteResult]) -> str:
    """Return, as a sentence, what looks alone reach on the suites of these results; empty where it is not known."""
    known = [
        f"{LOOKS[suite]:.2f} on {suite}" for suite in dict.fromkeys(one.suite for one in results) if suite in LOOKS
    ]
    return f"A classifier that sees only looks reaches {', '.join(known)}." if known else ""


def results_frame(results: Iterable[SuiteResult]) -> pandas.DataFrame:
    """Return a row for each suite, player and evaluation, the base model first; pass@k columns where a suite has them.

    Cells are text with their intervals, but for the counts.
    """
    import pandas

    ordered = sorted(results, key=lambda one: (one.suite, one.player != BASE_PLAYER, one.player, one.iteration))
    rows = [
        {
            "suite": one.suite,
            "player": one.player,
            "after iteration": one.iteration,
            "items": one.items,
            "accuracy": estimate_cell(one.accuracy),
            **{f"pass@{k}": estimate_cell(found) for k, found in one.pass_at.items() if k != "1"},
            "against the base": difference_cell(one.difference),
            "unparsed": f"{one.unparsed} of {one.answers}",
            **(_near(one) if one.near_training else {}),
        }
        for one in ordered
    ]
    return pandas.DataFrame(rows).fillna(NONE)


def _near(one: SuiteResult) -> dict[str, str]:
    """Return the cells on items that are near-duplicates of training programs, where there are some."""
    return {
        "near training": str(len(one.near_training)),
        "on them": estimate_cell(one.near_accuracy),
        "without them": estimate_cell(one.apart_accuracy),
        "without them, against the base": difference_cell(one.apart_difference),
    }


def summary_lines(results: Sequence[SuiteResult]) -> list[str]:
    """Return the part of ``summary.md`` on suites; nothing where there are none."""
    if not results:
        return []
    categories = categories_frame(results)
    parts = ["", "## Evaluation suites", "", *markdown(results_frame(results)), "", f"{SAID} {looks(results)}".rstrip()]
    return parts if categories.empty else [*parts, "", "By category, last evaluations:", "", *markdown(categories)]


def categories_frame(results: Iterable[SuiteResult]) -> pandas.DataFrame:
    """Return a row for each suite and category: the base model, and each player's last evaluation."""
    import pandas

    last = {(one.suite, one.player): one for one in sorted(results, key=lambda one: one.iteration)}
    players = sorted({player for _, player in last}, key=lambda player: (player != BASE_PLAYER, player))
    grouped: dict[tuple[str, str], dict[str, str]] = {}
    for (suite, player), one in last.items():
        for category, value in one.by_category.items():
            grouped.setdefault((suite, category), {})[player] = estimate_cell(value)
    rows = [
        {"suite": suite, "category": category, **{player: cells.get(player, NONE) for player in players}}
        for (suite, category), cells in sorted(grouped.items())
    ]
    return pandas.DataFrame(rows)


def comparison_frame(results: Mapping[str, Sequence[SuiteResult]]) -> pandas.DataFrame:
    """Return a row for each experiment, suite and player: base, last evaluation, and their paired difference."""
    import pandas

    rows = []
    for experiment, found in results.items():
        base = {one.suite: one for one in found if one.player == BASE_PLAYER}
        last = {(one.suite, one.player): one for one in sorted(found, key=lambda one: one.iteration)}
        rows += [
            {
                "suite": suite,
                "player": player,
                "experiment": experiment,
                "base": estimate_cell(base[suite].accuracy) if suite in base else NONE,
                "last": estimate_cell(one.accuracy),
                "last − base": difference_cell(one.difference),
            }
            for (suite, player), one in last.items()
            if player != BASE_PLAYER
        ]
    columns = ["suite", "player", "experiment", "base", "last", "last − base"]
    return pandas.DataFrame(rows, columns=columns).sort_values(["suite", "player"], kind="stable")


def comparison_lines(results: Mapping[str, Sequence[SuiteResult]]) -> list[str]:
    """Return the part of a sweep's comparison on suites; nothing where there are none."""
    found = comparison_frame(results)
    return [] if found.empty else ["", "## On evaluation suites", "", *markdown(found), "", SAID]


def markdown(frame: pandas.DataFrame) -> list[str]:
    """Return a frame as a table of Markdown, cells as they are."""
    return str(frame.to_markdown(index=False, disable_numparse=True)).splitlines()
