"""Programs: the reference programs P of an experiment, and the sample that an iteration plays with.

A source is a JSON lines file, a folder saved by ``datasets``, or a hub dataset. Anything that is not a usable P (no
JSON, no code, ill-typed, in IO, unprintable result, a duplicate up to renaming) is skipped, counted and listed with its
reason.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from seqplay.config import AliceConfig, HaskellConfig, ProgramsConfig, fingerprint
from seqplay.downloads import open_hub_dataset
from seqplay.errors import ConfigError, InputError
from seqplay.files import content_id, derive_seed, read_records, write_records
from seqplay.game.heldout import near_heldout
from seqplay.game.promotion import Promoted
from seqplay.haskell import Executor
from seqplay.haskell.analysis.normalise import normal_id
from seqplay.records import Goal, Program, ProposedBy, Record, SampledProgram, SkippedLine, Verdict
from seqplay.runtime.pool import run_resumable


class RawLine(BaseModel):
    """A line of a dataset before any check: its code, or why there is none."""

    line: int
    code: str | None = None
    entry: str | None = None
    name: str = ""
    reason: str = ""

    def key(self) -> str:
        """Return what identifies the line and its content."""
        return f"{self.line}:{content_id(self.code or '', self.entry or '', self.reason)}"


class CheckedLine(Record):
    """A line of a dataset after the check: a program, or why it is none."""

    key: str
    line: int
    program: Program | None = None
    normal: str = ""
    reason: str = ""


def prepare_programs(
    programs: ProgramsConfig,
    haskell: HaskellConfig,
    train: Path,
    heldout: Path,
    skipped: Path,
    *,
    near_duplicate: float,
) -> None:
    """Read, check and split the programs: ``train`` and ``heldout`` by content hash, ``skipped`` with reasons.

    The split does not depend on the order of the source; programs that are equal up to renaming count once, so none is
    on both sides, and what is as similar to a held-out one as ``near_duplicate`` says is on neither. Raises
    ``InputError`` where the source cannot be read, or holds too few programs.
    """
    lines = list(read_source(programs))
    with run_resumable(
        lines,
        _check_line,
        CheckedLine,
        train,
        item_key=RawLine.key,
        result_key=lambda checked: checked.key,
        pool=lambda: Executor.open(haskell),
        fingerprint=fingerprint(haskell),
        label="check programs",
        failed=lambda line, message: CheckedLine(key=line.key(), line=line.line, reason=f"bug: {message}"),
    ) as checked:
        kept, refused = _distinct(checked, programs.source)
        if len(kept) <= programs.heldout:
            raise InputError(
                f"{programs.source}: {len(kept)} usable programs of {len(lines)} lines, and programs.heldout is "
                f"{programs.heldout}: give more programs or hold out fewer (first reason: "
                f"{refused[0].reason if refused else 'the source is empty'})"
            )
        ranked = sorted(kept, key=lambda normal: content_id("heldout", normal))
        held = [kept[normal] for normal in ranked[: programs.heldout]]
        rest, near = _apart([kept[normal] for normal in ranked[programs.heldout :]], held, near_duplicate)
        if not rest:
            raise InputError(
                f"{programs.source}: all {len(near)} programs that are not held out are near-duplicates of held-out "
                "ones: give more programs, hold out fewer, or raise evaluation.near_duplicate"
            )
        refused += [SkippedLine(source=programs.source, line=line.line, reason=_near(near_duplicate)) for line in near]
        write_records(heldout, _by_id(held))
        refused.sort(key=lambda told: told.line)
        write_records(skipped, refused)
        write_records(train, _by_id(rest))


def _by_id(lines: Iterable[CheckedLine]) -> list[Program]:
    return sorted((line.program for line in lines if line.program), key=lambda program: program.id)


def _apart(
    lines: Sequence[CheckedLine], held: Sequence[CheckedLine], near_duplicate: float
) -> tuple[list[CheckedLine], list[CheckedLine]]:
    """Part the lines into those to train on, and those that are near-duplicates of held-out ones."""
    is_near = near_heldout(_by_id(held), [], near_duplicate)
    near = [line for line in lines if line.program and is_near(line.program.code)]
    numbers = {line.line for line in near}
    return [line for line in lines if line.line not in numbers], near


def _near(near_duplicate: float) -> str:
    return f"near-duplicate of a held-out program (evaluation.near_duplicate is {near_duplicate:g})"


def _distinct(checked: Sequence[CheckedLine], source: str) -> tuple[dict[str, CheckedLine], list[SkippedLine]]:
    """Return the lines of usable programs by normal form, and those that are none, or the same program once more."""
    kept: dict[str, CheckedLine] = {}
    refused = []
    for line in checked:
        if line.program is None:
            refused.append(SkippedLine(source=source, line=line.line, reason=line.reason))
        elif line.normal in kept:
            first = kept[line.normal].program
            reason = f"duplicate: the same program as {first.name if first else ''}"
            refused.append(SkippedLine(source=source, line=line.line, reason=reason))
        else:
            kept[line.normal] = line
    return kept, refused


def check_source(programs: ProgramsConfig) -> None:
    """Raise ``ConfigError`` where the programs are said to be in a file, and there is none."""
    path = Path(programs.source)
    named = path.suffix in (".jsonl", ".json") or path.is_absolute() or programs.source.startswith(("./", "../"))
    if named and not path.exists():
        raise ConfigError(
            f"config key programs.source: found {programs.source!r}, and there is no such file (seen from "
            f"{Path.cwd()}); allowed: a JSON lines file, a folder saved by `datasets`, or the name of a hub dataset"
        )


def read_source(programs: ProgramsConfig) -> Iterator[RawLine]:
    """Read a source line by line, in its own order; a bad line carries its reason."""
    path = Path(programs.source)
    if path.is_file():
        yield from _read_json_lines(path, programs)
        return
    for number, row in enumerate(_open_dataset(programs), start=1):
        yield _raw_line(row, number, programs)


def _read_json_lines(path: Path, programs: ProgramsConfig) -> Iterator[RawLine]:
    with path.open(encoding="utf-8", errors="replace") as handle:
        for number, text in enumerate(handle, start=1):
            if not text.strip():
                continue
            try:
                row = json.loads(text)
            except json.JSONDecodeError as error:
                yield RawLine(line=number, reason=f"not JSON: {error.msg} at column {error.colno}")
                continue
            yield _raw_line(row, number, programs)


def _raw_line(row: Any, number: int, programs: ProgramsConfig) -> RawLine:
    """Take code, entry and name out of a row."""
    if not isinstance(row, Mapping):
        return RawLine(line=number, reason="not a JSON object")
    code = row.get(programs.code_column)
    if not isinstance(code, str) or not code.strip():
        return RawLine(line=number, reason=f"no text in the field {programs.code_column!r}")
    if 0 < programs.max_characters < len(code):
        reason = f"{len(code)} characters, and programs.max_characters is {programs.max_characters}"
        return RawLine(line=number, reason=reason)
    entry = row.get(programs.entry_column)
    name = row.get("name")
    return RawLine(
        line=number,
        code=code,
        entry=entry if isinstance(entry, str) and entry else None,
        name=name if isinstance(name, str) and name else f"line {number}",
    )


def _open_dataset(programs: ProgramsConfig) -> Any:
    """Open a saved folder or a hub dataset; ``InputError`` says which were tried."""
    import datasets

    path = Path(programs.source)
    try:
        if path.is_dir():
            saved = datasets.load_from_disk(str(path))
            return saved[programs.split] if isinstance(saved, datasets.DatasetDict) else saved
        return open_hub_dataset(programs.source, programs.split, programs.revision)
    except Exception as error:  # the library raises many kinds, all of them: there is no such dataset to be had
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"programs.source: {programs.source!r} is no file or saved folder here, and as a hub dataset "
            f"(split {programs.split!r}) it gave: {reason}"
        ) from error


def _check_line(executor: Executor, line: RawLine) -> CheckedLine:
    if line.code is None:
        return CheckedLine(key=line.key(), line=line.line, reason=line.reason)
    result = executor.check(line.code, line.entry)
    if result.verdict is not Verdict.ACCEPTED or result.entry is None:
        return CheckedLine(key=line.key(), line=line.line, reason=f"{result.reason}: {result.message}")
    program = Program(
        id=content_id("program", line.code, result.entry.name),
        code=line.code,
        entry=result.entry.name,
        type=result.entry.type,
        name=line.name,
    )
    return CheckedLine(key=line.key(), line=line.line, program=program, normal=normal_id(line.code, result.entry.name))


def sample_programs(
    pool: Sequence[Program],
    promoted: Sequence[Promoted],
    output: Path,
    *,
    programs: ProgramsConfig,
    alice: AliceConfig,
    seed: int,
    iteration: int,
) -> None:
    """Draw the iteration's programs by (seed, iteration), and give each a goal and a proposer.

    The goals are split exactly by ``alice.seq_share``; an odd program's goal is drawn. ``promoted``: Q's of earlier
    iterations, of which ``programs.promoted_share`` is drawn.
    """
    draw = random.Random(derive_seed(seed, "sample", iteration))
    taken = min(round(programs.promoted_share * programs.per_iteration), len(promoted))
    chosen = draw.sample(pool, min(programs.per_iteration - taken, len(pool)))
    lineages = {one.program.id: one.lineage for one in promoted}
    chosen += [one.program for one in draw.sample(promoted, taken)]
    share = len(chosen) * alice.seq_share
    seq = int(share) + (1 if draw.random() < share - int(share) else 0)
    goals = [Goal.SEQ] * seq + [Goal.SINQ] * (len(chosen) - seq)
    draw.shuffle(goals)
    names = [proposer.name for proposer in alice.proposers]
    weights = [proposer.weight for proposer in alice.proposers]
    proposers = draw.choices(names, weights, k=len(chosen))
    write_records(
        output,
        (
            SampledProgram(
                program=program,
                goal=goal,
                proposer=proposer,
                target_difficulty=alice.target_difficulty,
                lineage=lineages.get(program.id),
            )
            for program, goal, proposer in zip(chosen, goals, proposers, strict=True)
        ),
    )


def evaluation_programs(heldout: Path, output: Path, *, alice: AliceConfig) -> None:
    """Give each held-out program a goal, fixed over the iterations, and the model as its proposer."""
    held = read_records(heldout, Program)
    seq = round(len(held) * alice.seq_share)
    by_model = any(one.name == "model" for one in alice.proposers)
    proposer = ProposedBy.MODEL if by_model else ProposedBy.MUTATE
    write_records(
        output,
        (
            SampledProgram(
                program=program,
                goal=Goal.SEQ if index < seq else Goal.SINQ,
                proposer=proposer,
                target_difficulty=alice.target_difficulty,
            )
            for index, program in enumerate(held)
        ),
    )
