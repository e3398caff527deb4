"""The comparison of a sweep's experiments: what differs between them, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from seqplay.files import write_text
from seqplay.records import Accuracy, Evaluation, Goal, Summary

HEAD = (
    "sampled", "accepted SEQ", "accepted SINQ", "kept", "Bob right on them", "Bob held-out: base", "last",
    "Alice held-out: base", "last",
)  # fmt: skip


def _share(accuracy: Accuracy | None) -> str:
    if accuracy is None or accuracy.share is None:
        return "–"
    return f"{accuracy.share:.2f} [{accuracy.low:.2f}, {accuracy.high:.2f}]"


def outcome(summaries: Sequence[Summary], evaluations: Sequence[Evaluation]) -> tuple[str, ...]:
    """Return an experiment's cells under ``HEAD``: counts over all iterations, shares before and after learning."""
    votes = sum(summary.votes for summary in summaries)
    right = sum(summary.votes_correct for summary in summaries)
    ends = sorted(evaluations, key=lambda evaluation: evaluation.iteration)
    ends = [ends[0], ends[-1]] if ends else []
    return (
        str(sum(summary.sampled for summary in summaries)),
        *(str(sum(summary.accepted.get(goal, 0) for summary in summaries)) for goal in (Goal.SEQ, Goal.SINQ)),
        str(sum(summary.kept.get("hard", 0) + summary.kept.get("easy_sample", 0) for summary in summaries)),
        f"{right / votes:.2f} of {votes}" if votes else "–",
        *([_share(end.bob.get("all")) for end in ends] or ["–", "–"]),
        *([_share(end.alice.get("all")) for end in ends] or ["–", "–"]),
    )


def write_comparison(
    differing: Sequence[Sequence[str]],
    summaries: Mapping[str, Sequence[Summary]],
    evaluations: Mapping[str, Sequence[Evaluation]],
    output: Path,
) -> None:
    """Write the page: ``differing`` is the table of ``sweep.differences``, experiments in its order."""
    head, *rows = differing
    table = [(*head, *HEAD)]
    table += [(*row, *outcome(summaries.get(row[0], ()), evaluations.get(row[0], ()))) for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in table]
    lines.insert(1, "| " + " | ".join("---" for _ in table[0]) + " |")
    intervals = (
        "Shares with their 95 % intervals; two experiments whose intervals overlap do not differ by these counts."
    )
    write_text(output, "\n".join(["# Comparison", "", *lines, "", intervals]) + "\n")
