"""The instructions that are translated: filtered, ordered, deduplicated, decontaminated; what is dropped has a reason.

Rows are read as a stream into a file, from which a killed run goes on; in memory are a sort key for each row that
passes the filter, a reason for each of those that are dropped nevertheless, and a sketch of each that is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from seqplay.config import fingerprint
from seqplay.config.dataset import InstructionsConfig
from seqplay.dataset.records import DroppedRow, Instruction, ReadRow
from seqplay.dataset.rows import read_rows
from seqplay.dataset.similarity.near_duplicates import NearIndex
from seqplay.dataset.similarity.shingles import program, prose, same_text, words
from seqplay.errors import InputError
from seqplay.files import content_id, dump_line, whole, write_record, write_records
from seqplay.runtime.ordered import OrderedFile

LEAST_WORDS = 8
"""Words that a text must have so that likeness to it says something (decontamination)."""


class _Reason(NamedTuple):
    """Why an instruction is not taken, and what it is like."""

    reason: str
    message: str


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
        keys = _keys(rows)
        keys.sort()
        reasons: dict[int, _Reason] = {}
        with whole(kept) as target:
            for found in _chosen(rows.path, keys, config, reasons):
                write_record(target, found)
            if len(reasons) == len(keys):
                raise InputError(
                    f"dataset.instructions: none of {rows.count} rows of {config.source} is left; "
                    f"the first was dropped as {next((row.reason for row in _dropped(rows, reasons)), 'there is none')}"
                )
            write_records(dropped, _dropped(rows, reasons))
    rows.path.unlink()


def _stamp(config: InstructionsConfig) -> str:
    """Return what changes when a local source does."""
    path = Path(config.source)
    return f"{path.stat().st_size} {path.stat().st_mtime_ns}" if path.is_file() else ""


def screened(row: ReadRow, config: InstructionsConfig) -> ReadRow:
    """Return a row, without its texts where it does not pass the filter."""
    why = refusal(row.instruction, config) if row.instruction is not None else ""
    return row.model_copy(update={"instruction": None, "reason": why, "filtered": True}) if why else row


def _keys(rows: OrderedFile) -> list[_Key]:
    """Return the sort keys of the instructions that pass the filter."""
    keys: list[_Key] = []
    offset = rows.start
    for line in rows.lines():
        found = ReadRow.model_validate_json(line).instruction
        if found is not None:
            keys.append(_Key(len(found.python), -(found.score or 0.0), found.id, found.row, offset))
        offset += len(line)
    return keys


def _dropped(rows: OrderedFile, reasons: Mapping[int, _Reason]) -> Iterator[DroppedRow]:
    """Yield, by row, those that are no instructions or do not pass the filter, and those with a reason."""
    for line in rows.lines():
        row = ReadRow.model_validate_json(line)
        if row.instruction is None:
            reason = "filtered" if row.filtered else "invalid"
            yield DroppedRow(row=row.row, name=row.name, reason=reason, message=row.reason)
        elif row.row in reasons:
            yield DroppedRow(row=row.row, name=row.name, **reasons[row.row]._asdict())


def refusal(found: Instruction, config: InstructionsConfig) -> str:
    """Return why an instruction does not pass the filter; nothing where it does."""
    if config.domains and found.domain not in config.domains:
        return f"domain {found.domain!r}"
    if config.algorithms and found.algorithm not in config.algorithms:
        return f"generation algorithm {found.algorithm!r}"
    if (found.score or 0.0) < config.least_score:
        return f"test score {found.score}"
    return ""


def _chosen(
    path: Path, keys: Sequence[_Key], config: InstructionsConfig, reasons: dict[int, _Reason]
) -> Iterator[Instruction]:
    """Yield the instructions in order that are no duplicates, near-duplicates or in the files to keep clear of.

    The ``reasons`` of the others are entered by row.
    """
    exact: dict[str, str] = {}
    near, foreign = NearIndex(config.near_duplicate), Contamination(config)
    with path.open("rb") as handle:
        for key in keys:
            handle.seek(key.offset)
            found = ReadRow.model_validate_json(handle.readline()).instruction
            if found is None:
                raise ValueError(f"{path}: the row at byte {key.offset} has changed")
            full = 0 < config.limit <= len(exact)
            reason = _FULL if full else _reason(found, exact, near, foreign)
            if reason:
                reasons[found.row] = reason
            else:
                yield found


_FULL = _Reason("limit", "enough were taken before it")


def _reason(found: Instruction, exact: dict[str, str], near: NearIndex, foreign: Contamination) -> _Reason | None:
    """Return why an instruction is not taken, and what it is like; nothing where it is taken, and entered."""
    same = same_text(found.instruction)
    if same in exact:
        return _Reason("duplicate", f"the same instruction as {exact[same]}")
    where = foreign.of(found.instruction) or foreign.of_code(found.python)
    if where:
        return _Reason("contaminated", f"like {where}")
    pairs = prose(found.instruction)
    likes = near.near(pairs)
    if likes:
        return _Reason("near_duplicate", f"like {likes[0]}")
    exact[same] = found.name
    near.add(f"{found.name} (row {found.row})", pairs)
    return None


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
        if not self._exact:
            return ""
        if len(words(text)) < LEAST_WORDS:
            return self._exact.get(same_text(text), "")
        return next(iter(self._prose.near(prose(text))), "")

    def of_code(self, code: str) -> str:
        """Return the place of a text that this program is like, likewise."""
        if not self._exact:
            return ""
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
