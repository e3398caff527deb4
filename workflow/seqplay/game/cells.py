"""Cells: how shares, estimates and differences are written in tables for people."""

from __future__ import annotations

from seqplay.records import Accuracy, Answer, BobScores, Estimate

NONE = "–"


def share_cell(value: Accuracy | None) -> str:
    """Return ``0.62 [0.41, 0.80] of 21``."""
    if value is None or value.share is None:
        return NONE
    return f"{value.share:.2f} [{value.low:.2f}, {value.high:.2f}] of {value.total}"


def estimate_cell(value: Estimate | None) -> str:
    """Return ``0.62 [0.41, 0.80]``."""
    if value is None or value.value is None:
        return NONE
    return f"{value.value:.2f} [{value.low:.2f}, {value.high:.2f}]"


def balanced_cell(scores: BobScores | None) -> str:
    """Return Bob's balanced accuracy."""
    return estimate_cell(scores.balanced if scores else None)


def difference_cell(value: Estimate | None) -> str:
    """Return ``+0.05 [−0.02, +0.11]``."""
    if value is None or value.value is None:
        return NONE
    low, middle, high = (f"{number:+.2f}".replace("-", "−") for number in (value.low, value.value, value.high))
    return f"{middle} [{low}, {high}]"


def answers_cell(scores: BobScores | None) -> str:
    """Return ``0.48 equivalent, 0.02 unparsed``, of Bob's answers."""
    if scores is None or not sum(scores.answers.values()):
        return NONE
    total = sum(scores.answers.values())
    shares = {answer: scores.answers.get(answer, 0) / total for answer in (Answer.EQUIVALENT, Answer.UNPARSED)}
    return ", ".join(f"{part:.2f} {answer}" for answer, part in shares.items())
