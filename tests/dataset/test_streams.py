"""Stages read files as streams, in blocks: the bytes depend neither on the blocks nor on where a run was killed."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from seqplay.config import EngineConfig, EngineKind, ModelConfig
from seqplay.config.dataset import DatasetConfig
from seqplay.dataset import generate as stage
from seqplay.dataset.generate import extract, generate
from seqplay.dataset.publish import tables
from seqplay.dataset.publish.build import Made, build
from seqplay.dataset.publish.side_by_side import beside_any, merge_join
from seqplay.dataset.records import Candidate, Instruction, Sampled, Tier, Validation
from seqplay.engines.base import IsPending, Request
from seqplay.engines.replay import Recording, ReplayEngine
from seqplay.errors import ToolError
from seqplay.files import read_records, write_records
from seqplay.prompts import Reasoning
from seqplay.records import Completion, Verdict

ROWS, SAMPLES = 11, 2
DATASET = DatasetConfig(samples=SAMPLES)
Play = Callable[[Path], Path]


class Killed(BaseException):
    """Stands for a kill."""


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of all completions that an engine has drawn; ``killed after 9`` in it ends the run there."""
    keys: list[str] = []
    original = ReplayEngine.sample

    def watched(self: ReplayEngine, requests: Sequence[Request], wanted: IsPending) -> Iterator[Completion]:
        for completion in original(self, requests, wanted):
            if "killed after 9" in keys and len(keys) == 10:
                raise Killed
            keys.append(completion.key)
            yield completion

    monkeypatch.setattr(ReplayEngine, "sample", watched)
    return keys


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Generates into a folder, and returns the file of completions."""
    sources, answers = tmp_path / "instructions.jsonl", tmp_path / "answers.jsonl"
    rows = [Instruction(id=f"i{n}", row=n, name=str(n), instruction=f"do {n}", python="f = 1") for n in range(ROWS)]
    write_records(sources, rows)
    texts = ("```haskell\nf x = x\n```", "```haskell\nf x = x + 1\n```")
    write_records(answers, [Recording(contains=(), texts=texts)])
    engine = EngineConfig(kind=EngineKind.REPLAY, replay_file=str(answers))

    def played(folder: Path) -> Path:
        output = folder / "shard_0.jsonl"
        generate(sources, output, shard=0, shards=1, dataset=DATASET, engine=engine, model=ModelConfig(), seed=3)
        return output

    return played


@pytest.mark.parametrize("block", [1, 3, 4, 11])
def test_the_completions_do_not_depend_on_the_blocks(
    tmp_path: Path, play: Play, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = play(tmp_path / "whole").read_bytes()
    monkeypatch.setattr(stage, "BLOCK", block)
    output = play(tmp_path / "blocks")
    assert output.read_bytes() == whole
    assert [one.instruction_id for one in read_records(output, Sampled)] == [
        f"i{n}" for n in range(ROWS) for _ in range(SAMPLES)
    ]
    assert list(output.parent.iterdir()) == [output]


@pytest.mark.parametrize("block", [3, 4, 11])
def test_a_killed_run_draws_nothing_twice(
    tmp_path: Path, play: Play, drawn: list[str], block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = play(tmp_path / "whole").read_bytes()
    monkeypatch.setattr(stage, "BLOCK", block)
    drawn[:] = ["killed after 9"]
    with pytest.raises(Killed):
        play(tmp_path / "killed")
    drawn[0] = "went on"
    assert play(tmp_path / "killed").read_bytes() == whole
    assert len(drawn) == len(set(drawn)) == 1 + ROWS * SAMPLES


@pytest.mark.parametrize("lines", [0, 2, 3, 5])
def test_a_block_whose_lines_were_partly_written_is_not_drawn_again(
    tmp_path: Path, play: Play, drawn: list[str], lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = play(tmp_path / "whole").read_bytes()
    monkeypatch.setattr(stage, "BLOCK", 3)
    original, left = stage._sampled, [6 + lines]

    def killing(*given: object) -> Sampled:
        if not left[0]:
            raise Killed
        left[0] -= 1
        return original(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(stage, "_sampled", killing)
    drawn.clear()
    with pytest.raises(Killed):
        play(tmp_path / "killed")
    monkeypatch.setattr(stage, "_sampled", original)
    assert play(tmp_path / "killed").read_bytes() == whole
    assert len(drawn) == len(set(drawn)) == ROWS * SAMPLES


def test_extracting_goes_on_where_it_was_killed(tmp_path: Path, play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    completions, output = play(tmp_path / "played"), tmp_path / "candidates.jsonl"
    extract([completions], output, dataset=DATASET)
    whole = output.read_bytes()
    assert [one.reason for one in read_records(output, Candidate)] == ["", "", *["duplicate"] * (ROWS * SAMPLES - 2)]
    read: list[str] = []
    original = stage.parse_program

    def watched(text: str, marks: Reasoning) -> object:
        if len(read) == 7:
            raise Killed
        read.append(text)
        return original(text, marks)

    output.unlink()
    monkeypatch.setattr(stage, "parse_program", watched)
    with pytest.raises(Killed):
        extract([completions], output, dataset=DATASET)
    read[:] = read[:0]
    monkeypatch.setattr(stage, "parse_program", lambda text, marks: read.append(text) or original(text, marks))
    extract([completions], output, dataset=DATASET)
    assert output.read_bytes() == whole
    assert len(read) == ROWS * SAMPLES - 7


def candidates(*keys: str) -> list[Candidate]:
    return [Candidate(id=key, instruction_id="i", sample=0) for key in keys]


def test_files_of_one_order_are_paired_in_one_pass() -> None:
    sources = candidates("a", "b", "c")
    paired = merge_join(["a", "a", "c"], str, iter(sources))
    assert [(item, found.id) for item, found in paired] == [("a", "a"), ("a", "a"), ("c", "c")]
    some = beside_any(["a", "b", "c"], str, candidates("b"))
    assert [(item, found and found.id) for item, found in some] == [("a", None), ("b", "b"), ("c", None)]


def test_files_of_different_runs_are_an_error() -> None:
    with pytest.raises(ToolError, match="not of one run: x has no counterpart"):
        list(merge_join(["a", "x"], str, candidates("a", "b")))
    with pytest.raises(ToolError, match="not of one run: x has no counterpart"):
        list(beside_any(["a", "b"], str, candidates("a", "x")))


def published(folder: Path, rows: int) -> int:
    """Build a dataset of programs with solutions of 20,000 letters; return the peak of Python's memory in bytes."""
    names = ("instructions", "dropped", "candidates", "checked", "agreement")
    instructions, dropped, candidates, checked, agreement = (folder / f"{name}.jsonl" for name in names)
    sources = [
        Instruction(id=f"i{n}", row=n, name=str(n), instruction=f"do{n}", python="x" * 20000 + str(n))
        for n in range(rows)
    ]
    write_records(instructions, sources)
    write_records(dropped, [])
    write_records(candidates, (Candidate(id=f"c{n}", instruction_id=f"i{n}", sample=0, code="f") for n in range(rows)))
    refused = [
        Validation(id=f"c{n}", tier=Tier.A, verdict=Verdict.REJECTED, reason="r", message="") for n in range(rows)
    ]
    write_records(checked, refused)
    write_records(agreement, [])
    del sources, refused
    made = Made(instructions, dropped, candidates, [checked], [agreement])
    tracemalloc.start()
    build(made, folder / "published", dataset=DatasetConfig(), seed=0, origin={})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_building_holds_no_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BATCH", 20)
    monkeypatch.setattr("seqplay.dataset.publish.build.write_card", lambda *given, **named: None)
    (tmp_path / "first").mkdir()
    published(tmp_path / "first", 3)  # imports
    few, many = (tmp_path / name for name in ("few", "many"))
    few.mkdir()
    many.mkdir()
    assert published(many, 400) - published(few, 100) < 300 * 4000


def test_what_cannot_be_built_leaves_no_folder(tmp_path: Path) -> None:
    none, one = tmp_path / "none.jsonl", tmp_path / "one.jsonl"
    write_records(none, [])
    write_records(one, candidates("a"))
    with pytest.raises(ToolError, match="not of one run"):
        build(Made(none, none, one, [], []), tmp_path / "out", dataset=DatasetConfig(), seed=0, origin={})
    assert sorted(tmp_path.iterdir()) == [none, one]
