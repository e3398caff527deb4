"""What puts answers to tests: warm jailed GHC for Haskell, jailed Python for Python; thread-safe."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import NamedTuple, Protocol

from seqplay.config import HaskellConfig
from seqplay.config.dataset import PythonConfig
from seqplay.dataset.python.jail import PythonPool
from seqplay.files import content_id
from seqplay.haskell import Executor, Reason, Task
from seqplay.suites.python_trials import score_python
from seqplay.suites.records import Language, Score, TaskId, TestItem


class Scorer(Protocol):
    """Scores answers to items."""

    @property
    def workers(self) -> int:
        """How many answers are scored at once."""

    def score(self, item: TestItem, code: str) -> Score:
        """Put an answer to an item's test."""


def haskell_prompts(item: TestItem) -> list[str]:
    """Return the texts that may be an item's prompt: with a declaration of its own, the prompt may be mere words."""
    if item.declaration is None or item.declaration.strip() in item.prompt:
        return [item.prompt]
    return [f"{item.prompt.rstrip()}\n{item.declaration}", item.declaration]


class HaskellScorer(NamedTuple):
    """Scores Haskell in an executor that is warmed up for trials."""

    executor: Executor

    @property
    def workers(self) -> int:
        """How many answers are scored at once."""
        return self.executor.workers

    def score(self, item: TestItem, code: str) -> Score:
        """Put an answer to an item's test."""
        started = time.monotonic()
        for prompt in haskell_prompts(item):
            task = Task(prompt, item.test, item.entry, item.canonical_solution or "")
            tried = self.executor.attempt(task, code)
            if tried.reason is not Reason.BAD_ITEM:
                break
        return Score(
            task_id=item.task_id,
            passed=tried.reason is Reason.PASSED,
            reason=tried.reason,
            message=tried.message,
            seconds=round(time.monotonic() - started, 4),
        )


class PythonScorer(NamedTuple):
    """Scores Python in jailed interpreters."""

    pool: PythonPool

    @property
    def workers(self) -> int:
        """How many answers are scored at once."""
        return self.pool.workers

    def score(self, item: TestItem, code: str) -> Score:
        """Put an answer to an item's test."""
        return score_python(self.pool, item, code)


class OnceScorer:
    """Scores an answer that says the same as an earlier one to its item only once: models repeat themselves."""

    def __init__(self, scorer: Scorer) -> None:
        """Put it in front of a scorer."""
        self._scorer = scorer
        self._scored: dict[tuple[TaskId, str], Future[Score]] = {}
        self._lock = threading.Lock()

    @property
    def workers(self) -> int:
        """How many answers are scored at once."""
        return self._scorer.workers

    def score(self, item: TestItem, code: str) -> Score:
        """Put an answer to an item's test, or wait for the score of the same answer."""
        key = (item.task_id, content_id(item.prompt, item.test, code))
        with self._lock:
            first = key not in self._scored
            waiting = self._scored.setdefault(key, Future())
        if first:
            try:
                waiting.set_result(self._scorer.score(item, code))
            except BaseException as error:
                waiting.set_exception(error)
                raise
        return waiting.result()


@contextmanager
def open_scorer(language: Language, haskell: HaskellConfig) -> Iterator[Scorer]:
    """Give the scorer of a language, under the executor's limits; raises ``ToolError`` where a tool is missing."""
    if language is Language.PYTHON:
        limits = PythonConfig(seconds=haskell.seconds, memory_mib=haskell.memory_mib)
        with PythonPool.open(limits, haskell) as pool:
            yield OnceScorer(PythonScorer(pool))
    else:
        with Executor.open_for_trials(haskell) as executor:
            yield OnceScorer(HaskellScorer(executor))
