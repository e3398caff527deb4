"""What players reach on suites: estimates with intervals, and differences against the base on the same items."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from seqplay.config import SuiteConfig, SuiteFormat
from seqplay.files import write_records
from seqplay.game.intervals import Bootstrap, Count, Items
from seqplay.haskell import Reason
from seqplay.records import UNPARSED, Estimate
from seqplay.suites.classification import metrics, parsed_only
from seqplay.suites.pass_at_k import pass_at_k
from seqplay.suites.records import Labelled, SuiteResult, SuiteScore, TaskId

OURS = frozenset({SuiteFormat.HASKELL_PAIRS})
"""Formats that the paper does not have: there is no reading of theirs."""
ByItem = dict[TaskId, list[SuiteScore]]


def write_results(
    suites: Sequence[SuiteConfig],
    scores: Mapping[str, Sequence[SuiteScore]],
    base: Sequence[SuiteScore],
    output: Path,
    *,
    bootstrap: Bootstrap,
    experiment: str,
    iteration: int,
    near: Mapping[str, Sequence[TaskId]] | None = None,
) -> None:
    """Write a line for each player (``scores``) and suite that the player answered.

    ``near`` has the items of each suite that are near-duplicates of training programs.
    """
    found = []
    for player, given in scores.items():
        for suite in suites:
            mine = by_item(given, suite)
            if mine:
                theirs = by_item(base, suite) if player != "base" else {}
                line = result(suite, mine, theirs, bootstrap, At(experiment, iteration, player))
                fields = _apart(mine, theirs, (near or {}).get(suite.name, ()), bootstrap)
                found.append(line.model_copy(update=fields))
    write_records(output, found)


def by_item(scores: Sequence[SuiteScore], suite: SuiteConfig) -> ByItem:
    """Return a suite's scores by item, in the order of the items."""
    found: ByItem = {}
    for score in scores:
        if score.suite == suite.name:
            found.setdefault(score.task_id, []).append(score)
    return found


class At(NamedTuple):
    """Whose answers they are."""

    experiment: str
    iteration: int
    player: str


def result(suite: SuiteConfig, mine: ByItem, base: ByItem, bootstrap: Bootstrap, at: At) -> SuiteResult:
    """Return what a player reaches on a suite."""
    every = [score for scores in mine.values() for score in scores]
    closed = [score for score in every if score.label is not None]
    strict = [Labelled(label=bool(score.label), predicted=score.predicted) for score in closed]
    loose = [Labelled(label=bool(score.label), predicted=score.as_in_paper) for score in closed]
    shares, same_items = items(mine, _share), base.keys() == mine.keys()
    return SuiteResult(
        **at._asdict(),
        suite=suite.name,
        items=len(mine),
        answers=len(every),
        unparsed=sum(score.reason == UNPARSED for score in every),
        bad_items=sum(any(score.reason == Reason.BAD_ITEM for score in scores) for scores in mine.values()),
        accuracy=bootstrap.estimate({"all": shares}),
        pass_at={} if closed else _pass_at(suite, mine, bootstrap),
        by_category=_by_category(mine, bootstrap),
        all_answers=metrics(strict) if closed else None,
        parsed_only=metrics(parsed_only(strict)) if closed else None,
        as_in_paper=metrics(parsed_only(loose)) if closed and suite.format not in OURS else None,
        difference=bootstrap.difference({"all": shares}, {"all": items(base, _share)}) if same_items else None,
    )


def _apart(mine: ByItem, base: ByItem, near: Sequence[TaskId], bootstrap: Bootstrap) -> dict[str, Any]:
    """Return the figures of a result with near-duplicates of training programs apart; none where there are none."""
    if not near:
        return {}
    inside = {key: scores for key, scores in mine.items() if key in set(near)}
    outside = {key: scores for key, scores in mine.items() if key not in inside}
    theirs = {key: scores for key, scores in base.items() if key in outside}
    both = bool(outside) and theirs.keys() == outside.keys()
    shares = items(outside, _share)
    return {
        "near_training": list(near),
        "near_accuracy": bootstrap.estimate({"all": items(inside, _share)}),
        "apart_accuracy": bootstrap.estimate({"all": shares}),
        "apart_difference": bootstrap.difference({"all": shares}, {"all": items(theirs, _share)}) if both else None,
    }


def items(scores: ByItem, value: Callable[[Sequence[SuiteScore]], float]) -> Items:
    """Return a value between 0 and 1 of each item: samples of one item depend on each other, so items are resampled."""
    return {repr(task_id): Count(value(found), 1) for task_id, found in scores.items()}


def _share(scores: Sequence[SuiteScore]) -> float:
    return sum(score.correct for score in scores) / len(scores)


def _pass_at(suite: SuiteConfig, mine: ByItem, bootstrap: Bootstrap) -> dict[str, Estimate]:
    def chance(k: int, scores: Sequence[SuiteScore]) -> float:
        return pass_at_k(len(scores), sum(score.correct for score in scores), k)

    return {str(k): bootstrap.estimate({"all": items(mine, partial(chance, k))}) for k in suite.k}


def _by_category(mine: ByItem, bootstrap: Bootstrap) -> dict[str, Estimate]:
    grouped: dict[str, ByItem] = {}
    for task_id, scores in mine.items():
        if scores[0].category:
            grouped.setdefault(scores[0].category, {})[task_id] = scores
    return {category: bootstrap.estimate({"all": items(grouped[category], _share)}) for category in sorted(grouped)}
