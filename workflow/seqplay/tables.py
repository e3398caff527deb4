"""Tables: records as columns with types that do not depend on what a file happens to hold.

A reader that guesses types from values guesses wrong: a column in which a file has no value yet becomes ``null`` there,
and a mapping gets a column for each key. The models know better. ``features`` is for Hugging Face ``datasets``,
``dtypes`` and ``frame`` are for pandas; ``kind_of`` says which record a file of an experiment holds.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterable
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from seqplay.dataset import records as dataset_records
from seqplay.errors import InputError
from seqplay.records import (
    Ballot,
    Evaluation,
    Example,
    GuardReport,
    Judgement,
    Measured,
    Outcome,
    Pair,
    Prediction,
    Program,
    ProofAttempt,
    ProofProposal,
    Proposal,
    ProposalOutcome,
    Record,
    Rewrites,
    SampledProgram,
    SkippedLine,
    StoredLemma,
    Summary,
    Timing,
    TrainingExample,
    Vote,
)

if TYPE_CHECKING:
    import datasets
    import pandas

FILES: dict[str, type[Record]] = {
    "programs/train.jsonl": Program,
    "programs/heldout.jsonl": Program,
    "programs/skipped.jsonl": SkippedLine,
    "heldout_pairs.jsonl": Pair,
    "heldout_proofs.jsonl": ProofAttempt,
    "*/heldout_proof_proposals.jsonl": ProofProposal,
    "*/heldout_proofs.jsonl": ProofAttempt,
    "evaluation.jsonl": Evaluation,
    "*/evaluation.jsonl": Evaluation,
    "*/measures.jsonl": Measured,
    "*/programs.jsonl": SampledProgram,
    "*/rewrites.jsonl": Rewrites,
    "*/proposals/*.jsonl": Proposal,
    "*/verdicts/*.jsonl": Judgement,
    "*/proof_proposals/*.jsonl": ProofProposal,
    "*/proofs/*.jsonl": ProofAttempt,
    "*/lemmas.jsonl": StoredLemma,
    "*/pairs.jsonl": Pair,
    "*/asked_pairs.jsonl": Pair,
    "*/predictions.jsonl": Prediction,
    "*/ballots/*.jsonl": Ballot,
    "*/earlier_ballots.jsonl": Ballot,
    "*/votes.jsonl": Vote,
    "*/iteration_data.jsonl": Example,
    "*/outcomes.jsonl": Outcome,
    "*/proposal_outcomes.jsonl": ProposalOutcome,
    "*/guards.jsonl": GuardReport,
    "*/alice_training_data.jsonl": TrainingExample,
    "*/bob_training_data.jsonl": TrainingExample,
    "*/seq_summary.jsonl": Summary,
    "*/timing.jsonl": Timing,
}
"""What the files of an experiment hold; ``*`` stands for an iteration (``iter_2``), an evaluation (``eval_0``), or a
part of a stage (``attempt_0``, ``round_1``, ``shard_3``)."""


DATASET_FILES: dict[str, type[Record]] = {
    "dataset/instructions.jsonl": dataset_records.Instruction,
    "dataset/dropped.jsonl": dataset_records.DroppedRow,
    "dataset/completions/*.jsonl": dataset_records.Sampled,
    "dataset/candidates.jsonl": dataset_records.Candidate,
    "dataset/checked/*.jsonl": dataset_records.Validation,
    "dataset/agreement/*.jsonl": dataset_records.Semantics,
    "dataset/published/endings.jsonl": dataset_records.Ending,
    "dataset/published/jsonl/*.jsonl": dataset_records.Example,
}
"""What the files of ``snakemake dataset`` hold."""


def kind_of(path: Path) -> type[Record]:
    """Return the record that a file of an experiment's folder holds; ``InputError`` where it is none of them."""
    for pattern, kind in (DATASET_FILES | FILES).items():
        if PurePosixPath(path).match(pattern):
            return kind
    raise InputError(f"{path}: no file of an experiment; known are {', '.join(FILES | DATASET_FILES)}")


def features(kind: type[BaseModel]) -> datasets.Features:
    """Return the columns of a record for ``datasets.load_dataset("json", data_files=…, features=…)``.

    Mappings, whose keys differ from line to line, are ``Json`` columns.
    """
    import datasets

    return datasets.Features({name: _feature(field.annotation) for name, field in kind.model_fields.items()})


def dtypes(kind: type[BaseModel]) -> dict[str, str]:
    """Return the pandas dtype of each field: nullable ones, and ``object`` for lists, mappings and nested records."""
    scalar = {str: "string", int: "Int64", float: "Float64", bool: "boolean"}
    return {name: scalar.get(_core(field.annotation), "object") for name, field in kind.model_fields.items()}


def frame(paths: Path | Iterable[Path], kind: type[BaseModel] | None = None) -> pandas.DataFrame:
    """Return the records of one or several files as a table with the dtypes of ``dtypes``, also where there are none.

    ``kind`` is taken from the first file's name where it is not given; ``InputError`` where that is no experiment's.
    """
    import pandas

    files = [paths] if isinstance(paths, Path) else list(paths)
    if kind is None:
        if not files:
            raise InputError("no files, and no kind of record named: the columns are not known")
        kind = kind_of(files[0])
    rows = [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    return pandas.DataFrame(rows, columns=list(kind.model_fields)).astype(dtypes(kind))


def _core(annotation: Any) -> Any:
    """Return what a field holds where it holds something: ``X`` of ``X | None``; the plain type of an enumeration."""
    if get_origin(annotation) in {Union, types.UnionType}:
        inner = [part for part in get_args(annotation) if part is not type(None)]
        if len(inner) != 1:
            raise TypeError(f"{annotation}: a column has one type")
        return _core(inner[0])
    if get_origin(annotation) is Literal:
        (plain,) = {type(value) for value in get_args(annotation)}
        return plain
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return str
    return annotation


def _feature(annotation: Any) -> Any:
    import datasets

    core = _core(annotation)
    names = {str: "string", int: "int64", float: "float64", bool: "bool"}
    if core in names:
        return datasets.Value(names[core])
    if get_origin(core) in {list, tuple}:
        return datasets.List(_feature(get_args(core)[0]))
    if isinstance(core, type) and issubclass(core, BaseModel):
        return {name: _feature(field.annotation) for name, field in core.model_fields.items()}
    if core is Any or get_origin(core) is dict:
        return datasets.Json()
    raise TypeError(f"{annotation}: no column type is known for it")
