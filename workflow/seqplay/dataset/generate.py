"""From instructions to programs: a model is asked to translate, and its answers are read, strictly.

Both stages hold a bounded part of the rows: generating, a block of requests; extracting, two ids of each program.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from seqplay.config import EngineConfig, ModelConfig, fingerprint
from seqplay.config.dataset import DatasetConfig
from seqplay.dataset.instructions import Contamination
from seqplay.dataset.records import Candidate, Instruction, Sampled
from seqplay.engines.base import Engine, IsPending, Request, pending_samples
from seqplay.engines.stage import Sampler, complete
from seqplay.errors import InputError
from seqplay.files import content_id, derive_seed, dump_line, file_id, iterate_records
from seqplay.haskell.analysis.normalise import normal_id
from seqplay.haskell.analysis.source import choose_entry, parse
from seqplay.prompts import MARKS, Reasoning, Unparsed, digest, haskell_from_python, parse_program, read_completion
from seqplay.records import Completion, Message
from seqplay.runtime.ordered import OrderedFile, remaining
from seqplay.runtime.shards import shard_of

BLOCK = 4096
"""Instructions that an engine is given at once: as many sequences as it runs side by side, many times over."""


def generate(
    instructions: Path,
    output: Path,
    *,
    shard: int,
    shards: int,
    dataset: DatasetConfig,
    engine: EngineConfig,
    model: ModelConfig,
    seed: int,
) -> None:
    """Write the raw completions for a shard of the instructions, in order, each with its prompt.

    Block by block: a killed run goes on at the completion where it stopped. Raises ``EngineError``.
    """
    asked_of = content_id(Sampler(engine, model).fingerprint, digest("haskell_from_python"))
    settings = dataset.sampling.model_dump_json(), str((dataset.samples, dataset.few_shot, seed))
    stamp = content_id(asked_of, file_id(instructions), f"{shard} of {shards}", *settings)
    with instructions.open("rb") as lines:
        chosen = shard_of(range(sum(1 for _ in lines)), shard, shards)
    sources = (one for n, one in enumerate(iterate_records(instructions, Instruction)) if n in chosen)
    requests = (_request(one, dataset, seed) for one in sources)
    blocks = -(-len(chosen) // BLOCK)
    part = output.with_name(f"{output.stem}.block{output.suffix}")
    with OrderedFile(output, stamp) as rows, _Kept(engine, model) as kept:
        before, again = divmod(rows.count, BLOCK * dataset.samples)
        for number, block in enumerate(_blocks(requests), start=1):
            if number <= before:
                continue
            label = "translate into Haskell" + (f", block {number} of {blocks}" if blocks > 1 else "")
            prompts = {request.id: request.messages for request in block}
            with complete(lambda: kept, block, part, label, asked_of) as completions:
                for completion in islice(completions, again, None):
                    rows.append(dump_line(_sampled(completion, prompts)))
            again = 0
        rows.finish()
    part.with_name(f".{part.name}.partial").unlink(missing_ok=True)  # killed between its last line and its end


class _Kept:
    """The configured engine, open until the last block is done; started anew for a block larger than its first."""

    def __init__(self, engine: EngineConfig, model: ModelConfig) -> None:
        self.name = engine.kind.value
        self._config = engine, model
        self._engine: Engine | None = None
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._engine is not None:
            self._engine.close()

    def sample(self, requests: Sequence[Request], wanted: IsPending) -> Generator[Completion]:
        """Yield the wanted completions; engines are made for as many sequences as their first call has."""
        size = len(pending_samples(requests, wanted))
        if self._engine is not None and size > self._size:
            self._engine.close()
            self._engine = None
        if self._engine is None:
            self._engine, self._size = Sampler(*self._config).open(), size
        yield from self._engine.sample(requests, wanted)

    def close(self) -> None:
        """Stay open: the next block follows."""


def _blocks(requests: Iterator[Request]) -> Iterator[list[Request]]:
    while block := list(islice(requests, BLOCK)):
        yield block


def _request(source: Instruction, dataset: DatasetConfig, seed: int) -> Request:
    return Request(
        id=source.id,
        messages=haskell_from_python(source.instruction, source.python, dataset.few_shot),
        n=dataset.samples,
        sampling=dataset.sampling,
        seed=derive_seed(seed, "dataset", source.id),
    )


def _sampled(completion: Completion, prompts: Mapping[str, tuple[Message, ...]]) -> Sampled:
    return Sampled(
        id=content_id("sample", completion.request_id, str(completion.sample)),
        instruction_id=completion.request_id,
        prompt=prompts[completion.request_id],
        completion=completion,
    )


def extract(completions: Sequence[Path], output: Path, *, dataset: DatasetConfig, marks: Reasoning = MARKS) -> None:
    """Read the programs out of the completions of all shards: tier A, or why a sample is none; resumes at the sample.

    A program that is another one's up to names and layout is a duplicate of the first; one that is like a text of the
    files to keep clear of is contaminated.
    """
    settings = dataset.instructions
    clear_of = [file_id(Path(name)) for name in settings.decontaminate]
    made = fingerprint(settings.near_duplicate.hex(), *marks, *clear_of, *map(file_id, completions))
    with OrderedFile(output, made) as rows:
        first: dict[str, str] = {}
        for line in rows.lines():
            _enter(Candidate.model_validate_json(line), first)
        foreign = Contamination(settings)
        sampled = (record for path in completions for record in iterate_records(path, Sampled))
        for record in remaining(sampled, rows.count):
            found = _candidate(record, first, foreign, marks)
            _enter(found, first)
            rows.append(dump_line(found))
        rows.finish()


def _enter(found: Candidate, first: dict[str, str]) -> None:
    """Remember a program that is nobody's duplicate."""
    if found.normal_id and not found.reason:
        first[found.normal_id] = found.id


def _candidate(sampled: Sampled, first: Mapping[str, str], foreign: Contamination, marks: Reasoning) -> Candidate:
    completion = sampled.completion
    fields = {"id": sampled.id, "instruction_id": sampled.instruction_id, "sample": completion.sample}
    code = read_completion(completion, parse_program, marks)
    if isinstance(code, Unparsed):
        cut = " (the completion was cut at the token limit)" if completion.finish_reason == "length" else ""
        return Candidate(**fields, reason="unparsed", message=code.reason + cut)
    normal = _normal(code)
    if normal in first:
        return Candidate(
            **fields, code=code, normal_id=normal, reason="duplicate", message=f"the same program as {first[normal]}"
        )
    where = foreign.of_code(code)
    if where:
        return Candidate(**fields, code=code, normal_id=normal, reason="contaminated", message=f"like {where}")
    return Candidate(**fields, code=code, normal_id=normal)


def _normal(code: str) -> str:
    """Return the hash of a program's normal form, seen from its entry; of its tokens where it has none."""
    try:
        entry = choose_entry(parse(code)).name
    except InputError:
        entry = ""
    return normal_id(code, entry)
