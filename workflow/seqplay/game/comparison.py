"""The comparison of a sweep's experiments: what differs between them, and what came of it.

Whether two experiments differ is asked item by item: where they were measured on the same held-out pairs and programs,
the difference has a paired interval. Two separate intervals say less: they may overlap although the experiments differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path

from seqplay.files import write_text
from seqplay.game.cells import NONE, difference_cell, estimate_cell, share_cell
from seqplay.game.intervals import Bootstrap
from seqplay.game.measures import QUESTIONS, Measures
from seqplay.records import Evaluation, Goal, Kept, Measured, Summary

HEAD = (
    "sampled", "accepted SEQ", "accepted SINQ", "kept", "Bob right on them",
    "Bob held-out: base", "last", "last − base", "Alice held-out: base", "last", "last − base",
)  # fmt: skip
PAIRED = {
    "bob_balanced": "Bob, balanced accuracy",
    "bob_greedy_balanced": "Bob, greedy",
    "alice_all": "Alice, accepted",
}
"""The differences between experiments that are told."""
PAIRED_HEAD = ("second − first", *PAIRED.values())
BOOTSTRAP = Bootstrap(resamples=2000, seed=0)
SAID = (
    "95 % intervals, by bootstrap over pairs or programs. Bob's held-out share is his balanced accuracy (his accuracy "
    "where an earlier version evaluated). A difference is paired: the same items on both sides. It shows something "
    "where its interval leaves out zero; one in twenty does so by chance."
)


def outcome(summaries: Sequence[Summary], evaluations: Sequence[Evaluation]) -> tuple[str, ...]:
    """Return an experiment's cells under ``HEAD``: counts over all iterations, shares before and after learning."""
    votes = sum(summary.votes for summary in summaries)
    right = sum(summary.votes_correct for summary in summaries)
    ends = sorted(evaluations, key=lambda evaluation: evaluation.iteration)
    ends = [ends[0], ends[-1]] if ends else []
    return (
        str(sum(summary.sampled for summary in summaries)),
        *(str(sum(summary.accepted.get(goal, 0) for summary in summaries)) for goal in (Goal.SEQ, Goal.SINQ)),
        str(sum(n for summary in summaries for name, n in summary.kept.items() if Kept(name).trained_on)),
        f"{right / votes:.2f} of {votes}" if votes else NONE,
        *([_bob(end) for end in ends] or [NONE, NONE]),
        difference_cell(ends[1].against_base.get("bob_balanced")) if ends else NONE,
        *([share_cell(end.alice.get("all")) for end in ends] or [NONE, NONE]),
        difference_cell(ends[1].against_base.get("alice_all")) if ends else NONE,
    )


def _bob(evaluation: Evaluation) -> str:
    if evaluation.bob_sampled is None:
        return share_cell(evaluation.bob.get("all"))
    return estimate_cell(evaluation.bob_sampled.balanced)


def paired(measured: Mapping[str, Iterable[Measured]]) -> list[tuple[str, ...]]:
    """Return the differences of each two experiments' last evaluations, second less first, under ``PAIRED_HEAD``."""
    found = {name: Measures(lines) for name, lines in measured.items()}
    return [
        (f"{second} − {first}", *(_difference(found[first], found[second], name) for name in PAIRED))
        for first, second in combinations(found, 2)
    ]


def _difference(first: Measures, second: Measures, name: str) -> str:
    """Return the paired difference of one measure, or why there is none."""
    question = QUESTIONS[name]
    sides = [set(measures.items(question.measure)) for measures in (first, second)]
    if not all(sides):
        return "not measured in both"
    if sides[0] != sides[1]:
        common = len(sides[0] & sides[1])
        return f"cannot be paired: other held-out items ({len(sides[0])} and {len(sides[1])}, {common} in common)"
    return difference_cell(BOOTSTRAP.difference(second.classes(question), first.classes(question), question.prior))


def write_comparison(
    differing: Sequence[Sequence[str]],
    summaries: Mapping[str, Sequence[Summary]],
    evaluations: Mapping[str, Sequence[Evaluation]],
    measured: Mapping[str, Sequence[Measured]],
    output: Path,
    more: Sequence[str] = (),
) -> None:
    """Write the page: ``differing`` is the table of ``sweep.differences``, experiments in its order.

    ``measured`` holds the measures of each experiment's last evaluation; ``more`` lines follow.
    """
    head, *rows = differing
    came = [(*row, *outcome(summaries.get(row[0], ()), evaluations.get(row[0], ()))) for row in rows]
    between = paired({row[0]: measured.get(row[0], ()) for row in rows})
    lines = ["# Comparison", "", *_table((*head, *HEAD), came), ""]
    lines += ["## Between the experiments, after their last iterations", "", *_table(PAIRED_HEAD, between), "", SAID]
    write_text(output, "\n".join([*lines, *more]) + "\n")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]
