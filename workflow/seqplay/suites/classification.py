"""The scorer of closed answers: what a completion answers, and how a set of answers compares with the labels.

Two readers. ``read_strictly`` takes only an answer that is given as such, after the reasoning; ``as_in_paper`` is the
loose reading of the reference implementation, which takes the first word that looks like an answer anywhere (even in
the reasoning, even the end of ``piano``): figures by it compare with published ones, and are never ours.

Metrics are over all answers, where one that cannot be read is wrong and predicts nothing, and over those read alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from seqplay.prompts.answers import FENCE, Unparsed, conclusion, parse_judgement
from seqplay.records import Answer
from seqplay.suites.records import Labelled, Metrics

YES = ("true", "yes")
NO = ("false", "no")


def read_strictly(text: str, words: Sequence[str]) -> str | Unparsed:
    """Return the one of the closed set's words that a completion answers with.

    The last line that is not empty and no fence, alone or behind ``Answer:``, must be that word.
    """
    rest = conclusion(text)
    if isinstance(rest, Unparsed):
        return rest
    lines = [line.strip().strip("*_`. ") for line in rest.splitlines() if line.strip(" `\t")]
    if not lines:
        return Unparsed("no answer")
    head, colon, last = lines[-1].rpartition(":")
    said = (last if colon and head.strip("*_ ").lower().endswith("answer") else lines[-1]).strip("*_`. ").lower()
    return said if said in words else Unparsed(f"the last line is none of {', '.join(words)}: {lines[-1][:40]!r}")


def read_true_or_false(text: str) -> bool | Unparsed:
    """Return the answer of a completion to a question of true or false."""
    said = read_strictly(text, (*YES, *NO))
    return said if isinstance(said, Unparsed) else said in YES


def read_judgement(text: str) -> bool | Unparsed:
    """Return whether a completion says, as Bob does in the game, that two programs are equivalent."""
    said = parse_judgement(text)
    return said if isinstance(said, Unparsed) else said is Answer.EQUIVALENT


def as_in_paper(text: str, *, digits: bool) -> bool | None:
    """Return the reference's reading: true, false, or none. ``digits``: ``1`` and ``0`` count too.

    First a word in front of two backticks, then one in answer tags, then the first that ends where a word ends.
    """
    lowered = text.strip().lower()
    words = "|".join([*YES, *NO, *(("1", "0") if digits else ())])
    tagged = "true|false|1|0" if digits else "true|false"
    for pattern in (rf"({words})\s*{FENCE[:2]}", rf"<answer>({tagged})</answer>", rf"({words})\b"):
        found = re.search(pattern, lowered)
        if found:
            return found.group(1) in (*YES, "1")
    return None


def metrics(answers: Iterable[Labelled]) -> Metrics:
    """Return the metrics of a set of answers; none where nothing was counted that one divides by."""
    cells = Counter((answer.label, answer.predicted) for answer in answers)
    tp, fn, missed = cells[True, True], cells[True, False], cells[True, None]
    fp, tn, unread = cells[False, True], cells[False, False], cells[False, None]
    positive, negative = tp + fn + missed, fp + tn + unread
    precision, recall = _share(tp, tp + fp), _share(tp, positive)
    specificity = _share(tn, negative)
    return Metrics(
        answers=positive + negative,
        unparsed=missed + unread,
        accuracy=_share(tp + tn, positive + negative),
        precision=precision,
        recall=recall,
        f1=_share(2 * tp, 2 * tp + fp + fn + missed),
        balanced_accuracy=None if recall is None or specificity is None else (recall + specificity) / 2,
        confusion={
            "positive": {"positive": tp, "negative": fn, "unparsed": missed},
            "negative": {"positive": fp, "negative": tn, "unparsed": unread},
        },
    )


def parsed_only(answers: Iterable[Labelled]) -> list[Labelled]:
    """Return the answers that could be read."""
    return [answer for answer in answers if answer.predicted is not None]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def label_of(value: object, positive: Sequence[str]) -> bool:
    """Return the label that a column's value stands for: booleans and 0/1 as they are, words by the positive ones."""
    if isinstance(value, bool | int):
        return bool(value)
    return str(value).strip().lower() in positive
