"""The report of a sweep: several experiments side by side, every one with a page of its own beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from seqplay.config import Config
from seqplay.game.comparison import HEAD, PAIRED_HEAD, SAID, outcome, paired
from seqplay.records import Answer, Evaluation, Evidence, Verdict
from seqplay.report.drawing.charts import compared_chart, lines_chart
from seqplay.report.drawing.figure import Cell, Figure, Section, Table
from seqplay.report.learning import NO_EVALUATION, NOT_MEASURED, alarms
from seqplay.report.page import Page, Tile, write_page
from seqplay.report.reading.experiment import Experiment, Iteration, by_stage, last_measures, new_pairs, read_experiment
from seqplay.report.report import evidence_line, way
from seqplay.report.sections.cost import gpu_hours, tokens
from seqplay.report.sections.outcomes import GOALS, acceptance
from seqplay.report.sections.players import NOBODY, accuracies, difficulties
from seqplay.report.sections.shares import Point, estimated, point, shares_figure

COUNTED = {"outcome": "programs", "finder": "proofs", "reason": "attempts"}
"""What is counted by the first column of a table."""


def write_sweep_report(
    name: str, configs: Mapping[str, Config], differences: Sequence[Sequence[str]], output: Path
) -> None:
    """Write the report of the experiments of a sweep; ``differences`` is the table of ``sweep.differences``.

    Raises ``InputError`` where an experiment has no finished iteration, or its records do not add up.
    """
    found = [read_experiment(Path(config.results) / one, config) for one, config in configs.items()]
    write_page(sweep_page(name, found, differences, way(output, Path(next(iter(configs.values())).results))), output)


def sweep_page(
    name: str, experiments: Sequence[Experiment], differences: Sequence[Sequence[str]], links: PurePosixPath
) -> Page:
    """Return the page of a sweep; ``links`` is the way from the page to the folder of results."""
    evidence = sum((one.evidence for one in experiments), Counter[Evidence]())
    bounded, all_ = evidence[Evidence.BOUNDED], evidence.total()
    lines = {one.name: evidence_line(one) for one in experiments}
    said = (
        next(iter(lines.values()))[0]
        if len(set(lines.values())) == 1
        else f"{bounded} of {all_} SEQ labels rest on bounded testing, not on proofs"
    )
    notes = [note for one in experiments for iteration in one.iterations for note in iteration.summary.notes]
    return Page(
        title=name,
        kind="Sweep report",
        evidence=said,
        proved=all(proved for _, proved in lines.values()),
        subtitle=f"{len(experiments)} experiments side by side",
        notes=list(dict.fromkeys(notes)),
        tiles=[
            Tile("experiments", str(len(experiments))),
            Tile("programs sampled", f"{sum(len(one.journeys) for one in experiments):,}", "over all experiments"),
            Tile("GPU-hours", f"{sum(map(gpu_hours, experiments)):.2f}", "over all experiments"),
        ],
        sections=[
            overview(experiments, differences, links),
            accepted_section(experiments),
            votes_section(experiments),
            proofs_section(experiments),
            learning_section(experiments),
            diversity_section(experiments),
            cost_section(experiments),
        ],
        alarms=[f"{one.point}: {alarm}" for one in experiments for alarm in alarms(one)],
    )


def overview(experiments: Sequence[Experiment], differences: Sequence[Sequence[str]], links: PurePosixPath) -> Section:
    """Return what differs between the experiments, and what came of each, linked to its own report."""
    (_, *keys), *rows = differences
    settings = {row[0]: tuple(row[1:]) for row in rows}
    pages = [str(links / one.name / "report.html") for one in experiments]
    came = [
        (
            one.name,
            *outcome([iteration.summary for iteration in one.iterations], one.evaluations),
            ", ".join(f"{kind} {count}" for kind, count in sorted(one.evidence.items())) or "–",
        )
        for one in experiments
    ]
    return Section(
        "overview",
        "What differs, and what came of it",
        [
            Figure(
                "differences",
                "Settings that differ",
                "Everything else is the same. Each name leads to the experiment's own report.",
                Table(("experiment", *keys), [(one.name, *settings.get(one.name, ())) for one in experiments], pages),
                wide=True,
            ),
            Figure(
                "results",
                "Results",
                f"Counts over all iterations. {SAID}",
                Table(("experiment", *HEAD, "SEQ labels rest on"), came, pages),
                wide=True,
            ),
            Figure(
                "between",
                "Between the experiments",
                f"Differences between the experiments' last evaluations, item by item. {SAID}",
                Table(PAIRED_HEAD, paired({one.name: last_measures(one) for one in experiments})),
                wide=True,
            ),
        ],
    )


def accepted_section(experiments: Sequence[Experiment]) -> Section:
    """Return the accepted shares by goal."""
    figures = []
    for goal in GOALS:
        points = [
            one._replace(series=experiment.point)
            for experiment in experiments
            for one in acceptance(experiment, lambda journey: journey.sampled.goal.upper(), (goal,))
        ]
        figures.append(
            shares_figure(
                f"accepted-{goal.lower()}",
                f"Accepted {goal} pairs",
                f"Share of the programs sampled for {goal} that ended as an accepted pair, with 95 % intervals.",
                points,
                y="accepted",
                empty_message=f"No program was sampled for {goal}.",
            )
        )
    return Section("accepted", "From programs to pairs", [*figures, outcomes_figure(experiments)])


def outcomes_figure(experiments: Sequence[Experiment]) -> Figure:
    """Return what the sampled programs ended as, by experiment."""
    counts = {one.point: Counter(journey.end for journey in one.journeys) for one in experiments}
    caption = "What each sampled program ended as, over all iterations."
    return counted_figure("outcomes", "Outcomes and reasons", caption, counts, "outcome", "Nothing was sampled.")


def counted_figure(
    id: str, title: str, caption: str, counts: Mapping[str, Counter[str]], what: str, empty_message: str
) -> Figure:
    """Return counts by name, the experiments' bars one below the other."""
    experiments = list(counts)
    names = sorted({name for count in counts.values() for name in count})
    if not names:
        return Figure(id, title, caption, empty_message=empty_message)
    rows = [{"name": name, "series": one, "value": counts[one][name]} for name in names for one in experiments]
    table = Table((what, *experiments), [(name, *(counts[one][name] for one in experiments)) for name in names])
    return Figure(id, title, caption, table, compared_chart(rows, experiments, x=COUNTED[what]), wide=True)


