"""What became of the sampled programs: the flow, the acceptance, the reasons, the diversity of what was accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from seqplay.records import Goal
from seqplay.report.drawing.charts import bars_chart, flow_chart, lines_chart
from seqplay.report.drawing.figure import Figure, Section, Table
from seqplay.report.drawing.sankey import bands, boxes
from seqplay.report.reading.experiment import Experiment, covered_types, new_pairs
from seqplay.report.reading.flow import flow
from seqplay.report.reading.journey import Journey
from seqplay.report.sections.shares import Point, point, shares_figure

GOALS = ("SEQ", "SINQ")


def outcomes_section(experiment: Experiment) -> Section:
    """Return the chapter on the way from sampled programs to accepted pairs."""
    return Section(
        "outcomes",
        "From programs to pairs",
        [
            flow_figure(experiment),
            shares_figure(
                "acceptance-by-goal",
                "Accepted, by goal",
                "Share of the sampled programs that ended as an accepted pair, with 95 % Jeffreys intervals.",
                acceptance(experiment, lambda journey: journey.sampled.goal.upper(), GOALS),
                y="accepted",
                empty_message="No program was sampled.",
            ),
            shares_figure(
                "acceptance-by-proposer",
                "Accepted, by proposer",
                "Share of the sampled programs that ended as an accepted pair, by who proposed Q: the model, or the "
                "rewriting rules of mutate.",
                acceptance(experiment, lambda journey: journey.sampled.proposer, proposers(experiment)),
                y="accepted",
                empty_message="No program was sampled.",
            ),
            reasons_figure(experiment),
        ],
        "Every sampled program ends an iteration in exactly one outcome. The totals here were counted from the raw "
        "records and agree with those of seq_summary.jsonl; a page is not written where they do not.",
    )


def flow_figure(experiment: Experiment) -> Figure:
    """Return the flow diagram over all iterations, with its links by iteration as a table."""
    found = flow(experiment.journeys)
    title = "Where the sampled programs went"
    caption = (
        f"{found.sampled:,} programs over {len(experiment.iterations)} iterations, coloured by goal. A band's width is "
        "its number of programs; what comes to a station leaves it or ends there."
    )
    if not found.sampled:
        return Figure("flow", title, caption, empty_message="No program was sampled.")
    parts = [flow(iteration.journeys) for iteration in experiment.iterations]
    counts = [{(link.source, link.target, link.goal): link.count for link in part.links} for part in parts]
    rows = [
        (
            link.source.value,
            link.target.value,
            link.goal.upper(),
            *(count.get((link.source, link.target, link.goal), 0) for count in counts),
            link.count,
        )
        for link in found.links
    ]
    head = ("from", "to", "goal", *(f"iteration {iteration.number}" for iteration in experiment.iterations), "all")
    return Figure(
        "flow",
        title,
        caption,
        Table(head, rows),
        flow_chart(list(boxes(found).values()), bands(found)),
        wide=True,
    )


def proposers(experiment: Experiment) -> tuple[str, ...]:
    """Return who proposed, by name."""
    return tuple(sorted({journey.sampled.proposer for journey in experiment.journeys}))


def acceptance(experiment: Experiment, group: Callable[[Journey], str], groups: Sequence[str]) -> list[Point]:
    """Return the accepted share of each iteration by group."""
    points = []
    for iteration in experiment.iterations:
        for name in groups:
            of_group = [journey for journey in iteration.journeys if group(journey) == name]
            hits = sum(journey.example is not None for journey in of_group)
            points.append(point(iteration.number, name, hits, len(of_group)))
    return points


def reasons_figure(experiment: Experiment) -> Figure:
    """Return what the programs ended as, by outcome and goal."""
    counts = Counter((journey.end, journey.sampled.goal) for journey in experiment.journeys)
    rows = [{"name": end, "series": goal.upper(), "value": count} for (end, goal), count in sorted(counts.items())]
    ends = sorted({end for end, _ in counts}, key=lambda end: (-sum(counts[end, goal] for goal in Goal), end))
    each = [Counter(journey.end for journey in iteration.journeys) for iteration in experiment.iterations]
    head = ("outcome", *GOALS, *(f"iteration {iteration.number}" for iteration in experiment.iterations))
    table = Table(head, [(end, *(counts[end, goal] for goal in Goal), *(count[end] for count in each)) for end in ends])
    title, caption = "Outcomes and reasons", "What each sampled program ended as, over all iterations."
    if not rows:
        return Figure("reasons", title, caption, empty_message="No program was sampled.")
    return Figure("reasons", title, caption, table, bars_chart(rows, GOALS, x="programs", legend="goal"))


def diversity_section(experiment: Experiment) -> Section:
    """Return the chapter on how much of what is accepted is new."""
    fresh, covered = new_pairs(experiment), covered_types(experiment)
    series = ("new pairs", "covered clusters")
    rows = [
        {"x": number, "series": name, "value": part / whole}
        for name, counts in zip(series, (fresh, covered), strict=True)
        for number, (part, whole) in counts.items()
        if whole
    ]
    title = "New pairs, and how widely they are spread"
    caption = (
        "New pairs: the share of an iteration's accepted pairs that no earlier iteration had, compared by their normal "
        "forms. Covered clusters: of the reference programs grouped by their function's type, the share of groups "
        "with an accepted pair up to then."
    )
    table = Table(
        ("iteration", "accepted pairs", "of them new", "clusters covered", "clusters"),
        [(number, fresh[number][1], fresh[number][0], *covered[number]) for number in fresh],
    )
    empty_message = "" if any(whole for _, whole in fresh.values()) else "No pair was accepted."
    spec = None if empty_message else lines_chart(rows, series, x="iteration", y="share", percent=True)
    return Section("diversity", "Diversity", [Figure("diversity-chart", title, caption, table, spec, empty_message)])
