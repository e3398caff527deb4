"""The instructions that are translated: filtered, ordered, deduplicated, decontaminated; what is dropped has a reason.

Rows are read as a stream into a file, from which a killed run goes on; in memory are a sort key for each row that
passes the filter, and the word pairs of those that are kept (``limit`` bounds them).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from seqplay.config import fingerprint
from seqplay.dataset.near import NearIndex, program, prose, same_text, words
from seqplay.dataset.records import DroppedRow, Instruction, ReadRow
from seqplay.dataset.rows import read_rows
from seqplay.dataset.stream import OrderedFile
from seqplay.dataset_config import InstructionsConfig
from seqplay.errors import InputError
from seqplay.files import content_id, dump_line, write_records

LEAST_WORDS = 8
"""Words that a text must have so that likeness to it says something (decontamination)."""


class _Key(NamedTuple):
    """The order in which rows are taken: short solutions first, then the better test score."""

    length: int
    score: float
    id: str
    row: int
    offset: int


def select_instructions(config: InstructionsConfig, kept: Path, dropped: Path) -> None:
    """Write the instructions to translate, in order, and the rows that are not, with their reasons.

    Raises ``InputError`` where the source, or a file of ``decontaminate``, cannot be read, or nothing is left.
    """
    with OrderedFile(kept, content_id(fingerprint(config), _stamp(config))) as rows:
        for row in read_rows(config, rows.count):
            rows.append(dump_line(screened(row, config)))
        refused, keys = _sorted_out(rows)
        chosen, more = _chosen(rows.path, sorted(keys), config)
    if not chosen:
        raise InputError(
            f"dataset.instructions: none of {len(refused) + len(more)} rows of {config.source} is left; "
            f"the first was dropped as {(refused + more)[0].reason if refused or more else 'there is none'}"
        )
    gone = sorted([*refused, *more], key=lambda row: row.row)
    write_records(dropped, gone)
    write_records(kept, chosen)
    rows.path.unlink()


def _stamp(config: InstructionsConfig) -> str:
    """Return what changes when a local source does."""
    path = Path(config.source)
    return f"{path.stat().st_size} {path.stat().st_mtime_ns}" if path.is_file() else ""


def screened(row: ReadRow, config: InstructionsConfig) -> ReadRow:
    """Return a row, without its texts where it does not pass the filter."""
    why = refusal(row.instruction, config) if row.instruction is not None else ""
    return row.model_copy(update={"instruction": None, "reason": why, "filtered": True}) if why else row


def _sorted_out(rows: OrderedFile) -> tuple[list[DroppedRow], list[_Key]]:
    """Return the rows that are no instructions or do not pass the filter, and the sort keys of the others."""
    refused: list[DroppedRow] = []
    keys: list[_Key] = []
    offset = rows.start
    for line in rows.lines():
        row = ReadRow.model_validate_json(line)
        found = row.instruction
        if found is None:
            reason = "filtered" if row.filtered else "invalid"
            refused.append(DroppedRow(row=row.row, name=row.name, reason=reason, message=row.reason))
        else:
            keys.append(_Key(len(found.python), -(found.score or 0.0), found.id, row.row, offset))
        offset += len(line)
    return refused, keys


def refusal(found: Instruction, config: InstructionsConfig) -> str:
    """Return why an instruction does not pass the filter; nothing where it does."""
    if config.domains and found.domain not in config.domains:
        return f"domain {found.domain!r}"
    if config.algorithms and found.algorithm not in config.algorithms:
        return f"generation algorithm {found.algorithm!r}"
    if (found.score or 0.0) < config.least_score:
        return f"test score {found.score}"
    return ""


def _chosen(path: Path, keys: Sequence[_Key], config: InstructionsConfig) -> tuple[list[Instruction], list[DroppedRow]]:
    """Take the rows in order, without duplicates, near-duplicates and what is in the files to keep clear of."""
    kept: list[Instruction] = []
    dropped: list[DroppedRow] = []
    exact: dict[str, str] = {}
    near, foreign = NearIndex(config.near_duplicate), Contamination(config)
    with path.open("rb") as handle:
        for key in keys:
            handle.seek(key.offset)
            found = ReadRow.model_validate_json(handle.readline()).instruction
            if found is None:
                raise ValueError(f"{path}: the row at byte {key.offset} has changed")
            reason, message = _reason(found, exact, near, foreign, full=0 < config.limit <= len(kept))
            if reason:
                dropped.append(DroppedRow(row=found.row, name=found.name, reason=reason, message=message))
            else:
                kept.append(found)
    return kept, dropped


def _reason(
    found: Instruction, exact: dict[str, str], near: NearIndex, foreign: Contamination, *, full: bool
) -> tuple[str, str]:
    """Return why an instruction is not taken, and what it is like; nothing where it is taken."""
    if full:
        return "limit", "enough were taken before it"
    same = same_text(found.instruction)
    if same in exact:
        return "duplicate", f"the same instruction as {exact[same]}"
    where = foreign.of(found.instruction) or foreign.of_code(found.python)
    if where:
        return "contaminated", f"like {where}"
    pairs = prose(found.instruction)
    likes = near.near(pairs)
    if likes:
        return "near_duplicate", f"like {likes[0]}"
    exact[same] = found.name
    near.add(f"{found.name} (row {found.row})", pairs)
    return "", ""


class Contamination:
    """The texts that nothing in the dataset may be like: every text field of the configured files."""

    def __init__(self, config: InstructionsConfig) -> None:
        """Read the files; ``InputError`` where one cannot be read."""
        self._prose, self._code = NearIndex(config.near_duplicate), NearIndex(config.near_duplicate)
        self._exact: dict[str, str] = {}
        for name in config.decontaminate:
            for place, text in _texts(Path(name)):
                self._exact.setdefault(same_text(text), place)
                self._prose.add(place, prose(text))
                self._code.add(place, program(text))

    def of(self, text: str) -> str:
        """Return the place of a text that this one is like; nothing where there is none, or it is too short to say."""
        if len(words(text)) < LEAST_WORDS:
            return self._exact.get(same_text(text), "")
        return next(iter(self._prose.near(prose(text))), "")

    def of_code(self, code: str) -> str:
        """Return the place of a text that this program is like, likewise."""
        if len(words(code)) < LEAST_WORDS:
            return self._exact.get(same_text(code), "")
        return next(iter(self._code.near(program(code))), "")


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the text fields of a JSON lines file with their places."""
    try:
        with path.open(encoding="utf-8") as handle:
            for number, line in enumerate(handle, start=1):
                fields = json.loads(line)
                items = fields.items() if isinstance(fields, dict) else []
                yield from (
                    (f"{path.name}:{number}:{key}", value)
                    for key, value in items
                    if isinstance(value, str) and len(words(value)) >= LEAST_WORDS
                )
    except (OSError, ValueError) as error:
        raise InputError(
            f"dataset.instructions.decontaminate: {path} cannot be read as JSON lines ({error})"
        ) from error
