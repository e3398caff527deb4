"""Known suites: how their columns become items, and what is asked about each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from seqplay import prompts
from seqplay.config import SuiteConfig, SuiteFormat
from seqplay.errors import InputError
from seqplay.records import Goal, Message
from seqplay.suites.classification import as_in_paper, label_of, read_judgement, read_true_or_false
from seqplay.suites.records import ClosedItem, Language, TaskId, TestItem
from seqplay.suites.scoring import numbered_lines, read_items


@dataclass(frozen=True)
class TestFormat:
    """A suite whose answers are programs."""

    __test__ = False  # for pytest: no test class

    template: str
    language: Language
    shows_tests: bool = False


IN_PAPER = partial(as_in_paper, digits=True)


@dataclass(frozen=True)
class ClosedFormat:
    """A suite whose answers are true or false."""

    template: str
    columns: Mapping[str, str]
    """The template's fields, and the columns that they come from."""
    label: str
    positive: tuple[str, ...] = ("true", "1")
    read: Callable[[str], bool | prompts.Unparsed] = read_true_or_false
    """The strict reader of an answer."""
    in_paper: Callable[[str], bool | None] | None = IN_PAPER
    """The reference's reader; it takes 1 and 0 for answers to some suites. None where the paper has no such suite."""
    ids: tuple[str, ...] = field(default=("task_id", "id", "idx"))


FORMATS: dict[SuiteFormat, TestFormat | ClosedFormat] = {
    SuiteFormat.HUMANEVAL_HS: TestFormat("complete_haskell", Language.HASKELL),
    SuiteFormat.MBPP_HS: TestFormat("complete_haskell", Language.HASKELL, shows_tests=True),
    SuiteFormat.HUMANEVAL_PYTHON: TestFormat("complete_python", Language.PYTHON),
    SuiteFormat.MBPP_PYTHON: TestFormat("complete_python", Language.PYTHON, shows_tests=True),
    SuiteFormat.EQUIBENCH: ClosedFormat(
        "equivalent_programs",
        {"program_1": "program_1_code", "program_2": "program_2_code"},
        label="truth_label",
        in_paper=partial(as_in_paper, digits=False),
    ),
    SuiteFormat.PYSECDB: ClosedFormat("security_commit", {"commit": "content"}, "label", positive=("security",)),
    SuiteFormat.HASKELL_PAIRS: ClosedFormat(
        "judge",
        {"p": "p", "q": "q", "entry": "entry"},
        label="label",
        positive=(Goal.SEQ,),
        read=read_judgement,
        in_paper=None,
    ),
    SuiteFormat.CODEXGLUE_DEFECT: ClosedFormat("insecure_code", {"program": "func"}, label="target"),
}

Item = TestItem | ClosedItem


def read_suite(suite: SuiteConfig) -> list[Item]:
    """Return a suite's items in the order of its file.

    Raises ``InputError`` with file and line where a line is no item: a suite with a hole would score too well or badly.
    """
    known = FORMATS[suite.format]
    path = suite.path
    if isinstance(known, TestFormat):
        found: list[Item] = []
        for task_id, item in read_items(path).by_id.items():
            if isinstance(item, str):
                raise InputError(f"{path}: {item} (task_id {task_id!r}); mend or remove the item")
            found.append(item)
    else:
        found = [_closed(known, fields, number, path) for number, fields in numbered_lines(path)]
    if not found:
        raise InputError(f"{path}: no items of the format {suite.format}")
    if len({item.task_id for item in found}) < len(found):
        raise InputError(f"{path}: several items have one id; remove the duplicates")
    return found


def _closed(known: ClosedFormat, fields: dict[str, Any] | str, number: int, path: Path) -> ClosedItem:
    if isinstance(fields, str):
        raise InputError(f"{path}:{number}: {fields}")
    missing = [column for column in (*known.columns.values(), known.label) if fields.get(column) is None]
    if missing:
        raise InputError(f"{path}:{number}: no column {missing[0]}; the line has {', '.join(sorted(fields))}")
    named: list[TaskId] = [fields[name] for name in known.ids if isinstance(fields.get(name), str | int)]
    category = fields.get("category")
    return ClosedItem(
        task_id=named[0] if named else number,
        fields={name: str(fields[column]) for name, column in known.columns.items()},
        label=label_of(fields[known.label], known.positive),
        category=str(category) if category is not None else None,
    )


def messages(suite: SuiteConfig, item: Item, few_shot: bool) -> tuple[Message, ...]:
    """Return the chat that asks a player about an item; ``few_shot``: as the game asks Bob, where it asks the same."""
    known = FORMATS[suite.format]
    if isinstance(item, ClosedItem):
        return prompts.suite_item(known.template, few_shot, **item.fields)
    shown = isinstance(known, TestFormat) and known.shows_tests
    tests = item.test.strip() if shown else ""
    return prompts.suite_item(known.template, few_shot, prompt=item.prompt, tests=tests)
