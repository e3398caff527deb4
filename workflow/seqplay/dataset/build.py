"""The dataset itself: every sample in its tier, splits without leaks, files, and the counts that must add up."""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from seqplay.dataset.card import write_card
from seqplay.dataset.near import program, prose
from seqplay.dataset.records import (
    Agreement,
    Candidate,
    DroppedRow,
    Ending,
    Example,
    Instruction,
    Origin,
    Semantics,
    Tier,
    Validation,
)
from seqplay.dataset.splits import SPLITS, cluster, split
from seqplay.dataset_config import DatasetConfig
from seqplay.errors import ToolError
from seqplay.files import content_id, write_records, write_text
from seqplay.records import Verdict

KEPT = (Tier.A, Tier.B, Tier.C, Tier.C_PLUS)
FOLDERS = {Tier.A: "raw_only", Tier.B: "typechecked_only", Tier.C: "runnable_only", Tier.C_PLUS: "agreeing"}
"""The folder of each tier's own lines."""


class Made(BaseModel):
    """All that the stages before have written."""

    instructions: dict[str, Instruction]
    dropped: list[DroppedRow]
    candidates: list[Candidate]
    validations: dict[str, Validation]
    semantics: dict[str, Semantics]


def build(made: Made, folder: Path, *, dataset: DatasetConfig, seed: int, origin: Mapping[str, str]) -> None:
    """Write the dataset's folder, whole, by rename; ``origin`` is what the card says of engine, model and jail.

    Raises ``ToolError`` where a sample would be counted twice or not at all.
    """
    endings = list(ended(made))
    check_account(made, endings, dataset.samples)
    examples = list(_examples(made, endings, dataset, seed))
    temporary = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    write_records(temporary / "endings.jsonl", endings)
    for name in SPLITS:
        write_records(temporary / "jsonl" / f"{name}.jsonl", (one for one in examples if one.split == name))
    _write_tables(examples, temporary)
    counts = count(endings, examples, made)
    write_text(temporary / "counts.json", json.dumps(counts, indent=2, sort_keys=True) + "\n")
    write_card(temporary, counts, examples, dataset=dataset, origin=origin)
    shutil.rmtree(folder, ignore_errors=True)
    temporary.replace(folder)


def ended(made: Made) -> Iterator[Ending]:
    """Yield the one ending of each row and sample: dropped rows by row, then samples in order."""
    for row in sorted(made.dropped, key=lambda row: row.row):
        yield Ending(row=row.row, name=row.name, tier=Tier.NONE, reason=f"dropped:{row.reason}")
    for candidate in made.candidates:
        source = made.instructions[candidate.instruction_id]
        tier, reason = ending(candidate, made.validations.get(candidate.id), made.semantics.get(candidate.id))
        yield Ending(
            row=source.row,
            name=source.name,
            instruction_id=source.id,
            sample=candidate.sample,
            tier=tier,
            reason=reason,
        )


def ending(candidate: Candidate, found: Validation | None, semantics: Semantics | None) -> tuple[Tier, str]:
    """Return the tier and the reason of one sample."""
    if candidate.reason:
        return (Tier.NONE if candidate.code is None else Tier.A), candidate.reason
    if found is None:
        raise ToolError(f"candidate {candidate.id} was not checked; remove the checked files and run again")
    if found.verdict is Verdict.INFRA_ERROR or found.tier is not Tier.C:
        return found.tier, found.reason
    if semantics is None:
        return Tier.C, "not compared"
    if semantics.agreement is Agreement.AGREES:
        return Tier.C_PLUS, semantics.agreement
    return Tier.C, f"{semantics.agreement}:{semantics.reason}"


def check_account(made: Made, endings: Sequence[Ending], samples: int) -> None:
    """Raise ``ToolError`` unless each row was dropped, or has so many samples with one ending each."""
    expected = {(row.row, -1) for row in made.dropped}
    expected |= {(source.row, n) for source in made.instructions.values() for n in range(samples)}
    found = Counter((one.row, one.sample) for one in endings)
    twice = next((key for key, times in found.items() if times > 1), None)
    missing = next(iter(expected - found.keys()), None)
    extra = next(iter(found.keys() - expected), None)
    for what, key in (
        ("more than one ending", twice),
        ("no ending", missing),
        ("an ending, but no instruction", extra),
    ):
        if key is not None:
            raise ToolError(f"the account does not add up: row {key[0]}, sample {key[1]} has {what}")


