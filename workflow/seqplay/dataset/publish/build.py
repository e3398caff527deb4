"""The dataset itself: every sample in its tier, splits without leaks, files, and the counts that must add up.

The files of the stages before are read twice, side by side: for the endings and the clusters, then for the lines of the
dataset. In memory is a record of fixed size for each row, and three sketches of each program (``similarity``).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from seqplay.config.dataset import DatasetConfig
from seqplay.dataset.publish.card import write_card
from seqplay.dataset.publish.counts import Tally
from seqplay.dataset.publish.outcomes import Account
from seqplay.dataset.publish.side_by_side import beside_any, merge_join
from seqplay.dataset.publish.tables import KEPT, Tables
from seqplay.dataset.records import (
    Agreement,
    Candidate,
    DroppedRow,
    Ending,
    Example,
    Instruction,
    Semantics,
    Tier,
    Validation,
)
from seqplay.dataset.similarity.shingles import program, prose
from seqplay.dataset.similarity.splits import SPLITS, Clusters, split
from seqplay.errors import ToolError
from seqplay.files import iterate_records, whole, write_record, write_records, write_text
from seqplay.records import Verdict


class Made(NamedTuple):
    """The files that the stages before have written; shards in order."""

    instructions: Path
    dropped: Path
    candidates: Path
    checked: Sequence[Path]
    agreement: Sequence[Path]


class Sample(NamedTuple):
    """A sample with all that was found of it."""

    candidate: Candidate
    source: Instruction
    found: Validation | None
    semantics: Semantics | None

    @property
    def ending(self) -> Ending:
        """Its one ending."""
        tier, reason = ended(self.candidate, self.found, self.semantics)
        return Ending(
            row=self.source.row,
            name=self.source.name,
            instruction_id=self.source.id,
            sample=self.candidate.sample,
            tier=tier,
            reason=reason,
        )


def build(made: Made, folder: Path, *, dataset: DatasetConfig, seed: int, origin: Mapping[str, str]) -> None:
    """Write the dataset's folder, whole, by rename; ``origin`` is what the card says of engine, model and jail.

    Raises ``ToolError`` where a sample would be counted twice or not at all, or the files are not of one run.
    """
    tally, account = Tally(), Account()
    clusters = Clusters(dataset.instructions.near_duplicate, texts=3)
    with _appearing(folder) as place:
        expect(made, account, dataset.samples)
        write_records(place / "endings.jsonl", _counted(made, tally, account, clusters))
        account.check()
        found = clusters.found()
        chosen = split(found, dataset.split, seed)
        with Tables(place) as tables, ExitStack() as stack:
            lines = {name: stack.enter_context(whole(place / "jsonl" / f"{name}.jsonl")) for name in SPLITS}
            for example in _examples(made, found, chosen):
                tally.published(example)
                write_record(lines[example.split], example)
                tables.add(example)
        counts = tally.counts(account.rows, len(set(found.values())))
        write_text(place / "counts.json", json.dumps(counts, indent=2, sort_keys=True) + "\n")
        write_card(place, counts, tally, dataset=dataset, origin=origin)


@contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """Give a folder to write into; it takes the place of ``folder`` once the block has ended well."""
    temporary = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        yield temporary
        shutil.rmtree(folder, ignore_errors=True)
        temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def samples(made: Made) -> Iterator[Sample]:
    """Yield the samples in order; ``ToolError`` where a file has something that is none of them."""
    candidates = iterate_records(made.candidates, Candidate)
    sourced = merge_join(candidates, attrgetter("instruction_id"), iterate_records(made.instructions, Instruction))
    checked = beside_any(sourced, _key, chain.from_iterable(iterate_records(path, Validation) for path in made.checked))
    agreed = chain.from_iterable(iterate_records(path, Semantics) for path in made.agreement)
    for ((candidate, source), found), semantics in beside_any(checked, lambda pair: _key(pair[0]), agreed):
        yield Sample(candidate, source, found, semantics)


def _key(pair: tuple[Candidate, Instruction]) -> str:
    return pair[0].id


def expect(made: Made, account: Account, each: int) -> None:
    """Enter what must end: the dropped rows, and so many samples of each instruction."""
    for row in iterate_records(made.dropped, DroppedRow):
        account.expect(row.row, -1)
    for source in iterate_records(made.instructions, Instruction):
        for number in range(each):
            account.expect(source.row, number)


def endings(made: Made) -> Iterator[tuple[Ending, Sample | None]]:
    """Yield the one ending of each row and sample: dropped rows by row, then samples in order, with them."""
    for row in iterate_records(made.dropped, DroppedRow):
        yield Ending(row=row.row, name=row.name, tier=Tier.NONE, reason=f"dropped:{row.reason}"), None
    for sample in samples(made):
        yield sample.ending, sample


def _counted(made: Made, tally: Tally, account: Account, clusters: Clusters) -> Iterator[Ending]:
    """Yield the endings; count them, and enter what is kept into its cluster."""
    for end, sample in endings(made):
        account.end(end.row, end.sample)
        tally.ended(end)
        if sample is not None:
            tally.checked(sample.found, sample.semantics)
            if _kept(sample, end):
                source, code = sample.source, sample.candidate.code or ""
                texts = prose(source.instruction), program(source.python), program(code)
                clusters.add(sample.candidate.id, texts, source.id)
        yield end


def _kept(sample: Sample, end: Ending) -> bool:
    return sample.candidate.code is not None and end.tier in KEPT


def ended(candidate: Candidate, found: Validation | None, semantics: Semantics | None) -> tuple[Tier, str]:
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


def _examples(made: Made, clusters: Mapping[str, str], splits: Mapping[str, str]) -> Iterator[Example]:
    """Yield the lines of the dataset in the order of the samples."""
    for sample in samples(made):
        end = sample.ending
        if not _kept(sample, end):
            continue
        one, source, checked, semantics = sample
        values = [trial for trial in checked.trials if trial.output is not None] if checked else []
        yield Example(
            id=one.id,
            name=source.name,
            tier=end.tier,
            reason=end.reason,
            split=splits[one.id],
            cluster=clusters[one.id],
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
