"""Learning: what the evaluations say of the players, on programs and pairs that are never trained on."""

from __future__ import annotations

from collections.abc import Sequence

from seqplay.game.cells import answers_cell, difference_cell, estimate_cell
from seqplay.game.summary import alarm_lines
from seqplay.records import Answer, Evaluation, Goal
from seqplay.report.drawing.charts import shares_chart, stacked_chart
from seqplay.report.drawing.figure import Cell, Figure, Section, Table
from seqplay.report.reading.experiment import Experiment
from seqplay.report.sections.shares import Point, estimated, point, shares_figure

AFTER = "after iteration"
CLASSES = (Goal.SEQ.value, Goal.SINQ.value, "all")
NO_EVALUATION = (
    "No evaluation is there: it was switched off (evaluation.enabled), or the experiment stopped before its first one."
)
NOT_MEASURED = "The evaluations did not measure it, or are of an earlier version."
DRAWN = {
    "bob_balanced": "Bob, balanced",
    "bob_greedy_balanced": "Bob, balanced, greedy",
    "alice_all": "Alice, accepted",
    "proving": "Alice, proving",
    "same_program": "Alice, copies",
}
"""The differences that are drawn, by name: shares all of them."""
TOLD = {
    **DRAWN,
    "bob_all": "Bob, all pairs",
    "alice_seq": "Alice, SEQ",
    "alice_sinq": "Alice, SINQ",
    "alice_greedy_all": "Alice, accepted, greedy",
    "prediction_error": "Alice, prediction error",
}


def alarms(experiment: Experiment) -> list[str]:
    """Return where the guards saw a player collapse, for large letters."""
    return alarm_lines([iteration.summary for iteration in experiment.iterations], experiment.evaluations)


def _after(line: Evaluation) -> str:
    return f"after iteration {line.iteration}" if line.iteration else "at the base"


def learning_section(experiment: Experiment) -> Section:
    """Return the chapter on what was learned."""
    lines = experiment.evaluations
    return Section(
        "learning",
        "Learning",
        [
            balanced_figure(lines),
            answers_figure(lines),
            differences_figure(lines),
            bob_figure(lines),
            alice_figure(lines),
            proving_figure(lines),
            predictions_table(lines),
            unparsed_table(lines),
        ],
        "The held-out programs, pairs and seeds stay the same and never enter training; 0 is the base model. Intervals "
        "are 95 %, by bootstrap over pairs or programs: the votes on one pair are not independent.",
    )


def _figure(id: str, title: str, caption: str, points: Sequence[Point], *, y: str, empty_message: str) -> Figure:
    return shares_figure(
        id, title, caption, points, y=y, empty_message=empty_message if points else NO_EVALUATION, x=AFTER
    )


def balanced_figure(lines: Sequence[Evaluation]) -> Figure:
    """Return Bob's balanced accuracy, sampled and greedy."""
    drawn = [
        estimated(line.iteration, name, scores.balanced if scores else None)
        for line in lines
        for name, scores in (("sampled", line.bob_sampled), ("greedy", line.bob_greedy))
    ]
    caption = (
        "The mean of the accuracies on SEQ and on SINQ: 50 % is chance, whatever answer is preferred. Greedy votes are "
        "what Bob says without chance."
    )
    title = "Bob's balanced accuracy on held-out pairs"
    return _figure("learning-balanced", title, caption, drawn, y="balanced accuracy", empty_message=NOT_MEASURED)


def answers_figure(lines: Sequence[Evaluation]) -> Figure:
    """Return the shares of Bob's answers."""
    title = "What Bob answers on held-out pairs"
    caption = "Shares of his sampled votes. Half of the pairs are equivalent: one colour alone is a collapse."
    answered = [(line.iteration, line.bob_sampled) for line in lines if line.bob_sampled]
    if not answered:
        return Figure("learning-answers", title, caption, empty_message=NOT_MEASURED if lines else NO_EVALUATION)
    names = [answer.value for answer in Answer]
    rows = [
        {"iteration": number, "class": name, "place": place, "count": scores.answers.get(name, 0)}
        for number, scores in answered
        for place, name in enumerate(names)
    ]
    table: list[tuple[Cell, ...]] = [
        (line.iteration, *(line.bob_sampled.answers.get(name, 0) for name in names), answers_cell(line.bob_greedy))
        for line in lines
        if line.bob_sampled
    ]
    chart = stacked_chart(rows, names, x=AFTER, y="share of votes", legend="answer")
    return Figure("learning-answers", title, caption, Table((AFTER, *names, "greedy"), table), chart)


