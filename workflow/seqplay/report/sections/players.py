"""How the players did: the difficulty of pairs, Bob's answers, the proofs."""

from __future__ import annotations

from collections import Counter

from seqplay.records import Answer, Evidence, Goal, Verdict
from seqplay.report.drawing.charts import bars_chart, stacked_chart
from seqplay.report.drawing.figure import Figure, Section, Table
from seqplay.report.reading.experiment import Experiment, Iteration
from seqplay.report.sections.shares import Point, point, shares_figure

CLASSES = ("0 to 2", "2 to 4", "4 to 6", "6 to 8", "8 to 10")
COVERAGES = ((0, 0.7, "below 70 %"), (0.7, 0.9, "70 to 90 %"), (0.9, 1, "90 to 100 %"), (1, 2, "100 %"))
NOBODY = "Nobody voted: no pair was accepted, or no model played."


def bob_section(experiment: Experiment) -> Section:
    """Return the chapter on Bob's votes on the accepted pairs."""
    return Section(
        "bob",
        "Votes and difficulty",
        [
            difficulty_figure(experiment),
            coverage_figure(experiment),
            shares_figure(
                "bob-accuracy",
                "Bob's accuracy on the accepted pairs",
                "Share of right votes by the pair's label, with 95 % Jeffreys intervals; what cannot be read is wrong. "
                "Pairs differ from iteration to iteration: for learning, see the held-out programs.",
                [one for iteration in experiment.iterations for one in accuracies(iteration)],
                y="right votes",
                empty_message=NOBODY,
            ),
            shares_figure(
                "bob-unparsed",
                "Votes that could not be read",
                "Share of Bob's votes in which no answer could be found.",
                [one for iteration in experiment.iterations for one in unparsed(iteration)],
                y="unparsed votes",
                empty_message=NOBODY,
            ),
        ],
    )


def accuracies(iteration: Iteration) -> list[Point]:
    """Return the share of right votes by label."""
    points = []
    for goal in Goal:
        votes = [vote for one in iteration.journeys if one.sampled.goal is goal for vote in one.all_votes]
        points.append(point(iteration.number, goal.upper(), sum(vote.correct for vote in votes), len(votes)))
    return points


def unparsed(iteration: Iteration) -> list[Point]:
    """Return the share of unparsed votes by label."""
    points = []
    for goal in Goal:
        votes = [vote for one in iteration.journeys if one.sampled.goal is goal for vote in one.all_votes]
        lost = sum(vote.answer is Answer.UNPARSED for vote in votes)
        points.append(point(iteration.number, goal.upper(), lost, len(votes)))
    return points


def difficulties(iteration: Iteration) -> list[float]:
    """Return the difficulties of an iteration's pairs that were voted on."""
    examples = [example for one in iteration.journeys for example in one.pairs]
    return [example.difficulty for example in examples if example.difficulty is not None]


def difficulty_figure(experiment: Experiment) -> Figure:
    """Return the distribution of difficulty over the iterations."""
    rows: list[dict[str, str | int]] = []
    table: list[tuple[str | int, ...]] = []
    for iteration in experiment.iterations:
        found = difficulties(iteration)
        counts = Counter(min(int(value / 2), len(CLASSES) - 1) for value in found)
        rows += [
            {"iteration": iteration.number, "class": name, "place": place, "count": counts[place]}
            for place, name in enumerate(CLASSES)
            if found
        ]
        mean = f"{sum(found) / len(found):.1f}" if found else "–"
        table.append((iteration.number, *(counts[place] for place in range(len(CLASSES))), len(found), mean))
    title = "Difficulty of the accepted pairs"
    caption = (
        "Difficulty is 10 × (1 − right votes / votes): 0 where Bob is always right, 10 where he never is. Pairs above "
        f"{experiment.config.curriculum.threshold:g} are hard, and kept."
    )
    if not rows:
        return Figure("difficulty", title, caption, empty_message=NOBODY)
    head = ("iteration", *CLASSES, "pairs", "mean")
    chart = stacked_chart(rows, CLASSES, x="iteration", y="share of pairs", legend="difficulty")
    return Figure("difficulty", title, caption, Table(head, table), chart)


def coverage_figure(experiment: Experiment) -> Figure:
    """Return the difficulty of pairs that rest on testing alone, by how much of them was reached."""
    examples = [example for journey in experiment.journeys for example in journey.pairs]
    bounded = [one for one in examples if one.pair.coverage is not None and one.pair.evidence is Evidence.BOUNDED]
    title = "Coverage of the pairs that rest on testing alone"
    caption = (
        "The smaller share of P and of Q (functions, branches, outcomes of conditions) that agreeing inputs reached, "
        "and how hard Bob found these pairs. Hard pairs of low coverage may be wrong labels."
    )
    table: list[tuple[str | int, ...]] = []
    for low, high, name in COVERAGES:
        inside = [one for one in bounded if one.pair.coverage and low <= one.pair.coverage.share < high]
        found = [one.difficulty for one in inside if one.difficulty is not None]
        table.append((name, len(inside), f"{sum(found) / len(found):.1f}" if found else "–"))
    if not bounded:
        return Figure("coverage", title, caption, empty_message="No SEQ pair rests on testing alone.")
    return Figure("coverage", title, caption, Table(("coverage", "pairs", "mean difficulty"), table))


def proofs_section(experiment: Experiment) -> Section:
    """Return the chapter on proofs: who found them, and why attempts failed."""
    attempts = [attempt for journey in experiment.journeys for attempt in journey.attempts]
    if not attempts:
        empty_message = (
            "No proof was attempted: SEQ labels rest on bounded differential testing alone."
            if experiment.evidence
            else "No proof was attempted."
        )
        return Section(
            "proofs", "Proofs", [Figure("proofs-found", "Proofs by who found them", "", empty_message=empty_message)]
        )
    found = Counter(
        (attempt.finder, f"round {attempt.round}") for attempt in attempts if attempt.verdict is Verdict.ACCEPTED
    )
    failed = Counter(
        (f"{attempt.verdict}: {attempt.reason}", f"round {attempt.round}")
        for attempt in attempts
        if attempt.verdict is not Verdict.ACCEPTED
    )
    return Section(
        "proofs",
        "Proofs",
        [
            counts_figure(
                "proofs-found",
                "Proofs by who found them",
                "Proofs that Liquid Haskell accepted for the pipeline's own theorem. Round 0 is the tactics; from "
                "round 1 on Alice is asked.",
                found,
                ("finder", "proofs"),
                empty_message=f"Of {len(attempts)} attempts none was accepted.",
            ),
            counts_figure(
                "proofs-failed",
                "Why attempts failed",
                f"{failed.total()} of {len(attempts)} attempts, by verdict and reason; one pair can fail in several "
                "rounds.",
                failed,
                ("reason", "attempts"),
                empty_message="Every attempt was accepted.",
            ),
        ],
    )


def counts_figure(
    id: str, title: str, caption: str, counts: dict[tuple[str, str], int], head: tuple[str, str], *, empty_message: str
) -> Figure:
    """Return counts by name and series as bars."""
    if not counts:
        return Figure(id, title, caption, empty_message=empty_message)
    names = sorted({name for name, _ in counts})
    series = sorted({one for _, one in counts})
    rows = [{"name": name, "series": one, "value": count} for (name, one), count in sorted(counts.items())]
    columns = (head[1],) if len(series) == 1 else series
    table = Table((head[0], *columns), [(name, *(counts.get((name, one), 0) for one in series)) for name in names])
    return Figure(id, title, caption, table, bars_chart(rows, series, x=head[1]))
