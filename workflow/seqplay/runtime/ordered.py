"""Long streams: items judged in order in bounded memory, each result appended as it comes, so that a kill costs little.

A finished stream is renamed into its place. Until then its partial file holds a first line that says what it was made
from, and the results so far, in order: the number of whole lines is the place where a later run goes on.
"""

from __future__ import annotations

import json
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from seqplay.errors import ToolError
from seqplay.files import canonical_json, whole

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 32
"""Items that each worker may be ahead of the oldest unfinished one."""


class OrderedFile:
    """A file that is written line by line in order, and resumes where a killed run stopped."""

    def __init__(self, output: Path, fingerprint: str) -> None:
        """Take what is left of an earlier run with the same ``fingerprint``; another one's is discarded."""
        self.output = output
        self.path = output.with_name(f".{output.name}.partial")
        self.count = 0
        """Lines that are done."""
        self._head = canonical_json({"fingerprint": fingerprint}).encode() + b"\n"

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        kept = self._whole()
        try:
            self._handle = self.path.open("r+b" if kept else "w+b")
            self._handle.truncate(kept)
            self._handle.seek(kept)
            if not kept:
                self._write(self._head)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._handle.close()

    def _whole(self) -> int:
        """Count the whole lines; return the bytes up to their end (0: start anew)."""
        if not self.path.is_file():
            return 0
        kept = 0
        with self.path.open("rb") as handle:
            if handle.readline() != self._head:
                return 0
            kept = len(self._head)
            for line in handle:
                if not line.endswith(b"\n"):
                    break
                kept += len(line)
                self.count += 1
        return kept

    def append(self, line: str) -> None:
        """Keep a finished line; it survives a kill from here on."""
        self._write(line.encode("utf-8") + b"\n")
        self.count += 1

    def _write(self, data: bytes) -> None:
        try:
            self._handle.write(data)
            self._handle.flush()
        except OSError as error:
            raise _unwritable(self.path, error) from error

    @property
    def start(self) -> int:
        """The byte at which the first line starts."""
        return len(self._head)

    def lines(self) -> Iterator[bytes]:
        """Yield the lines so far."""
        with self.path.open("rb") as handle:
            handle.readline()
            yield from handle

    def finish(self) -> None:
        """Put the lines in their place, whole, by rename."""
        with whole(self.output) as target, self.path.open("rb") as lines:
            lines.readline()
            shutil.copyfileobj(lines, target, 1 << 20)
        self.path.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> ToolError:
    return ToolError(f"{path}: cannot be written ({error.strerror}); free some space and run again")


def in_order(items: Iterable[Item], judge: Callable[[Item], Result], workers: int) -> Iterator[Result]:
    """Judge items in so many threads; yield the results in the order of the items, holding a bounded number of them."""
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers) as threads:
        try:
            for item in items:
                waiting.append(threads.submit(judge, item))
                if len(waiting) >= workers * AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def remaining(items: Iterable[Item], done: int) -> Iterator[Item]:
    """Return the items after the first ``done``."""
    return islice(items, done, None)


def written(fields: object) -> str:
    """Return the JSON text of a line that any reader takes: ASCII, no NaN."""
    return json.dumps(fields, ensure_ascii=True, allow_nan=False)
