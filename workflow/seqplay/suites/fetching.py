"""Suites that a user downloads: ``seqplay suites fetch``. Their items become JSON lines, whatever the source has."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from seqplay.downloads import PIN, Source, fetch, read_pin
from seqplay.errors import InputError
from seqplay.files import whole
from seqplay.suites.known import KNOWN


def source_of(given: Mapping[str, str | None]) -> Source | None:
    """Return the source that options describe, by field; none where there are none.

    Raises ``InputError`` where they describe no source.
    """
    fields = {name: value for name, value in given.items() if value is not None}
    if not fields:
        return None
    try:
        return Source.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = "".join(f"--{part}: " for part in first["loc"])
        raise InputError(f"suites fetch: {where}{first['msg'].removeprefix('Value error, ')}") from error


def fetch_suite(name: str, source: Source | None, folder: Path) -> tuple[Path, Source]:
    """Store a suite in a folder of its name, and return its file of JSON lines and its pin.

    Without a source it is what the folder's pin says, or else what is known by the name (``known``). Raises
    ``InputError`` where there is neither a source nor a pin, or both and they are not the same; ``ToolError`` where it
    cannot be fetched.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        raise InputError(f"suites fetch: found the name {name!r}; allowed: letters, digits, _, - and .")
    place = folder / name
    pinned = read_pin(place)
    if source is None and pinned is None:
        source = KNOWN.get(name)
    if source is None and pinned is None:
        raise InputError(
            f"{place / PIN}: not there; give a source: --hub with --file, or --url with --sha256; "
            f"known without one: {', '.join(KNOWN)}"
        )
    if source is not None and pinned is not None and not _fits(source, pinned):
        raise InputError(f"{place / PIN}: pins {pinned}; fetch it without a source, or remove the folder for another")
    known = pinned or source
    assert known is not None
    found = fetch(known, place)
    return as_lines(place / found.name), found


def _fits(source: Source, pinned: Source) -> bool:
    """Say whether a pin may be what a source became; branches and tags move, and are not asked again."""
    same = (source.hub, source.url, source.kind) == (pinned.hub, pinned.url, pinned.kind) and source.name == pinned.name
    return same and source.sha256 in (None, pinned.sha256)


def as_lines(path: Path) -> Path:
    """Return the file of JSON lines beside a parquet file, written if need be; any other file as it is."""
    if path.suffix != ".parquet":
        return path
    from pyarrow import ArrowInvalid, parquet

    lines = path.with_suffix(".jsonl")
    try:
        rows = parquet.read_table(path).to_pylist()
    except (ArrowInvalid, OSError) as error:
        raise InputError(f"{path}: cannot be read as parquet ({str(error).splitlines()[0]})") from error
    with whole(lines) as handle:
        for row in rows:
            handle.write(json.dumps(row, ensure_ascii=False, default=str).encode() + b"\n")
    return lines
