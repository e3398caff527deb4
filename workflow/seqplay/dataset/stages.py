"""The checking stages over a shard of the candidates: Haskell (tiers B and C), then Python (C+)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seqplay.config import HaskellConfig, fingerprint
from seqplay.dataset.agreement import compare
from seqplay.dataset.checks import validate
from seqplay.dataset.python_jail import PythonPool
from seqplay.dataset.records import Candidate, Instruction, Semantics, Tier, Validation
from seqplay.dataset.stream import OrderedFile, in_order
from seqplay.dataset.unit_tests import calls
from seqplay.dataset.values import Untranslatable, signed, to_haskell
from seqplay.dataset_config import DatasetConfig
from seqplay.files import content_id, derive_seed, dump_line
from seqplay.haskell import Executor
from seqplay.haskell.results import Entry
from seqplay.progress import StageProgress


def check(
    candidates: Sequence[Candidate],
    instructions: dict[str, Instruction],
    output: Path,
    *,
    dataset: DatasetConfig,
    haskell: HaskellConfig,
    seed: int,
) -> None:
    """Write a validation for each candidate that has a program to check, in order; resumes at the program."""
    todo = [(candidate, candidate.code) for candidate in candidates if candidate.code and not candidate.reason]
    stamp = content_id(fingerprint(haskell, dataset.inputs, seed), *(candidate.id for candidate, _ in todo))
    with OrderedFile(output, stamp) as rows:
        if rows.count < len(todo):
            with Executor.open(haskell) as executor, StageProgress("check", len(todo), rows.count) as progress:

                def judge(item: tuple[Candidate, str]) -> Validation:
                    candidate, code = item
                    source = instructions[candidate.instruction_id]
                    return validate(
                        executor,
                        candidate.id,
                        code,
                        lambda entry: test_inputs(source, code, entry),
                        entry=None,
                        seed=derive_seed(seed, "inputs", candidate.id),
                        count=dataset.inputs,
                    )

                for found in in_order(todo[rows.count :], judge, executor.workers):
                    rows.append(dump_line(found))
                    progress.advance()
        rows.finish()


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
    candidates: Sequence[Candidate],
    validations: Sequence[Validation],
    instructions: dict[str, Instruction],
    output: Path,
    *,
    dataset: DatasetConfig,
    haskell: HaskellConfig,
) -> None:
    """Write for each program of tier C whether its Python solution does the same, in order; resumes at the program."""
    by_id = {candidate.id: candidate for candidate in candidates}
    todo = [found for found in validations if found.tier is Tier.C] if dataset.semantic else []
    stamp = content_id(fingerprint(dataset.python), *(dump_line(found) for found in todo))
    with OrderedFile(output, stamp) as rows:
        if rows.count < len(todo):
            with (
                PythonPool.open(dataset.python, haskell) as pool,
                StageProgress("agree", len(todo), rows.count) as progress,
            ):

                def judge(found: Validation) -> Semantics:
                    candidate = by_id[found.id]
                    return compare(pool, found, candidate.code or "", instructions[candidate.instruction_id])

                for semantics in in_order(todo[rows.count :], judge, pool.workers):
                    rows.append(dump_line(semantics))
                    progress.advance()
        rows.finish()
