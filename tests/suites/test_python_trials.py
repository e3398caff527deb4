"""Answers in Python: HumanEval's and MBPP's columns; no answer reaches the process of its test."""

# ruff: noqa: E501  (tables: one answer a line)
from __future__ import annotations

from collections.abc import Iterator

import pytest

from seqplay.config import HaskellConfig
from seqplay.suites.records import Language, TestItem
from seqplay.suites.scorers import Scorer, open_scorer
from seqplay.suites.scoring import read_item

pytestmark = pytest.mark.ghc  # its jail is configured beside GHC's

HUMAN_EVAL: dict[str, object] = {
    "task_id": "Python/0",
    "prompt": 'from typing import List\n\n\ndef double(n: int) -> int:\n    return 2 * n\n\n\ndef total(numbers: List[int]) -> int:\n'
    '    """ The sum of the doubled numbers.\n    >>> total([1, 2])\n    6\n    """\n',
    "canonical_solution": "    result = 0\n    for n in numbers:\n        result += double(n)\n    return result\n",
    "test": "\n\nMETADATA = {}\n\n\ndef check(total):\n    assert total([1, 2]) == double(3)\n    assert total([]) == 0\n\ncheck(total)",
    "text": "    The sum of the doubled numbers.",
    "declaration": "def total(numbers: List[int]) -> int:\n",
    "example_test": "def check(total):\n    assert total([1, 2]) == 6\ncheck(total)\n",
}  # fmt: skip
OPEN_AI = {**HUMAN_EVAL, "test": str(HUMAN_EVAL["test"]).removesuffix("check(total)").replace("total", "candidate")}
OPEN_AI["entry_point"] = "total"
MBPP: dict[str, object] = {
    "prompt": "Write a function to give the distinct words of a text, sorted.",
    "test": ['assert words("b a b") == ["a", "b"]', 'assert set(words("")) == set()', 'assert words("x") == ["x"]'],
    "code": "def words(text):\r\n    return sorted(set(text.split()))",
    "task_id": 11,
}
ERRORS: dict[str, object] = {
    "task_id": 12,
    "prompt": "Write a function to refuse negative numbers.",
    "test": ["try:\n    root(-1)\n    assert False\nexcept ValueError:\n    pass", "assert root(4) == 2"],
    "code": "def root(n):\n    if n < 0:\n        raise ValueError(n)\n    return int(n ** 0.5)",
}
RIGHT = [
    (HUMAN_EVAL, HUMAN_EVAL["canonical_solution"]),
    (HUMAN_EVAL, "return 2 * sum(numbers)"),
    (HUMAN_EVAL, "def total(numbers: List[int]) -> int:\n    return sum(map(double, numbers))\n"),
    (OPEN_AI, HUMAN_EVAL["canonical_solution"]),
    (MBPP, MBPP["code"]),
    (ERRORS, ERRORS["code"]),
]
FORGED = {
    "exits": "import sys\ndef total(numbers):\n    sys.exit(0)\n",
    "exits at once": "import os\nos._exit(0)\ndef total(numbers):\n    return 0\n",
    "equals everything": "class Same(int):\n    def __eq__(self, other): return True\n    __hash__ = None\ndef total(numbers):\n    return Same(0)\n",
    "named like a value": "def total(numbers):\n    return type('6', (), {'__eq__': lambda a, b: True})()\n",
    "writes to all descriptors": "import os\nfor d in range(3, 64):\n    try: os.write(d, b'passed')\n    except OSError: pass\ndef total(numbers):\n    return -1\n",
    "opens the other's pipe": "import os\ndef total(numbers):\n    for p in os.listdir('/proc'):\n        for d in range(3, 9):\n            try: os.write(os.open(f'/proc/{p}/fd/{d}', os.O_WRONLY), b'passed')\n            except OSError: pass\n    return -1\n",
    "kills the test": "import os\ndef total(numbers):\n    for p in range(2, 200):\n        try: os.kill(p, 9)\n        except OSError: pass\n    return -1\n",
    "own assertion": "import builtins\nbuiltins.AssertionError = ValueError\ndef total(numbers):\n    raise AssertionError\n",
    "own check": "def check(candidate):\n    pass\ndef total(numbers):\n    return -1\n",
    "own helper": "def double(n):\n    return -1\ndef total(numbers):\n    return -1 if numbers else 0\n",
    "never ends": "def total(numbers):\n    while True: pass\n",
    "sleeps": "import time\ndef total(numbers):\n    time.sleep(1000)\n",
    "takes memory": "def total(numbers):\n    return [0] * 10 ** 12\n",
    "forks": "import os\ndef total(numbers):\n    while True: os.fork()\n",
    "prints": "def total(numbers):\n    print('passed')\n    return -1\n",
    "deep value": "def total(numbers):\n    x = []\n    for _ in range(10 ** 5): x = [x]\n    return x\n",
    "endless value": "def total(numbers):\n    x = []\n    x.append(x)\n    return x\n",
    "wrong": "def total(numbers):\n    return sum(numbers)\n",
    "no such function": "def sum_of(numbers):\n    return 2 * sum(numbers)\n",
    "no Python": "def total(numbers:\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def scorer() -> Iterator[Scorer]:
    with open_scorer(Language.PYTHON, HaskellConfig(workers=1, seconds=1)) as opened:
        yield opened


def item_of(fields: dict[str, object]) -> TestItem:
    item = read_item(fields, 1)
    assert isinstance(item, TestItem), item
    return item


@pytest.mark.parametrize(("fields", "code"), RIGHT)
def test_right_answers_pass(scorer: Scorer, fields: dict[str, object], code: str) -> None:
    score = scorer.score(item_of(fields), code)
    assert (score.passed, score.reason) == (True, "passed"), score.message


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_answer_does_not_pass(scorer: Scorer, name: str) -> None:
    score = scorer.score(item_of(HUMAN_EVAL), FORGED[name])
    assert not score.passed
    assert score.reason in ("failed", "timeout", "parse_error", "no_entry"), score
    assert scorer.score(item_of(HUMAN_EVAL), str(HUMAN_EVAL["canonical_solution"])).passed
