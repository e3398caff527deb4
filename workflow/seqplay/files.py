"""Files of records: JSON lines that appear whole; content hashes and the seeds derived from them.

A finished file is written beside its place and renamed, so that a reader never sees half of it. Not covered: the
partial file of a stage that was killed (``runtime.partial``).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

from pydantic import BaseModel, ValidationError

from seqplay.errors import InputError, ToolError

R = TypeVar("R", bound=BaseModel)


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, so that equal values have equal bytes."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def content_id(*parts: str) -> str:
    """Return the first 16 hex digits of the SHA-256 of the parts (length-prefixed, so that joins cannot collide)."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(f"{len(data)}:".encode())
        digest.update(data)
    return digest.hexdigest()[:16]


def derive_seed(*parts: str | int) -> int:
    """Return a 31-bit seed derived from the parts (experiment seed, iteration, item, sample …), the same anywhere."""
    return int(content_id(*(str(part) for part in parts)), 16) % (2**31)


def file_id(path: Path) -> str:
    """Return the first 16 hex digits of the SHA-256 of a file; ``InputError`` where it cannot be read."""
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()[:16]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write; it appears at ``path`` by rename once the block has ended well.

    Raises ``ToolError`` where it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)
    except OSError as error:
        raise ToolError(
            f"{path}: cannot be written ({error.strerror}); free some space or check the permissions"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file so that it appears whole."""
    with whole(path) as handle:
        handle.write(text.encode("utf-8"))


def dump_line(record: BaseModel) -> str:
    """Return the canonical JSON line of a record, without the newline."""
    return canonical_json(record.model_dump(mode="json"))


def write_records(path: Path, records: Iterable[BaseModel]) -> None:
    """Write records as JSON lines, whole, holding one at a time."""
    with whole(path) as handle:
        for record in records:
            write_record(handle, record)


def write_record(handle: IO[bytes], record: BaseModel) -> None:
    """Write one record as a JSON line."""
    handle.write(dump_line(record).encode("utf-8") + b"\n")


def read_records(path: Path, kind: type[R]) -> list[R]:
    """Read a finished file of records.

    Raises ``InputError`` with file and line where a line is not such a record.
    """
    return list(iterate_records(path, kind))


def iterate_records(path: Path, kind: type[R]) -> Iterator[R]:
    """Read a finished file of records one at a time, in bounded memory; errors as ``read_records``."""
    try:
        handle = path.open(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    with handle:
        for number, line in enumerate(handle, start=1):
            try:
                yield kind.model_validate_json(line)
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(str(part) for part in first["loc"]) or "line"
                raise InputError(f"{path}:{number}: not a {kind.__name__}: {where}: {first['msg']}") from error
