"""What players reach on suites: estimates with intervals, and differences against the base on the same items."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seqplay.config import SuiteConfig
from seqplay.files import write_records
from seqplay.haskell import Reason
from seqplay.suites.classification import metrics, parsed_only
from seqplay.suites.estimates import mean_estimate, paired_difference, pass_at_k
from seqplay.suites.records import Estimate, Labelled, SuiteResult, SuiteScore, TaskId

ByItem = dict[TaskId, list[SuiteScore]]


def write_results(
    suites: Sequence[SuiteConfig],
    scores: dict[str, Sequence[SuiteScore]],
    base: Sequence[SuiteScore],
    output: Path,
    *,
    experiment: str,
    iteration: int,
) -> None:
    """Write a line for each player (``scores``) and suite that the player answered."""
    found = []
    for player, given in scores.items():
        for suite in suites:
            mine = by_item(given, suite)
            if mine:
                theirs = by_item(base, suite) if player != "base" else {}
                found.append(result(suite, mine, theirs, experiment=experiment, iteration=iteration, player=player))
    write_records(output, found)


def by_item(scores: Sequence[SuiteScore], suite: SuiteConfig) -> ByItem:
    """Return a suite's scores by item, in the order of the items."""
    found: ByItem = {}
    for score in scores:
        if score.suite == suite.name:
            found.setdefault(score.task_id, []).append(score)
    return found


def result(
    suite: SuiteConfig, mine: ByItem, base: ByItem, *, experiment: str, iteration: int, player: str
) -> SuiteResult:
    """Return what a player reaches on a suite."""
    every = [score for scores in mine.values() for score in scores]
    closed = [score for score in every if score.label is not None]
    strict = [Labelled(label=bool(score.label), predicted=score.predicted) for score in closed]
    loose = [Labelled(label=bool(score.label), predicted=score.as_in_paper) for score in closed]
    shares = [_share(scores) for scores in mine.values()]
    return SuiteResult(
        experiment=experiment,
        iteration=iteration,
        player=player,
        suite=suite.name,
        items=len(mine),
        answers=len(every),
        unparsed=sum(score.reason == "unparsed" for score in every),
        bad_items=sum(any(score.reason == Reason.BAD_ITEM for score in scores) for scores in mine.values()),
        accuracy=mean_estimate(shares),
        pass_at={}
        if closed
        else {str(k): mean_estimate([_pass_at(scores, k) for scores in mine.values()]) for k in suite.k},
        by_category=_by_category(mine),
        all_answers=metrics(strict) if closed else None,
        parsed_only=metrics(parsed_only(strict)) if closed else None,
        as_in_paper=metrics(parsed_only(loose)) if closed else None,
        difference=paired_difference(shares, [_share(base[key]) for key in mine])
        if base.keys() == mine.keys()
        else None,
    )


def _share(scores: Sequence[SuiteScore]) -> float:
    return sum(score.correct for score in scores) / len(scores)


def _pass_at(scores: Sequence[SuiteScore], k: int) -> float:
    return pass_at_k(len(scores), sum(score.correct for score in scores), k)


def _by_category(mine: ByItem) -> dict[str, Estimate]:
    categories = sorted({score.category for scores in mine.values() for score in scores if score.category})
    return {
        category: mean_estimate([_share(scores) for scores in mine.values() if scores[0].category == category])
        for category in categories
    }