def proofs_section(experiments: Sequence[Experiment]) -> Section:
    """Return who found the proofs, and why attempts failed."""
    found: dict[str, Counter[str]] = {one.point: Counter() for one in experiments}
    failed: dict[str, Counter[str]] = {one.point: Counter() for one in experiments}
    for one in experiments:
        for attempt in (attempt for journey in one.journeys for attempt in journey.attempts):
            if attempt.verdict is Verdict.ACCEPTED:
                found[one.point][attempt.finder] += 1
            else:
                failed[one.point][f"{attempt.verdict}: {attempt.reason}"] += 1
    return Section(
        "proofs",
        "Proofs",
        [
            counted_figure(
                "proofs-found",
                "Proofs by who found them",
                "Proofs that Liquid Haskell accepted for the pipeline's own theorem.",
                found,
                "finder",
                "No proof was accepted.",
            ),
            counted_figure(
                "proofs-failed",
                "Why attempts failed",
                "Attempts by verdict and reason; one pair can fail in several rounds.",
                failed,
                "reason",
                "No attempt failed.",
            ),
        ],
    )


def votes_section(experiments: Sequence[Experiment]) -> Section:
    """Return difficulty, Bob's accuracy on the accepted pairs, and his unparsed votes."""
    rows, cells = [], {}
    for one in experiments:
        for iteration in one.iterations:
            found = difficulties(iteration)
            if found:
                mean = sum(found) / len(found)
                rows.append({"x": iteration.number, "series": one.point, "value": mean})
                cells[iteration.number, one.point] = f"{mean:.2f} of {len(found)} pairs"
    names = [one.point for one in experiments]
    table = Table(
        ("iteration", *names),
        [(number, *(cells.get((number, name), "–") for name in names)) for number in _numbers(experiments)],
    )
    title, caption = "Mean difficulty", "Mean difficulty of an iteration's accepted pairs, from 0 to 10."
    chart = lines_chart(rows, names, x="iteration", y="difficulty") if rows else None
    return Section(
        "votes",
        "Votes and difficulty",
        [
            Figure("difficulty", title, caption, table, chart, "" if rows else NOBODY),
            *(_voted(experiments, goal, place) for place, goal in enumerate(GOALS)),
            shares_figure(
                "unparsed",
                "Votes that could not be read",
                "Share of Bob's votes in which no answer could be found.",
                _by_iteration(experiments, _unparsed),
                y="unparsed votes",
                empty_message=NOBODY,
            ),
        ],
    )


