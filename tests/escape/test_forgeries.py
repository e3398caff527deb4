"""No forged answer passes: not in any jail, and what passes after it passes for its own sake."""

from __future__ import annotations

import time

import pytest

from seqplay.haskell import Executor, Reason, Task
from seqplay.records import Verdict
from tests.escape.conftest import SECONDS
from tests.escape.forgeries import FORGERIES, ITEMS, Forgery

LIMIT = 90.0 + 4 * SECONDS


# Nearly a minute of GHC's type checker, which on a busy machine may end by its memory instead of its time.
SLOW = {"type_checker"}


@pytest.mark.parametrize(
    "forgery",
    [pytest.param(one, id=one.name, marks=[pytest.mark.slow] if one.name in SLOW else []) for one in FORGERIES],
)
def test_a_forged_answer_does_not_pass(executor: Executor, forgery: Forgery) -> None:
    prompt, test, right = ITEMS[forgery.item]
    task = Task(prompt, test)
    started = time.monotonic()
    tried = executor.attempt(task, forgery.code)
    taken = time.monotonic() - started
    shown = f"{forgery.tries}: {tried.reason}: {tried.message[:300]}"
    assert tried.verdict is not Verdict.ACCEPTED, shown
    assert tried.reason not in (Reason.PASSED, Reason.WORKER_LOST, Reason.BAD_ITEM), shown
    assert taken < LIMIT, f"the verdict took {taken:.1f} s"
    again = executor.attempt(task, right)
    assert again.reason is Reason.PASSED, f"the next right answer fails: {again.message}"


def test_an_endless_answer_is_ended_even_where_the_test_catches_everything(executor: Executor) -> None:
    prompt, test, _ = ITEMS["any exception"]
    tried = executor.attempt(Task(prompt, test), "f :: Int -> Int\nf n = f (n + 1)\n")
    assert tried.reason is Reason.TIMEOUT, tried.message


def test_the_suite_has_at_least_fifty_forgeries() -> None:
    assert len({forgery.name for forgery in FORGERIES}) == len(FORGERIES) >= 50
