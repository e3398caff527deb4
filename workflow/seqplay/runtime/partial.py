"""Partial files, from which a killed stage resumes.

A stage that works item by item appends each finished item to a *partial* file (not an output that Snakemake knows,
since it deletes those of a failed job); after a kill the partial file is read back, a torn last line is dropped, and
only the rest is computed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

from pydantic import BaseModel, ValidationError

from seqplay.errors import ToolError
from seqplay.files import canonical_json, dump_line, write_records

R = TypeVar("R", bound=BaseModel)


class PartialFile(Generic[R]):
    """The partial results of a stage, keyed by item, appended and flushed item by item.

    Use as a context manager; ``done`` holds what an earlier, killed run had finished. ``finish`` writes the final file
    in the caller's order and removes the partial one.
    """

    def __init__(self, output: Path, kind: type[R], key: Callable[[R], str], fingerprint: str) -> None:
        """Open the partial file of ``output``; one made from other inputs (another ``fingerprint``) is discarded."""
        self.output = output
        self.path = output.with_name(f".{output.name}.partial")
        self.kind = kind
        self.key = key
        self.fingerprint = fingerprint
        self.done: dict[str, R] = {}

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        kept = self._recover()
        self._handle = self.path.open("r+b") if kept else self.path.open("wb")
        if kept:
            self._handle.truncate(kept)
            self._handle.seek(kept)
        else:
            self._append_line(canonical_json({"fingerprint": self.fingerprint}))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._handle.close()

    def _recover(self) -> int:
        """Fill ``done`` from the file and return the number of bytes that are whole (0: start anew)."""
        if not self.path.exists():
            return 0
        kept = 0
        with self.path.open("rb") as handle:
            for number, line in enumerate(handle):
                try:
                    if not line.endswith(b"\n"):
                        break
                    if number == 0:
                        if json.loads(line) != {"fingerprint": self.fingerprint}:
                            return 0
                    else:
                        record = self.kind.model_validate_json(line)
                        self.done[self.key(record)] = record
                except (ValueError, ValidationError):
                    break
                kept += len(line)
        return kept

    def _append_line(self, line: str) -> None:
        try:
            self._handle.write(line.encode("utf-8") + b"\n")
            self._handle.flush()
        except OSError as error:
            raise ToolError(
                f"{self.path}: cannot be written ({error.strerror}); "
                "what was finished before is kept: free some space and run again"
            ) from error

    def append(self, record: R) -> None:
        """Keep a finished item; it survives a kill from here on."""
        self._append_line(dump_line(record))
        self.done[self.key(record)] = record

    def finish(self, order: Iterable[str]) -> list[R]:
        """Write the final file with the records of ``order`` (keys), remove the partial file, return the records."""
        records = [self.done[key] for key in order]
        write_records(self.output, records)
        self.discard()
        return records

    def discard(self) -> None:
        """Remove the partial file: what it held is in the final one."""
        self._handle.close()
        self.path.unlink(missing_ok=True)
