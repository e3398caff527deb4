"""``seqplay inspect``: what a file of records holds, for a person."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Table

from seqplay.errors import InputError

COUNTED = (
    "goal",
    "proposer",
    "verdict",
    "reason",
    "outcome",
    "kept",
    "answer",
    "correct",
    "evidence",
    "overflow",
    "finder",
    "task",
)
"""Fields whose values are counted in an overview."""
LONG = 60
"""Texts longer than this are shown as blocks."""


def inspect(
    path: Annotated[Path, typer.Argument(help="A file of records (JSON lines), or an iteration's folder.")],
    record: Annotated[
        str | None, typer.Argument(help="A line number, or the start of an id: show that record.")
    ] = None,
) -> None:
    """Show what a file of records holds: counts of its fields, or one record in full."""
    if path.is_dir():
        _show_folder(path)
    elif record is None:
        _show_counts(path, _read(path))
    else:
        _show_record(_find(path, _read(path), record))


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    records = []
    for number, line in enumerate(lines, start=1):
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"{path}:{number}: not JSON: {error.msg}") from error
        if not isinstance(value, dict):
            raise InputError(f"{path}:{number}: not a JSON object")
        records.append(value)
    return records


def _show_folder(folder: Path) -> None:
    table = Table("file", "records")
    for path in sorted(folder.rglob("*.jsonl")):
        table.add_row(str(path.relative_to(folder)), str(len(_read(path))))
    Console().print(table)


def _show_counts(path: Path, records: list[dict[str, Any]]) -> None:
    table = Table("field", "value", "records", title=f"{path}: {len(records)} records")
    for field in COUNTED:
        counts = Counter(str(record[field]) for record in records if record.get(field) is not None)
        for value, count in counts.most_common():
            table.add_row(field, value, str(count))
    Console().print(table)


def _find(path: Path, records: list[dict[str, Any]], wanted: str) -> dict[str, Any]:
    if wanted.isdecimal() and 1 <= int(wanted) <= len(records):
        return records[int(wanted) - 1]
    for record in records:
        ids = (record.get(key) for key in ("id", "proposal_id", "pair_id", "program_id"))
        if any(isinstance(value, str) and value.startswith(wanted) for value in ids):
            return record
    raise InputError(f"{path}: no record {wanted!r}; give a line from 1 to {len(records)}, or the start of an id")


def _show_record(record: dict[str, Any], prefix: str = "") -> None:
    console = Console()
    for key, value in record.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            _show_record(value, f"{name}.")
        elif isinstance(value, str) and ("\n" in value or len(value) > LONG):
            console.print(f"[bold]{name}[/bold]")
            language = "haskell" if key in {"p", "q", "code", "proof", "theorem"} else "text"
            console.print(Syntax(value, language, word_wrap=True, background_color="default"))
        else:
            text = escape(json.dumps(value, ensure_ascii=False))
            console.print(f"[bold]{name}[/bold] {text}", highlight=False)
