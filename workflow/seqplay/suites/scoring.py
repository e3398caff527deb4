"""Answers to a suite of tests, scored: ``seqplay suites score``.

One line out for each answer, in order; a run that was killed resumes where it stopped. An odd item or an odd answer is
the outcome of its own line and never ends the run.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from seqplay.config import HaskellConfig, fingerprint
from seqplay.dataset.lines import read_line
from seqplay.errors import InputError
from seqplay.files import content_id, dump_line
from seqplay.haskell import Reason
from seqplay.runtime.ordered import OrderedFile, in_order, remaining
from seqplay.runtime.progress import StageProgress
from seqplay.suites.records import CodeAnswer, Language, Odd, Score, TaskId, TestItem
from seqplay.suites.scorers import Scorer, open_scorer

COLUMNS = {
    "prompt": ("prompt", "text"),
    "test": ("test", "tests", "test_list"),
    "entry": ("entry", "entry_point"),
    "declaration": ("declaration",),
    "canonical_solution": ("canonical_solution", "code"),
    "category": ("category",),
}
"""What the fields of an item are called in the files of known suites, likeliest first."""


class Counts(NamedTuple):
    """What came of a file of answers."""

    answers: int
    passed: int
    reasons: Counter[str]

    @property
    def infra_errors(self) -> int:
        """Answers that could not be judged."""
        return self.reasons[Reason.WORKER_LOST]


@dataclass(frozen=True)
class Items:
    """The items of a suite by id; an odd one is there by what is wrong with it."""

    by_id: dict[TaskId, TestItem | str]

    def find(self, task_id: TaskId) -> TestItem | tuple[Odd, str]:
        """Return an item, or why there is none that an answer can be put to."""
        found = self.by_id.get(task_id)
        if found is None:
            return Odd.UNKNOWN_TASK, f"no item has the task_id {task_id!r}"
        return (Odd.BAD_ITEM, found) if isinstance(found, str) else found


def score_file(
    items: Path, answers: Path | None, out: Path, haskell: HaskellConfig, language: Language = Language.HASKELL
) -> Counts:
    """Score the answers of a file (none: the items' own solutions) into ``out``; return the counts.

    Raises ``InputError`` where a file cannot be read, ``ToolError`` where GHC or the jail is missing.
    """
    known = read_items(items)
    source = answers or items
    total, digest = measure(items, source)
    with OrderedFile(out, content_id(digest, str(answers is None), language, fingerprint(haskell))) as output:
        if output.count < total:
            with (
                open_scorer(language, haskell) as scorer,
                StageProgress("suites score", total, output.count) as progress,
            ):
                judge = _Judge(known, _own_solution if answers is None else _read_answer, scorer)
                todo = remaining(_lines(source), output.count)
                for score in in_order(todo, judge, scorer.workers):
                    output.append(dump_line(score))
                    progress.advance()
        counts = count(Score.model_validate_json(line) for line in output.lines())
        output.finish()
    return counts


def count(scores: Iterable[Score]) -> Counts:
    """Count scores by reason."""
    reasons = Counter(score.reason for score in scores)
    return Counts(reasons.total(), reasons[Reason.PASSED], reasons)


def measure(items: Path, source: Path) -> tuple[int, str]:
    """Return how many lines are to be scored, and a hash of both files."""
    digest, total = hashlib.sha256(), 0
    for line in _lines(items):
        digest.update(line)
    for line in _lines(source):
        digest.update(line)
        total += 1
    return total, digest.hexdigest()


def _lines(source: Path) -> Iterator[bytes]:
    """Yield the lines of a file; blank ones are no lines."""
    try:
        with source.open("rb") as handle:
            yield from (line for line in handle if line.strip())
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror}); give the path of a JSON lines file") from error


def numbered_lines(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield the lines' fields, or what is wrong with a line, with its number from 1."""
    for number, line in enumerate(_lines(path), start=1):
        yield number, read_line(line)


def read_items(path: Path) -> Items:
    """Read a suite's items under the names that known suites give their columns."""
    found: dict[TaskId, TestItem | str] = {}
    for number, fields in numbered_lines(path):
        task_id = None if isinstance(fields, str) else _task_id(fields)
        if isinstance(fields, str) or task_id is None:
            continue  # no answer can name it
        found[task_id] = f"two items have the task_id {task_id!r}" if task_id in found else read_item(fields, number)
    return Items(found)


def read_item(fields: dict[str, Any], number: int) -> TestItem | str:
    """Return the item of a line's fields, or what is wrong with it."""
    named = {
        ours: next((fields[name] for name in names if fields.get(name) is not None), None)
        for ours, names in COLUMNS.items()
    }
    if isinstance(named["test"], list):  # MBPP in Python: one assertion each
        named["test"] = "\n".join(str(line) for line in named["test"])
    if named["category"] is not None:
        named["category"] = str(named["category"])
    try:
        return TestItem(task_id=fields["task_id"], **named)
    except ValidationError as error:
        first = error.errors()[0]
        return f"line {number} of the items: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def _task_id(fields: dict[str, Any]) -> TaskId | None:
    found = fields.get("task_id")
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None


def _read_answer(line: bytes, items: Items) -> CodeAnswer | Score:
    """Return the answer of a line, or its score where there is none."""
    fields = read_line(line)
    if isinstance(fields, str):
        return _odd(None, Odd.UNREADABLE, fields)
    task_id, code = _task_id(fields), fields.get("code")
    if task_id is None:
        return _odd(None, Odd.UNREADABLE, "no text or number in the field `task_id`")
    if not isinstance(code, str):
        return _odd(task_id, Odd.UNREADABLE, "no text in the field `code`")
    return CodeAnswer(task_id=task_id, code=code)


def _own_solution(line: bytes, items: Items) -> CodeAnswer | Score:
    """Return an item's own solution as an answer."""
    fields = read_line(line)
    task_id = None if isinstance(fields, str) else _task_id(fields)
    if task_id is None:
        return _odd(None, Odd.UNREADABLE, fields if isinstance(fields, str) else "no text or number in `task_id`")
    item = items.find(task_id)
    if isinstance(item, tuple):
        return _odd(task_id, *item)
    if item.canonical_solution is None:
        return _odd(task_id, Odd.NO_SOLUTION, "the item has no `canonical_solution`")
    return CodeAnswer(task_id=task_id, code=item.canonical_solution)


def _odd(task_id: TaskId | None, reason: Odd, message: str) -> Score:
    return Score(task_id=task_id, passed=False, reason=reason, message=message, seconds=0.0)


@dataclass(frozen=True)
class _Judge:
    """Turns a line into its score."""

    items: Items
    read: Callable[[bytes, Items], CodeAnswer | Score]
    scorer: Scorer

    def __call__(self, line: bytes) -> Score:
        answer = self.read(line, self.items)
        if isinstance(answer, Score):
            return answer
        item = self.items.find(answer.task_id)
        return _odd(answer.task_id, *item) if isinstance(item, tuple) else self.scorer.score(item, answer.code)
