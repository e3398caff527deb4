"""The checking stages over a shard of the candidates: Haskell (tiers B and C), then Python (C+).

Rows pass through; what is in memory does not depend on how many there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

from seqplay.config import HaskellConfig, fingerprint
from seqplay.config.dataset import DatasetConfig
from seqplay.dataset.checks import validate
from seqplay.dataset.publish.side_by_side import merge_join
from seqplay.dataset.python.agreement import compare
from seqplay.dataset.python.jail import PythonPool
from seqplay.dataset.python.unit_tests import calls
from seqplay.dataset.python.values import Untranslatable, signed, to_haskell
from seqplay.dataset.records import Candidate, Instruction, Semantics, Tier, Validation
from seqplay.files import content_id, derive_seed, dump_line, file_id, iterate_records
from seqplay.haskell import Executor
from seqplay.haskell.results import Entry
from seqplay.runtime.ordered import OrderedFile, in_order, remaining
from seqplay.runtime.progress import StageProgress
from seqplay.runtime.shards import shard_of


def check(
    candidates: Path,
    instructions: Path,
    output: Path,
    *,
    shard: int,
    shards: int,
    dataset: DatasetConfig,
    haskell: HaskellConfig,
    seed: int,
) -> None:
    """Write a validation for each candidate of a shard that has a program to check, in order; resumes at the program.

    Raises ``InputError`` where a file cannot be read, ``ToolError`` where they are not of one run, or GHC or the jail
    is missing.
    """
    made = fingerprint(haskell, dataset.inputs, seed)
    stamp = content_id(made, file_id(candidates), file_id(instructions), f"{shard} of {shards}")
    with OrderedFile(output, stamp) as rows:
        total = sum(1 for _ in _programs(candidates, shard, shards))
        if rows.count < total:
            with Executor.open(haskell) as executor, StageProgress("check", total, rows.count) as progress:

                def judge(item: tuple[Candidate, Instruction]) -> Validation:
                    candidate, source = item
                    code = candidate.code or ""
                    return validate(
                        executor,
                        candidate.id,
                        code,
                        lambda entry: test_inputs(source, code, entry),
                        entry=None,
                        seed=derive_seed(seed, "inputs", candidate.id),
                        count=dataset.inputs,
                    )

                programs = remaining(_programs(candidates, shard, shards), rows.count)
                todo = merge_join(programs, _instruction_id, iterate_records(instructions, Instruction))
                for found in in_order(todo, judge, executor.workers):
                    rows.append(dump_line(found))
                    progress.advance()
        rows.finish()


_instruction_id = attrgetter("instruction_id")


def _programs(candidates: Path, shard: int, shards: int) -> Iterator[Candidate]:
    """Yield the candidates of a shard that have a program to check."""
    with candidates.open("rb") as lines:
        chosen = shard_of(range(sum(1 for _ in lines)), shard, shards)
    for number, candidate in enumerate(iterate_records(candidates, Candidate)):
        if number in chosen and candidate.code and not candidate.reason:
            yield candidate


def test_inputs(source: Instruction, code: str, entry: Entry) -> list[list[str]]:
    """Return the inputs of the unit tests that the entry's types can hold, as Haskell expressions."""
    try:
        types = signed(entry.type, code)
    except Untranslatable:
        return []
    found = []
    for call in calls(source.tests, source.python):
        if len(call.arguments) == len(types.arguments):
            try:
                pairs = zip(call.arguments, types.arguments, strict=True)
                found.append([to_haskell(value, ty) for value, ty in pairs])
            except Untranslatable:
                continue
    return found


def agree(
    candidates: Path,
    checked: Path,
    instructions: Path,
    output: Path,
    *,
    dataset: DatasetConfig,
    haskell: HaskellConfig,
) -> None:
    """Write for each program of tier C in a shard whether its Python does the same, in order; resumes at the program.

    Raises as ``check``.
    """
    files = candidates, checked, instructions
    stamp = content_id(fingerprint(dataset.python, dataset.semantic), *map(file_id, files))
    with OrderedFile(output, stamp) as rows:
        total = sum(1 for _ in _runnable(checked)) if dataset.semantic else 0
        if rows.count < total:
            with (
                PythonPool.open(dataset.python, haskell) as pool,
                StageProgress("agree", total, rows.count) as progress,
            ):

                def judge(item: tuple[tuple[Validation, Candidate], Instruction]) -> Semantics:
                    (found, candidate), source = item
                    return compare(pool, found, candidate.code or "", source)

                validated = remaining(_runnable(checked), rows.count)
                programs = merge_join(validated, attrgetter("id"), iterate_records(candidates, Candidate))
                todo = merge_join(
                    programs, lambda pair: pair[1].instruction_id, iterate_records(instructions, Instruction)
                )
                for semantics in in_order(todo, judge, pool.workers):
                    rows.append(dump_line(semantics))
                    progress.advance()
        rows.finish()


def _runnable(checked: Path) -> Iterator[Validation]:
    return (found for found in iterate_records(checked, Validation) if found.tier is Tier.C)
