"""The report of one experiment: what happened, on one page that a person opens in a browser."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import Any

from seqplay.config import Config
from seqplay.records import Evaluation, Evidence, Goal
from seqplay.report.drawing.figure import share
from seqplay.report.learning import alarms, learning_section
from seqplay.report.page import Page, Tile, write_page
from seqplay.report.reading.experiment import Experiment, by_stage, read_experiment
from seqplay.report.sections.cost import cost_section, gpu_hours
from seqplay.report.sections.examples import choose
from seqplay.report.sections.outcomes import diversity_section, outcomes_section
from seqplay.report.sections.players import bob_section, difficulties, proofs_section
from seqplay.report.sections.provenance import provenance_section
from seqplay.report.sections.shares import Point, estimated
from seqplay.report.sections.suites import suites_sections
from seqplay.report.sections.training import training_section

FILTERS = ("goal", "iteration", "end", "outcome", "proposer", "evidence")
"""Fields of an example that the page filters by."""


def write_report(folder: Path, config: Config, output: Path, last: int | None = None) -> None:
    """Write the report of the experiment in ``folder`` up to iteration ``last``, by default the last finished one.

    Raises ``InputError`` where no iteration is finished, or where the records do not add up.
    """
    write_page(report_page(read_experiment(folder, config, last), way(output, folder)), output)


def way(page: Path, folder: Path) -> PurePosixPath:
    """Return the relative way from a page to a folder."""
    return PurePosixPath(Path(os.path.relpath(folder, page.parent)).as_posix())


def report_page(experiment: Experiment, links: PurePosixPath) -> Page:
    """Return the page of an experiment."""
    summaries = [iteration.summary for iteration in experiment.iterations]
    first, played, planned = summaries[0], len(summaries), experiment.config.iterations
    said = [f"model {first.model}", f"engine {first.engine}", f"jail {first.jail or 'none was needed'}"]
    notes = [note for summary in summaries for note in summary.notes]
    if played < planned:
        notes.insert(0, f"Iterations 1 to {played} of {planned}: the rest is not in this page.")
    evidence, proved = evidence_line(experiment)
    return Page(
        title=experiment.name,
        kind="Report",
        evidence=evidence,
        proved=proved,
        subtitle=f"{played} of {planned} iterations · " + " · ".join(said) + f" · seed {experiment.config.seed}",
        notes=list(dict.fromkeys(notes)),
        tiles=tiles(experiment),
        sections=[
            outcomes_section(experiment),
            bob_section(experiment),
            proofs_section(experiment),
            learning_section(experiment),
            diversity_section(experiment),
            *suites_sections(experiment),
            training_section(experiment),
            cost_section(experiment),
            provenance_section(experiment, links),
        ],
        examples=examples(experiment, links),
        alarms=alarms(experiment),
    )


def evidence_line(experiment: Experiment) -> tuple[str, bool]:
    """Return in words what the SEQ labels rest on, and whether all of them are proved."""
    counts = experiment.evidence
    proved, bounded, kernel = counts[Evidence.PROOF], counts[Evidence.BOUNDED], counts[Evidence.KERNEL]
    if not counts.total():
        return "No SEQ pair was accepted", False
    if proved == counts.total():
        return "SEQ labels rest on proofs that Liquid Haskell accepted", True
    if kernel == counts.total():
        return "SEQ labels rest on proofs that the kernel alone checked, without Liquid Haskell", True
    if bounded == counts.total():
        return "SEQ labels rest on bounded testing, not on proofs", False
    said = []
    if bounded:
        said.append(f"{bounded} of {counts.total()} SEQ labels rest on bounded testing, not on proofs")
    if kernel:
        said.append(f"{kernel} of {counts.total()} SEQ labels rest on proofs that the kernel alone checked")
    return "; ".join(said), not bounded


def tiles(experiment: Experiment) -> list[Tile]:
    """Return the figures at the top of the page."""
    journeys = experiment.journeys
    pairs = [journey for journey in journeys if journey.example]
    found = [value for iteration in experiment.iterations for value in difficulties(iteration)]
    kept = sum(journey.end.startswith("kept") for journey in pairs)
    goals = [f"{sum(one.sampled.goal is goal for one in pairs)} {goal.upper()}" for goal in Goal]
    seconds = sum(by_stage(experiment).values())
    shown = [
        Tile("programs sampled", f"{len(journeys):,}"),
        Tile("accepted pairs", f"{len(pairs):,}", ", ".join(goals)),
        Tile("kept for training", f"{kept:,}"),
        Tile("mean difficulty", f"{sum(found) / len(found):.1f}" if found else "–", "of 10"),
    ]
    if experiment.evaluations:
        shown.append(_learning_tile(experiment))
    return [*shown, Tile("GPU-hours", f"{gpu_hours(experiment):.2f}", f"{seconds / 3600:.2f} hours of jobs")]


def _learning_tile(experiment: Experiment) -> Tile:
    """Return Bob's held-out accuracy, base and last: balanced, where the evaluations are of a version that has it."""
    ends = [_held_out(experiment.evaluations[place]) for place in (0, -1)]
    first, last = ends[0].value, ends[1].value
    if first.share is None or last.share is None:
        return Tile("Bob on held-out pairs", "–", "nobody voted")
    return Tile(
        "Bob on held-out pairs",
        f"{100 * first.share:.0f} → {100 * last.share:.0f} %",
        f"base {share(first.low, first.share, first.high, first.total)}; "
        f"last {share(last.low, last.share, last.high, last.total)}",
    )


def _held_out(line: Evaluation) -> Point:
    if line.bob_sampled is None:
        return Point(line.iteration, "all", line.bob["all"])
    return estimated(line.iteration, "balanced", line.bob_sampled.balanced)


def examples(experiment: Experiment, links: PurePosixPath) -> dict[str, Any]:
    """Return the browser of examples, and what it says of itself."""
    chosen = choose(experiment.journeys, links)
    said = (
        f"All {chosen.total} sampled programs, accepted and refused."
        if len(chosen.shown) == chosen.total
        else f"{len(chosen.shown)} of {chosen.total} sampled programs, so that this page stays below 5 MB: accepted "
        "pairs first, iterations, goals and outcomes in turn. The records hold all of them."
    )
    marked = " What P has and Q has not is marked on the left, the reverse on the right. Invisible and control "
    rest = "characters are written out, as ⟨U+202E⟩."
    return {"shown": chosen.shown, "filters": FILTERS, "said": said + marked + rest}