def differences_figure(lines: Sequence[Evaluation]) -> Figure:
    """Return the paired differences to the base, drawn; those to the evaluation before beside them in the table."""
    title = "What changed"
    caption = (
        "Differences to the base on the same items with the same seeds, with paired 95 % intervals: something changed "
        "where the interval leaves out zero. Of twenty such intervals one does so by chance."
    )
    rows = [
        {
            "iteration": line.iteration,
            "series": name,
            "share": found.value,
            "low": found.low,
            "high": found.high,
            "label": difference_cell(found),
        }
        for line in lines
        for key, name in DRAWN.items()
        if (found := line.against_base.get(key))
    ]
    if not rows:
        return Figure("learning-differences", title, caption, empty_message=NOT_MEASURED if lines else NO_EVALUATION)
    series = list(dict.fromkeys(str(row["series"]) for row in rows))
    table = [
        (line.iteration, name, difference_cell(found), difference_cell(line.against_previous.get(key)), found.items)
        for line in lines
        for key, name in TOLD.items()
        if (found := line.against_base.get(key))
    ]
    head = (AFTER, "measure", "against the base", "against the evaluation before", "items")
    chart = shares_chart(rows, series, x=AFTER, y="difference", from_zero=False)
    return Figure("learning-differences", title, caption, Table(head, table), chart)


def bob_figure(lines: Sequence[Evaluation]) -> Figure:
    """Return Bob's accuracy by label."""
    return _figure(
        "learning-bob",
        "Bob's accuracy on held-out pairs",
        "Share of right sampled votes by the pair's label; what cannot be read is wrong.",
        [Point(line.iteration, _label(name), line.bob[name]) for line in lines for name in CLASSES],
        y="right votes",
        empty_message="Nobody voted in the evaluations.",
    )


def alice_figure(lines: Sequence[Evaluation]) -> Figure:
    """Return Alice's accepted share by goal, and of her greedy proposals."""
    drawn = []
    for line in lines:
        drawn += [Point(line.iteration, _label(name), line.alice[name]) for name in CLASSES]
        drawn += [Point(line.iteration, "all, greedy", line.alice_greedy["all"])] if line.alice_greedy else []
    caption = (
        "Share of the held-out programs for which her proposal was accepted. In evaluations the tactics alone prove "
        "SEQ proposals."
    )
    title = "Alice's accepted share on held-out programs"
    return _figure(
        "learning-alice", title, caption, drawn, y="accepted", empty_message="Nothing was proposed in the evaluations."
    )


def proving_figure(lines: Sequence[Evaluation]) -> Figure:
    """Return the share of the theorems that Alice proves, and of her proposals that are P again."""
    drawn = [
        Point(line.iteration, name, value) if value else point(line.iteration, name, 0, 0)
        for line in lines
        for name, value in (("copies of P", line.same_program), ("theorems proved", line.proving))
    ]
    caption = (
        "Copies: sampled proposals that are the same program as P. Theorems: those of the held-out SEQ pairs that a "
        "tactic proves, asked of Alice anew; only where there is Liquid Haskell."
    )
    return _figure(
        "learning-proving", "Alice's copies and proofs", caption, drawn, y="share", empty_message=NOT_MEASURED
    )


def predictions_table(lines: Sequence[Evaluation]) -> Figure:
    """Return how well Alice predicts how hard the held-out pairs are for Bob."""
    title = "Alice's predictions of difficulty"
    caption = (
        "Absolute error: the mean over pairs of |predicted − measured|, of 10. Rank correlation: Spearman's; 0 is "
        "chance, 1 the right order."
    )
    rows = [
        (
            line.iteration,
            estimate_cell(line.prediction.absolute_error),
            estimate_cell(line.prediction.rank_correlation),
            line.prediction.predictions,
            line.prediction.unparsed,
        )
        for line in lines
        if line.prediction
    ]
    if not rows:
        empty_message = "Alice was not asked (alice.predict.samples)." if lines else NO_EVALUATION
        return Figure("learning-predictions", title, caption, empty_message=empty_message)
    head = (AFTER, "absolute error", "rank correlation", "predictions", "unparsed")
    return Figure("learning-predictions", title, caption, Table(head, rows))


def unparsed_table(lines: Sequence[Evaluation]) -> Figure:
    """Return how many of Bob's held-out votes could not be read."""
    title, caption = "Unparsed held-out votes", "They count as wrong in the accuracy above."
    if not lines:
        return Figure("learning-unparsed", title, caption, empty_message=NO_EVALUATION)
    rows = [(line.iteration, line.bob["all"].total, line.bob_unparsed, line.pairs, line.programs) for line in lines]
    return Figure("learning-unparsed", title, caption, Table((AFTER, "votes", "unparsed", "pairs", "programs"), rows))


def _label(name: str) -> str:
    return name if name == "all" else name.upper()
