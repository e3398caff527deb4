"""The index: a play's files of records, read one record at a time, each remembered with its file and line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from seqplay.files import iterate_records
from seqplay.records import Record

R = TypeVar("R", bound=Record)


class Source(NamedTuple):
    """Where records stand: a file relative to the experiment's folder, and lines counted from 1."""

    file: str
    first: int
    last: int


class RecordIndex:
    """The files of one play (``iter_3``, ``eval_0``) of an experiment."""

    def __init__(self, experiment: Path, play: str) -> None:
        """Open the folder of a play."""
        self.experiment, self.folder = experiment, experiment / play
        self._places: dict[tuple[str, str], Source] = {}

    def read(self, kind: str, pattern: str, model: type[R], key: Callable[[R], str]) -> Iterator[R]:
        """Yield the records of the files ``pattern.jsonl`` in order; a stage's shards are in its merged file already.

        Raises ``InputError`` with file and line where a line is no such record.
        """
        paths = [path for path in self.folder.glob(f"{pattern}.jsonl") if ".shard_" not in path.name]
        for path in sorted(paths, key=_order):
            name = path.relative_to(self.experiment).as_posix()
            for line, record in enumerate(iterate_records(path, model), start=1):
                place = self._places.get((kind, key(record)))
                first = place.first if place and place.file == name else line
                self._places[kind, key(record)] = Source(name, first, line)
                yield record

    def sources(self, **keys: str) -> dict[str, Source]:
        """Return where the records of these kinds and keys stand; of several files, in the last."""
        return {kind: self._places[kind, key] for kind, key in keys.items() if (kind, key) in self._places}


def _order(path: Path) -> tuple[int, str]:
    """Order ``round_2`` before ``round_10``."""
    number = path.stem.rpartition("_")[2]
    return int(number) if number.isdecimal() else 0, path.name
