"""Contamination: which items of a suite are near-duplicates of a program that the game draws from.

Their figures say little about transfer, so that they are listed and scored apart. Compared are texts, token by token: a
program that was rewritten by other means is not found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from seqplay.config import SuiteConfig
from seqplay.dataset.similarity.near_duplicates import NearIndex
from seqplay.dataset.similarity.shingles import program
from seqplay.records import Program
from seqplay.suites.formats import Item, read_suite
from seqplay.suites.records import ClosedItem, TaskId

NearItems = dict[str, list[TaskId]]
"""By suite: the items, in their order."""


def near_training(suites: Sequence[SuiteConfig], programs: Iterable[Program], threshold: float) -> NearItems:
    """Return the items of which a text is a near-duplicate of a program.

    ``threshold`` is the Jaccard similarity over runs of four words (``evaluation.near_duplicate``).
    """
    index = NearIndex(threshold)
    for found in programs:
        index.add(found.id, program(found.code))
    return {
        suite.name: [
            item.task_id for item in read_suite(suite) if any(index.near(program(text)) for text in texts(item))
        ]
        for suite in suites
    }


def texts(item: Item) -> Iterator[str]:
    """Yield the programs of an item: a task's solution, alone, behind its signature, and behind its prompt."""
    if isinstance(item, ClosedItem):
        yield from item.fields.values()
        return
    prompt, solution = item.prompt.strip(), item.canonical_solution
    if solution is None:
        yield prompt
        return
    signature = item.declaration or prompt.rpartition("\n")[2]
    yield solution
    yield f"{signature}\n{solution}"
    yield f"{prompt}\n{solution}"
