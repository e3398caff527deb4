"""Records of evaluation suites: items, answers to them, and what came of each answer."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from seqplay.records import Estimate, Record

TaskId = str | int
"""As the suite's file has it: some number their tasks."""


class Language(StrEnum):
    """What the answers to a suite of tests are written in."""

    HASKELL = "haskell"
    PYTHON = "python"


class TestItem(BaseModel):
    """A task whose answers are programs: a prompt to complete, and the test that tells right from wrong."""

    __test__ = False  # for pytest: no test class
    model_config = ConfigDict(frozen=True, extra="forbid")

    task_id: TaskId
    prompt: str
    """Ends in the entry's signature, or in the left-hand side of its equation."""
    test: str
    """Haskell: defines a ``main`` that throws where the answer is wrong. Python: statements that raise."""
    entry: str | None = None
    """The entry's name; by default the prompt's last signature."""
    declaration: str | None = None
    """The entry's signature, where it is not in the prompt."""
    canonical_solution: str | None = None
    category: str | None = None
    """What results are grouped by."""


class CodeAnswer(BaseModel):
    """An answer to a task: a program, or what stands behind the prompt."""

    model_config = ConfigDict(frozen=True)

    task_id: TaskId
    code: str


class Odd(StrEnum):
    """Why an answer is not put to a test at all; every other reason is ``seqplay.haskell.Reason``'s."""

    UNREADABLE = "unreadable"
    """The line is no JSON object with ``task_id`` and ``code``."""
    UNKNOWN_TASK = "unknown_task"
    """No item has this ``task_id``."""
    BAD_ITEM = "bad_item"
    """The item has no prompt or no test, or its ``task_id`` is another item's too."""
    NO_SOLUTION = "no_solution"
    """``--canonical``: the item has no solution of its own."""


class Score(Record):
    """What came of one answer: a line of ``seqplay suites score``."""

    task_id: TaskId | None
    """None where the answer's line has none that can be read."""
    passed: bool
    reason: str
    """A member of ``seqplay.haskell.Reason`` or of ``Odd``."""
    message: str = ""
    """One sentence: what was wrong and where."""
    seconds: float
    """By the clock, compiling included; for the text of an earlier answer, as it was then. The only field that two
    runs may differ in."""


class Labelled(BaseModel):
    """A label, and what was answered: none where the answer could not be read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: bool
    predicted: bool | None


class Metrics(BaseModel):
    """How closed answers compare with their labels; shares are none where nothing was counted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answers: int
    unparsed: int
    accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    balanced_accuracy: float | None
    """The mean of the shares of right answers among the positive and among the negative items."""
    confusion: dict[str, dict[str, int]]
    """By label, then by answer: ``positive``, ``negative``, ``unparsed``."""


class ClosedItem(BaseModel):
    """A question whose answer is true or false."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task_id: TaskId
    fields: dict[str, str]
    """What the prompt's template is filled with."""
    label: bool
    category: str | None = None


class SuiteScore(Record):
    """What came of one answer of a player to an item of a suite."""

    suite: str
    task_id: TaskId
    sample: int
    category: str | None = None
    correct: bool
    reason: str
    """Tests: as in ``Score``, or ``unparsed``. Closed answers: ``read`` or ``unparsed``."""
    message: str = ""
    label: bool | None = None
    predicted: bool | None = None
    """The strict reading."""
    as_in_paper: bool | None = None
    """The reference's loose reading, for comparison with published figures alone."""


class SuiteResult(Record):
    """What a player reaches on a suite. Shares are means over items, intervals of 95 % from a bootstrap over items."""

    experiment: str
    iteration: int
    """After which iteration; 0: the base."""
    player: str
    """``base``, ``alice`` or ``bob``."""
    suite: str
    items: int
    answers: int
    unparsed: int
    bad_items: int
    """Tests: items that no answer can pass, whatever it says; they are in every figure."""
    accuracy: Estimate
    """The share of right answers; for tests, pass@1."""
    pass_at: dict[str, Estimate] = Field(default_factory=dict)
    by_category: dict[str, Estimate] = Field(default_factory=dict)
    all_answers: Metrics | None = None
    parsed_only: Metrics | None = None
    as_in_paper: Metrics | None = None
    """By the reference's loose reading, over what it reads."""
    difference: Estimate | None = None
    """Against the base model on the same items, paired."""
    near_training: list[TaskId] = Field(default_factory=list)
    """Items that are near-duplicates of a program that the game draws from: they are in the figures above."""
    near_accuracy: Estimate | None = None
    """The share of right answers on them alone."""
    apart_accuracy: Estimate | None = None
    """The share of right answers without them; both are none where there are no such items."""
    apart_difference: Estimate | None = None
    """Against the base model, without them."""
