"""Files of one run side by side: each keeps the order of the instructions, so that one pass over each is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from seqplay.errors import ToolError


class Named(Protocol):
    """A record with an id."""

    @property
    def id(self) -> str:
        """The id."""


Item = TypeVar("Item")
Other = TypeVar("Other", bound=Named)


def merge_join(
    items: Iterable[Item], key: Callable[[Item], str], others: Iterable[Other]
) -> Iterator[tuple[Item, Other]]:
    """Yield each item with the record that has its key as id; several items in a row may share one.

    Raises ``ToolError`` where there is none further on.
    """
    rest = iter(others)
    other: Other | None = None
    for item in items:
        wanted = key(item)
        while other is None or other.id != wanted:
            other = next(rest, None)
            if other is None:
                raise _disorder(wanted)
        yield item, other


def beside_any(
    items: Iterable[Item], key: Callable[[Item], str], others: Iterable[Other]
) -> Iterator[tuple[Item, Other | None]]:
    """Yield each item with the record that has its key as id, if there is one.

    Raises ``ToolError`` where a record is left over.
    """
    rest = iter(others)
    other = next(rest, None)
    for item in items:
        if other is not None and other.id == key(item):
            yield item, other
            other = next(rest, None)
        else:
            yield item, None
    if other is not None:
        raise _disorder(other.id)


def _disorder(key: str) -> ToolError:
    return ToolError(f"the dataset's files are not of one run: {key} has no counterpart; remove them and run again")
