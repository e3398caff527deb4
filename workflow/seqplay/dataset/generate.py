"""From instructions to programs: a model is asked to translate, and its answers are read, strictly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from seqplay.config import EngineConfig, ModelConfig
from seqplay.dataset.instructions import Contamination
from seqplay.dataset.records import Candidate, Instruction, Sampled
from seqplay.dataset_config import DatasetConfig
from seqplay.engines.base import Request, open_engine
from seqplay.engines.stage import complete, player
from seqplay.errors import InputError
from seqplay.files import content_id, derive_seed, iterate_records, write_records
from seqplay.haskell.normalise import normal_id
from seqplay.haskell.source import choose_entry, parse
from seqplay.prompts import Unparsed, digest, haskell_from_python, parse_program


def generate(
    instructions: Sequence[Instruction],
    output: Path,
    *,
    dataset: DatasetConfig,
    engine: EngineConfig,
    model: ModelConfig,
    seed: int,
) -> None:
    """Write the raw completions for a shard of the instructions, in order, each with its prompt."""
    requests = [
        Request(
            id=instruction.id,
            messages=haskell_from_python(instruction.instruction, instruction.python, dataset.few_shot),
            n=dataset.samples,
            sampling=dataset.sampling,
            seed=derive_seed(seed, "dataset", instruction.id),
        )
        for instruction in instructions
    ]
    prompts = {request.id: request.messages for request in requests}
    asked_of = content_id(player(engine, model, None), digest("haskell_from_python"))
    with complete(
        lambda: open_engine(engine, model, None), requests, output, "translate into Haskell", asked_of
    ) as completions:
        write_records(
            output,
            (
                Sampled(
                    id=content_id("sample", completion.request_id, str(completion.sample)),
                    instruction_id=completion.request_id,
                    prompt=prompts[completion.request_id],
                    completion=completion,
                )
                for completion in completions
            ),
        )


def extract(completions: Sequence[Path], output: Path, *, dataset: DatasetConfig) -> None:
    """Read the programs out of the completions of all shards: tier A, or why a sample is none.

    A program that is another one's up to names and layout is a duplicate of the first; one that is like a text of the
    files to keep clear of is contaminated.
    """
    first: dict[str, str] = {}
    foreign = Contamination(dataset.instructions)
    sampled = (record for path in completions for record in iterate_records(path, Sampled))
    write_records(output, (_candidate(record, first, foreign) for record in sampled))


def _candidate(sampled: Sampled, first: dict[str, str], foreign: Contamination) -> Candidate:
    completion = sampled.completion
    fields = {"id": sampled.id, "instruction_id": sampled.instruction_id, "sample": completion.sample}
    code = parse_program(completion.text)
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
    first[normal] = sampled.id
    return Candidate(**fields, code=code, normal_id=normal)


def _normal(code: str) -> str:
    """Return the hash of a program's normal form, seen from its entry; of its tokens where it has none."""
    try:
        entry = choose_entry(parse(code)).name
    except InputError:
        entry = ""
    return normal_id(code, entry)


def by_id(instructions: Iterable[Instruction]) -> dict[str, Instruction]:
    """Return instructions by their ids."""
    return {instruction.id: instruction for instruction in instructions}
