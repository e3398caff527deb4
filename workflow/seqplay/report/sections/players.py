"""How the players did: the difficulty of pairs, Bob's answers, the proofs, learning on held-out programs."""

from __future__ import annotations

from collections import Counter

from seqplay.records import Answer, Goal, Verdict
from seqplay.report.drawing.charts import bars_chart, stacked_chart
from seqplay.report.drawing.figure import Figure, Section, Table
from seqplay.report.reading.experiment import Experiment, Iteration
from seqplay.report.sections.shares import Point, point, shares_figure

CLASSES = ("0 to 2", "2 to 4", "4 to 6", "6 to 8", "8 to 10")
CLASSES_HELD_OUT = ("seq", "sinq", "all")
NOBODY = "Nobody voted: no pair was accepted, or no model played."
NO_EVALUATION = (
    "No evaluation is there: it was switched off (evaluation.enabled), or the experiment stopped before its first one."
)


def bob_section(experiment: Experiment) -> Section:
    """Return the chapter on Bob's votes on the accepted pairs."""
    return Section(
        "bob",
        "Votes and difficulty",
        [
            difficulty_figure(experiment),
            shares_figure(
                "bob-accuracy",
                "Bob's accuracy on the accepted pairs",
                "Share of right votes by the pair's label, with 95 % Jeffreys intervals; what cannot be read is wrong. "
                "Pairs differ from iteration to iteration: for learning, see the held-out programs.",
                [one for iteration in experiment.iterations for one in accuracies(iteration)],
                y="right votes",
                lacking=NOBODY,
            ),
            shares_figure(
                "bob-unparsed",
                "Votes that could not be read",
                "Share of Bob's votes in which no answer could be found.",
                [one for iteration in experiment.iterations for one in unparsed(iteration)],
                y="unparsed votes",
                lacking=NOBODY,
            ),
        ],
    )


def accuracies(iteration: Iteration) -> list[Point]:
    """Return the share of right votes by label."""
    points = []
    for goal in Goal:
        votes = [vote for one in iteration.journeys if one.sampled.goal is goal for vote in one.votes]
        points.append(point(iteration.number, goal.upper(), sum(vote.correct for vote in votes), len(votes)))
    return points


def unparsed(iteration: Iteration) -> list[Point]:
    """Return the share of unparsed votes by label."""
    points = []
    for goal in Goal:
        votes = [vote for one in iteration.journeys if one.sampled.goal is goal for vote in one.votes]
        lost = sum(vote.answer is Answer.UNPARSED for vote in votes)
        points.append(point(iteration.number, goal.upper(), lost, len(votes)))
    return points


def difficulties(iteration: Iteration) -> list[float]:
    """Return the difficulties of an iteration's pairs that were voted on."""
    examples = [one.example for one in iteration.journeys if one.example]
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
        return Figure("difficulty", title, caption, lacking=NOBODY)
    head = ("iteration", *CLASSES, "pairs", "mean")
    chart = stacked_chart(rows, CLASSES, x="iteration", y="share of pairs", legend="difficulty")
    return Figure("difficulty", title, caption, Table(head, table), chart)


def proofs_section(experiment: Experiment) -> Section:
    """Return the chapter on proofs: who found them, and why attempts failed."""
    attempts = [attempt for journey in experiment.journeys for attempt in journey.attempts]
    if not attempts:
        lacking = (
            "No proof was attempted: SEQ labels rest on bounded differential testing alone."
            if experiment.evidence
            else "No proof was attempted."
        )
        return Section("proofs", "Proofs", [Figure("proofs-found", "Proofs by who found them", "", lacking=lacking)])
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
                lacking=f"Of {len(attempts)} attempts none was accepted.",
            ),
            counts_figure(
                "proofs-failed",
                "Why attempts failed",
                f"{failed.total()} of {len(attempts)} attempts, by verdict and reason; one pair can fail in several "
                "rounds.",
                failed,
                ("reason", "attempts"),
                lacking="Every attempt was accepted.",
            ),
        ],
    )


def counts_figure(
    id: str, title: str, caption: str, counts: dict[tuple[str, str], int], head: tuple[str, str], *, lacking: str
) -> Figure:
    """Return counts by name and series as bars."""
    if not counts:
        return Figure(id, title, caption, lacking=lacking)
    names = sorted({name for name, _ in counts})
    series = sorted({one for _, one in counts})
    rows = [{"name": name, "series": one, "value": count} for (name, one), count in sorted(counts.items())]
    columns = (head[1],) if len(series) == 1 else series
    table = Table((head[0], *columns), [(name, *(counts.get((name, one), 0) for one in series)) for name in names])
    return Figure(id, title, caption, table, bars_chart(rows, series, x=head[1]))


def learning_section(experiment: Experiment) -> Section:
    """Return the chapter on what was learned, on programs that are never trained on."""
    evaluations = experiment.evaluations
    return Section(
        "learning",
        "Learning",
        [
            shares_figure(
                "learning-bob",
                "Bob's accuracy on held-out pairs",
                "Share of right votes on the same labelled pairs after each iteration; 0 is the base model. "
                "95 % Jeffreys intervals over the votes.",
                [Point(one.iteration, _label(name), one.bob[name]) for one in evaluations for name in CLASSES_HELD_OUT],
                y="right votes",
                lacking=NO_EVALUATION if not evaluations else "Nobody voted in the evaluations.",
                x="after iteration",
            ),
            shares_figure(
                "learning-alice",
                "Alice's accepted share on held-out programs",
                "Share of the held-out programs for which her proposal was accepted; 0 is the base model. In "
                "evaluations SEQ proposals are proved by the tactics alone.",
                [
                    Point(one.iteration, _label(name), one.alice[name])
                    for one in evaluations
                    for name in CLASSES_HELD_OUT
                ],
                y="accepted",
                lacking=NO_EVALUATION if not evaluations else "Nothing was proposed in the evaluations.",
                x="after iteration",
            ),
            unparsed_table(experiment),
        ],
        "The held-out programs and pairs stay the same and never enter training. The held-out pairs' SEQ labels rest "
        "on bounded testing of rewrites that preserve meaning.",
    )


def _label(name: str) -> str:
    return name if name == "all" else name.upper()


def unparsed_table(experiment: Experiment) -> Figure:
    """Return how many of Bob's held-out votes could not be read."""
    title, caption = "Unparsed held-out votes", "They count as wrong in the accuracy above."
    if not experiment.evaluations:
        return Figure("learning-unparsed", title, caption, lacking=NO_EVALUATION)
    rows = [
        (one.iteration, one.bob["all"].total, one.bob_unparsed, one.pairs, one.programs)
        for one in experiment.evaluations
    ]
    head = ("after iteration", "votes", "unparsed", "pairs", "programs")
    return Figure("learning-unparsed", title, caption, Table(head, rows))
