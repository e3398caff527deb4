"""An answer passes where the item's test says so, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seqplay.config import HaskellConfig
from seqplay.errors import WorkerLost
from seqplay.haskell import Executor, Reason, Task
from seqplay.haskell.sandbox.session import Session
from seqplay.suites.records import TestItem
from seqplay.suites.scorers import HaskellScorer
from seqplay.suites.scoring import read_item
from tests.suites.tasks import TASKS, human_eval

pytestmark = pytest.mark.ghc

RIGHT = [(task.item, code) for task in TASKS for code in [*task.right, task.item.get("canonical_solution")] if code]
WRONG = [(task.item, code) for task in TASKS for code in task.wrong]


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with Executor.open_for_trials(HaskellConfig(workers=1, seconds=2)) as opened:
        yield opened


def item_of(fields: dict[str, object]) -> TestItem:
    item = read_item(fields, 1)
    assert isinstance(item, TestItem), item
    return item


@pytest.mark.parametrize(("fields", "code"), RIGHT)
def test_right_answers_pass(executor: Executor, fields: dict[str, object], code: str) -> None:
    score = HaskellScorer(executor).score(item_of(fields), code)
    assert (score.passed, score.reason) == (True, "passed"), score.message


@pytest.mark.parametrize(("fields", "code"), WRONG)
def test_wrong_answers_fail(executor: Executor, fields: dict[str, object], code: str) -> None:
    score = HaskellScorer(executor).score(item_of(fields), code)
    assert not score.passed
    assert score.reason not in (Reason.WORKER_LOST, Reason.BAD_ITEM), score.message
    assert score.message


def test_there_are_forty_wrong_answers() -> None:
    assert len(WRONG) >= 40


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("f :: Int -> Int\nf x = x +\n", Reason.PARSE_ERROR),
        ("f :: Int -> Int\nf x = show x\n", Reason.TYPE_ERROR),
        ("f :: Int -> String\nf = show\n", Reason.TYPE_MISMATCH),
        ("f :: Int -> IO Int\nf = return\n", Reason.IO_ENTRY),
        ("g :: Int -> Int\ng x = x\n", Reason.NO_ENTRY),
        ("import System.Process\nf :: Int -> Int\nf x = x\n", Reason.UNSAFE_IMPORT),
        ("f :: Int -> Int\nf x = length (repeat x)\n", Reason.TIMEOUT),
        ("f :: Int -> Int\nf x = x\n", Reason.FAILED),
    ],
)
def test_an_answer_that_fails_is_told_why(executor: Executor, code: str, reason: Reason) -> None:
    item = item_of(human_eval(1, "One more.", "f :: Int -> Int", "f x = x + 1", ["f 1 == 2"]))
    score = HaskellScorer(executor).score(item, code)
    assert (score.passed, score.reason) == (False, reason), score.message


@pytest.mark.parametrize(
    "broken",
    [
        {"test": "main :: IO ()\nmain = check (f 1 == 2)\n"},
        {"test": "main = import\n"},
        {"test": "import System.Process\nmain :: IO ()\nmain = return ()\n"},
        {"test": "main :: Int\nmain = f 1\n"},
        {"prompt": "-- One more.", "canonical_solution": None},
        {"prompt": "f :: Number -> Int"},
    ],
    ids=lambda broken: str(broken)[:40],
)
def test_a_broken_item_is_named_as_such(executor: Executor, broken: dict[str, object]) -> None:
    whole = human_eval(1, "One more.", "f :: Int -> Int", "f x = x + 1", ["f 1 == 2"])
    score = HaskellScorer(executor).score(item_of({**whole, **broken}), "f x = x + 1")
    assert (score.passed, score.reason) == (False, Reason.BAD_ITEM)
    assert "the item's" in score.message


def test_a_prompt_without_signature_takes_it_from_the_items_own_solution(executor: Executor) -> None:
    item = item_of({**human_eval(1, "", "f :: Int -> Int", "f x = x + 1", ["f 1 == 2"]), "prompt": "-- One more."})
    assert HaskellScorer(executor).score(item, "f :: Int -> Int\nf = succ\n").passed


@pytest.mark.parametrize("prompt", ["Add one to a number, of course.", "Add one", "-- Add one.\nimport Data.List", ""])
def test_a_prompt_in_words_takes_its_signature_from_the_declaration(executor: Executor, prompt: str) -> None:
    whole = human_eval(1, "One more.", "f :: Int -> Int", "f x = x + 1", ["f 1 == 2"])
    item = item_of({**whole, "prompt": prompt, "declaration": "f :: Int -> Int", "canonical_solution": None})
    scorer = HaskellScorer(executor)
    assert scorer.score(item, "f = succ").passed
    assert scorer.score(item, "f :: Int -> Int\nf x = x + 1\n").passed
    assert scorer.score(item, "f :: Integer -> Integer\nf x = x + 1\n").reason == Reason.TYPE_MISMATCH
    assert scorer.score(item, "f = pred").reason == Reason.FAILED


def test_a_process_that_ran_a_test_serves_no_label(executor: Executor) -> None:
    item = item_of(TASKS[0].item)
    task = Task(item.prompt, item.test)
    session = Session(executor._build, executor._jail, executor._limits)
    try:
        for code in (TASKS[0].right[0], TASKS[0].wrong[0]):
            session.ask(["load", "0", "P", "f :: Int -> Int\nf x = x\n"], seconds=20)
            fields = ["trial", "quick", "", task.prompt, "", code, task.test]
            assert session.ask(fields, seconds=20)["ended"] in ("passed", "failed")
            driven = session.ask(["drive", "run", "1000000 100 1", "0"], seconds=20)
            assert driven["problem"]["message"] == "nothing is loaded", "the child that ran the test lives on"
    except WorkerLost as error:
        pytest.fail(str(error))
    finally:
        session.close()