def _voted(experiments: Sequence[Experiment], goal: str, place: int) -> Figure:
    def of(iteration: Iteration) -> Point:
        return accuracies(iteration)[place]

    return shares_figure(
        f"bob-{goal.lower()}",
        f"Bob's accuracy on {goal} pairs",
        "Share of right votes on an iteration's accepted pairs, with 95 % intervals.",
        _by_iteration(experiments, of),
        y="right votes",
        empty_message=NOBODY,
    )


def _unparsed(iteration: Iteration) -> Point:
    votes = [vote for journey in iteration.journeys for vote in journey.votes]
    lost = sum(vote.answer is Answer.UNPARSED for vote in votes)
    return point(iteration.number, "", lost, len(votes))


def _by_iteration(experiments: Sequence[Experiment], of: Callable[[Iteration], Point]) -> list[Point]:
    return [of(one)._replace(series=experiment.point) for experiment in experiments for one in experiment.iterations]


def learning_section(experiments: Sequence[Experiment]) -> Section:
    """Return learning on the held-out programs."""

    def figure(id: str, title: str, what: str, y: str, of: Callable[[Evaluation], Point]) -> Figure:
        points = [of(line)._replace(series=one.point) for one in experiments for line in one.evaluations]
        caption = f"{what} after each iteration; 0 is the base model. 95 % intervals over pairs or programs."
        empty_message = NOT_MEASURED if points else NO_EVALUATION
        return shares_figure(id, title, caption, points, y=y, empty_message=empty_message, x="after iteration")

    return Section(
        "learning",
        "Learning",
        [
            figure(
                "learning-balanced",
                "Bob's balanced accuracy on held-out pairs",
                "The mean of his accuracies on SEQ and on SINQ, sampled votes,",
                "balanced accuracy",
                lambda line: estimated(line.iteration, "", line.bob_sampled.balanced if line.bob_sampled else None),
            ),
            figure(
                "learning-greedy",
                "Bob's balanced accuracy, greedy",
                "The same of the votes that are drawn without chance,",
                "balanced accuracy",
                lambda line: estimated(line.iteration, "", line.bob_greedy.balanced if line.bob_greedy else None),
            ),
            figure(
                "learning-bob",
                "Bob's accuracy on held-out pairs",
                "Share of right sampled votes on the held-out pairs",
                "right votes",
                lambda line: Point(line.iteration, "", line.bob["all"]),
            ),
            figure(
                "learning-alice",
                "Alice's accepted share on held-out programs",
                "Share of the held-out programs with an accepted proposal",
                "accepted",
                lambda line: Point(line.iteration, "", line.alice["all"]),
            ),
        ],
        "The held-out programs and pairs never enter training.",
    )


def diversity_section(experiments: Sequence[Experiment]) -> Section:
    """Return the share of new pairs."""
    points = [
        point(number, one.point, fresh, total)
        for one in experiments
        for number, (fresh, total) in new_pairs(one).items()
    ]
    figure = shares_figure(
        "new-pairs",
        "New pairs",
        "Share of an iteration's accepted pairs that no earlier iteration of the same experiment had (normal forms).",
        points,
        y="new",
        empty_message="No pair was accepted.",
    )
    return Section("diversity", "Diversity", [figure])


def cost_section(experiments: Sequence[Experiment]) -> Section:
    """Return time and tokens."""
    names = [one.point for one in experiments]
    seconds = {one.point: by_stage(one) for one in experiments}
    rows: list[tuple[Cell, ...]] = [
        (
            one.point,
            f"{sum(seconds[one.point].values()):,.1f}",
            f"{gpu_hours(one):.3f}",
            f"{sum(tokens(one).values()):,}",
        )
        for one in experiments
    ]
    bars = [
        {"name": stage, "series": name, "value": round(value, 1)}
        for name in names
        for stage, value in seconds[name].items()
    ]
    caption = "Seconds of all jobs; what an experiment copied from another took its time there and is not in its sum."
    chart = compared_chart(bars, names, x="seconds") if bars else None
    table = Table(("experiment", "seconds", "GPU-hours", "tokens"), rows)
    empty_message = "" if bars else "No times were recorded."
    return Section("cost", "Cost", [Figure("time", "Time by stage", caption, table, chart, empty_message, wide=True)])


def _numbers(experiments: Sequence[Experiment]) -> list[int]:
    return sorted({iteration.number for one in experiments for iteration in one.iterations})
