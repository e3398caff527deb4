"""Rows of an instruction source: a JSON lines or parquet file, a folder saved by ``datasets``, or a hub dataset."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from seqplay.config.dataset import ColumnsConfig, InstructionsConfig
from seqplay.dataset.records import Instruction, ReadRow
from seqplay.downloads import open_hub_dataset
from seqplay.errors import InputError
from seqplay.files import content_id


def read_rows(config: InstructionsConfig, start: int = 0) -> Iterator[ReadRow]:
    """Yield the rows from number ``start`` on, one at a time: instructions, or why they are none.

    Raises ``InputError`` where the source cannot be read.
    """
    path = Path(config.source)
    if path.is_file() and path.suffix != ".parquet":
        yield from _from_lines(path, config.columns, start)
        return
    for number, fields in enumerate(_dataset_rows(config, path, start), start=start):
        yield read_row(fields, number, config.columns)


def _from_lines(path: Path, columns: ColumnsConfig, start: int) -> Iterator[ReadRow]:
    with path.open(encoding="utf-8", errors="replace") as handle:
        for number, text in islice(enumerate(handle), start, None):
            try:
                fields = json.loads(text)
            except (ValueError, RecursionError):
                yield ReadRow(row=number, name=f"row {number}", reason="not JSON")
                continue
            yield read_row(fields, number, columns)


def _dataset_rows(config: InstructionsConfig, path: Path, start: int) -> Iterator[Any]:
    """Stream a dataset; nothing of the hub is kept in memory."""
    import datasets

    try:
        if path.is_file():
            loaded = datasets.load_dataset("parquet", data_files=str(path), split="train", streaming=True)
        elif path.is_dir():
            saved = datasets.load_from_disk(str(path))
            loaded = saved[config.split] if isinstance(saved, datasets.DatasetDict) else saved
        else:
            loaded = open_hub_dataset(config.source, config.split, config.revision)
        yield from loaded.skip(start) if start else loaded
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise InputError(
            f"dataset.instructions.source: {config.source!r} is no file or saved folder here, and as a hub dataset "
            f"(split {config.split!r}) it gave: {reason}"
        ) from error


def read_row(fields: Any, number: int, columns: ColumnsConfig) -> ReadRow:
    """Take an instruction out of a row."""
    if not isinstance(fields, Mapping):
        return ReadRow(row=number, name=f"row {number}", reason="not a JSON object")
    name = str(fields.get(columns.id) or f"row {number}")
    texts = {key: fields.get(column) for key, column in (("input", columns.instruction), ("output", columns.python))}
    for key, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            return ReadRow(row=number, name=name, reason=f"no text in the column for {key}")
    instruction = Instruction(
        id=content_id("instruction", str(texts["input"]), str(texts["output"])),
        row=number,
        name=name,
        instruction=str(texts["input"]),
        python=unfenced(str(texts["output"])),
        domain=str(fields.get(columns.domain) or ""),
        algorithm=str(fields.get(columns.algorithm) or ""),
        tests=read_tests(fields.get(columns.tests)),
        score=_score(fields.get(columns.score)),
    )
    return ReadRow(row=number, name=name, instruction=instruction)


def unfenced(text: str) -> str:
    """Return the Python of a solution: the inside of its fence, where it stands in one."""
    lines = text.strip("\n").split("\n")
    marks = [number for number, line in enumerate(lines) if line.strip().startswith("```")]
    if len(marks) < 2:
        return text
    return "\n".join(lines[marks[0] + 1 : marks[1]]) + "\n"


def read_tests(value: Any) -> tuple[str, ...]:
    """Return the unit tests of a row: a list of statements, or its text as JSON or Python writes it."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            try:
                value = ast.literal_eval(value)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                return ()
    if not isinstance(value, list | tuple):
        return ()
    return tuple(item for item in value if isinstance(item, str))


def _score(value: Any) -> float | None:
    try:
        score = float(value)
    except (TypeError, ValueError):
        return None
    return score if 0 <= score <= 1 else None