def _examples(made: Made, endings: Sequence[Ending], dataset: DatasetConfig, seed: int) -> Iterator[Example]:
    """Yield the lines of the dataset in the order of the samples."""
    tiers = {(one.instruction_id, one.sample): one for one in endings if one.sample >= 0}
    kept = [(one, tiers[one.instruction_id, one.sample]) for one in made.candidates if one.code is not None]
    kept = [(one, end) for one, end in kept if end.tier in KEPT]
    sources = {one.id: made.instructions[one.instruction_id] for one, _ in kept}
    texts = {
        one.id: (prose(sources[one.id].instruction), program(sources[one.id].python), program(one.code or ""))
        for one, _ in kept
    }
    joined = {one.id: one.instruction_id for one, _ in kept}
    found = cluster(texts, dataset.instructions.near_duplicate, joined)
    chosen = split(found, dataset.split, seed)
    for one, end in kept:
        source, checked = sources[one.id], made.validations.get(one.id)
        semantics = made.semantics.get(one.id)
        values = [trial for trial in checked.trials if trial.output is not None] if checked else []
        yield Example(
            id=one.id,
            name=source.name,
            tier=end.tier,
            reason=end.reason,
            split=chosen[one.id],
            cluster=found[one.id],
            instruction=source.instruction,
            python=source.python,
            code=one.code or "",
            entry=checked.entry if checked else "",
            type=checked.type if checked else "",
            inputs=tuple(trial.input for trial in values),
            outputs=tuple(trial.output or "" for trial in values),
            agreement=semantics.agreement if semantics else "",
            compared=sum(c.outcome == "same" for c in semantics.comparisons) if semantics else 0,
            domain=source.domain,
            algorithm=source.algorithm,
            score=source.score,
            tests=source.tests,
        )


def _write_tables(examples: Sequence[Example], folder: Path) -> None:
    """Write parquet files for each tier and split, and the whole as ``datasets`` saves it."""
    import datasets
    import pyarrow as pa
    import pyarrow.parquet as parquet

    schema = pa.schema([(name, _arrow(pa, name)) for name in Example.model_fields])
    by_split: dict[str, list[Any]] = defaultdict(list)
    for example in examples:
        by_split[example.split].append(example)
    saved = {}
    for name in SPLITS:
        rows = by_split[name]
        for tier, place in FOLDERS.items():
            chosen = [row.model_dump(mode="json") for row in rows if row.tier is tier]
            if not chosen:  # the hub's reader fails on a file without rows
                continue
            target = folder / "data" / place / f"{name}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            parquet.write_table(pa.Table.from_pylist(chosen, schema=schema), target)
        table = pa.Table.from_pylist([row.model_dump(mode="json") for row in rows], schema=schema)
        mark = content_id(name, *(row.id for row in rows))
        saved[name] = datasets.Dataset(datasets.table.InMemoryTable(table), fingerprint=mark)
    datasets.disable_progress_bars()
    datasets.DatasetDict(saved).save_to_disk(str(folder / "saved"))


def _arrow(pa: Any, name: str) -> Any:
    """Return the column type of a field."""
    special = {
        "schema_version": pa.int64(),
        "compared": pa.int64(),
        "score": pa.float64(),
        "inputs": pa.list_(pa.list_(pa.string())),
        "outputs": pa.list_(pa.string()),
        "tests": pa.list_(pa.string()),
    }
    return special.get(name, pa.string())


def count(endings: Sequence[Ending], examples: Sequence[Example], made: Made) -> dict[str, Any]:
    """Return the counts of the card: all of them add up to the rows and samples that there were."""
    trials = Counter(trial.reason for found in made.validations.values() for trial in found.trials)
    kinds = Counter(
        trial.origin.value for found in made.validations.values() for trial in found.trials if trial.output is not None
    )
    own = [found.own_tests for found in made.semantics.values() if found.own_tests is not None]
    return {
        "rows": len({one.row for one in endings}),
        "endings": len(endings),
        "tiers": _counted(one.tier for one in endings),
        "reasons": {tier: _counted(one.reason for one in endings if one.tier is tier) for tier in Tier},
        "splits": {name: _counted(one.tier for one in examples if one.split == name) for name in SPLITS},
        "clusters": len({one.cluster for one in examples}),
        "trials": dict(sorted(trials.items())),
        "values": {origin.value: kinds[origin.value] for origin in Origin if kinds[origin.value]},
        "agreement": _counted(found.agreement for found in made.semantics.values()),
        "python_tests_passed": sum(own),
    }


def _counted(found: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(str(one) for one in found).items()))
