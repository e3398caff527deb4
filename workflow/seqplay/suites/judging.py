"""The stage that scores a player's answers to suites: closed answers are read, programs are put to their tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from seqplay import prompts
from seqplay.config import HaskellConfig, SuiteConfig, fingerprint
from seqplay.errors import WorkerLost
from seqplay.files import content_id, dump_line, file_id
from seqplay.haskell import Reason
from seqplay.records import UNPARSED, Completion
from seqplay.runtime.ordered import OrderedFile, in_order, remaining
from seqplay.runtime.progress import StageProgress
from seqplay.suites.asking import request_id
from seqplay.suites.formats import FORMATS, ClosedFormat, Item, TestFormat, read_suite
from seqplay.suites.records import ClosedItem, Language, Score, SuiteScore, TestItem
from seqplay.suites.scorers import Scorer, open_scorer


class Asked(NamedTuple):
    """A completion, and what it answers."""

    suite: SuiteConfig
    item: Item
    completion: Completion


def score_suites(
    suites: Sequence[SuiteConfig], completions: Sequence[Completion], output: Path, *, haskell: HaskellConfig
) -> None:
    """Write the score of every completion, in order, resuming where a killed run stopped.

    Raises ``WorkerLost`` where a test could not be run: an infra error is never a wrong answer.
    """
    asked = list(_asked(suites, completions))
    stamp = content_id(
        fingerprint(haskell, *suites),
        *(file_id(suite.path) for suite in suites),
        *(dump_line(completion) for completion in completions),
    )
    with OrderedFile(output, stamp) as lines:
        with ExitStack() as stack, StageProgress("score suites", len(asked), lines.count) as progress:
            scorers = _scorers(stack, asked[lines.count :], haskell)
            workers = max((scorer.workers for scorer in scorers.values()), default=1)
            todo = remaining(asked, lines.count)
            for score in in_order(todo, lambda one: judge(one, scorers), workers):
                lines.append(dump_line(score))
                progress.advance()
        lines.finish()


def _asked(suites: Sequence[SuiteConfig], completions: Sequence[Completion]) -> Iterator[Asked]:
    by_id = {
        request_id(suite, number): (suite, item) for suite in suites for number, item in enumerate(read_suite(suite))
    }
    for completion in completions:
        yield Asked(*by_id[completion.request_id], completion)


def _scorers(stack: ExitStack, asked: Sequence[Asked], haskell: HaskellConfig) -> dict[Language, Scorer]:
    """Open the scorers that something is left to do for."""
    formats = [FORMATS[one.suite.format] for one in asked]
    languages = {known.language for known in formats if isinstance(known, TestFormat)}
    return {language: stack.enter_context(open_scorer(language, haskell)) for language in sorted(languages)}


def judge(asked: Asked, scorers: dict[Language, Scorer]) -> SuiteScore:
    """Score one completion."""
    known = FORMATS[asked.suite.format]
    if isinstance(known, TestFormat) and isinstance(asked.item, TestItem):
        code = prompts.read_completion(asked.completion, prompts.parse_code, known.language)
        if isinstance(code, prompts.Unparsed):
            return _test_score(asked, UNPARSED, code.reason)
        score: Score = scorers[known.language].score(asked.item, code)
        if score.reason == Reason.WORKER_LOST:
            raise WorkerLost(f"suite {asked.suite.name}, item {asked.item.task_id}: {score.message}; run again")
        return _test_score(asked, score.reason, score.message)
    assert isinstance(known, ClosedFormat)
    assert isinstance(asked.item, ClosedItem)
    return _closed_score(asked, asked.item, known)


def _test_score(asked: Asked, reason: str, message: str) -> SuiteScore:
    return SuiteScore(
        suite=asked.suite.name,
        task_id=asked.item.task_id,
        sample=asked.completion.sample,
        category=asked.item.category,
        correct=reason == Reason.PASSED,
        reason=reason,
        message=message,
    )


def _closed_score(asked: Asked, item: ClosedItem, known: ClosedFormat) -> SuiteScore:
    text = asked.completion.text
    said = known.read(text)
    predicted = None if isinstance(said, prompts.Unparsed) else said
    return SuiteScore(
        suite=asked.suite.name,
        task_id=item.task_id,
        sample=asked.completion.sample,
        category=item.category,
        correct=predicted is item.label,
        reason=UNPARSED if predicted is None else "read",
        message=said.reason if isinstance(said, prompts.Unparsed) else "",
        label=item.label,
        predicted=predicted,
        as_in_paper=known.in_paper(text) if known.in_paper else None,
    )
