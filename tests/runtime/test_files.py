"""Files that appear whole, and partial files from which a killed stage resumes."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqplay.config import Config
from seqplay.errors import InputError, ToolError
from seqplay.files import canonical_json, content_id, derive_seed, read_records, write_records, write_text
from seqplay.records import SkippedLine
from seqplay.runtime.partial import PartialFile
from seqplay.runtime.shards import covering, shard_count, shard_of


def line(number: int, reason: str = "r") -> SkippedLine:
    return SkippedLine(source="s", line=number, reason=reason)


def partial(output: Path, fingerprint: str = "one") -> PartialFile[SkippedLine]:
    return PartialFile(output, SkippedLine, lambda record: str(record.line), fingerprint)


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_ids_are_equal_for_equal_content_only(left: list[str], right: list[str]) -> None:
    assert (content_id(*left) == content_id(*right)) == (left == right)


@given(st.lists(st.one_of(st.text(), st.integers())))
def test_seeds_fit_in_31_bits(parts: list[str | int]) -> None:
    assert 0 <= derive_seed(*parts) < 2**31


@given(st.dictionaries(st.text(), st.one_of(st.integers(), st.text(), st.none())))
def test_equal_values_have_equal_bytes(value: dict[str, object]) -> None:
    assert canonical_json(value) == canonical_json(dict(reversed(value.items())))


@given(st.lists(st.integers(), max_size=50), st.integers(1, 9))
def test_the_shards_in_order_are_the_whole(items: list[int], shards: int) -> None:
    assert [item for shard in range(shards) for item in shard_of(items, shard, shards)] == items


@given(st.integers(0, 60), st.integers(1, 9), st.integers(1, 9))
def test_a_slice_is_held_by_those_that_cover_it_and_by_no_others(count: int, shards: int, others: int) -> None:
    items = list(range(count))
    for shard in range(shards):
        covered = [shard_of(items, other, others) for other in covering(shard, shards, others)]
        assert set(shard_of(items, shard, shards)) <= {item for held in covered for item in held}
    many = list(range(shards * others))
    for shard in range(shards):
        mine = set(shard_of(many, shard, shards))
        assert all(mine & set(shard_of(many, other, others)) for other in covering(shard, shards, others))


def test_a_stage_has_as_many_jobs_as_its_items_are_worth() -> None:
    sizes = {"programs": {"per_iteration": 500, "heldout": 100}, "evaluation": {"pairs": 100, "votes": 4}}
    shards = {"propose": 16, "validate": 16, "vote": 16}
    config = Config.model_validate({**sizes, "bob": {"votes": 10}, "shards": shards})
    assert [shard_count(config, "propose", "iter_2", attempt) for attempt in (0, 1, 2, 9)] == [16, 8, 4, 1]
    assert shard_count(config, "validate", "eval_0") == 4, "a fifth of the programs"
    assert (shard_count(config, "vote", "iter_1"), shard_count(config, "vote", "eval_1")) == (16, 2)
    nothing = config.model_copy(update={"programs": config.programs.model_copy(update={"heldout": 0})})
    assert shard_count(nothing, "propose", "eval_0") == 1


@given(st.lists(st.text(), max_size=5))
def test_records_read_back_as_written(tmp_path_factory, reasons: list[str]) -> None:
    path = tmp_path_factory.mktemp("records") / "file.jsonl"
    records = [line(number, reason) for number, reason in enumerate(reasons)]
    write_records(path, records)
    assert read_records(path, SkippedLine) == records


def test_a_bad_record_is_named_with_file_and_line(tmp_path) -> None:
    path = tmp_path / "file.jsonl"
    write_text(path, '{"schema_version":1,"source":"s","line":1,"reason":"r"}\n{"source":"s"}\n')
    with pytest.raises(InputError, match=r"file\.jsonl:2: not a SkippedLine: line"):
        read_records(path, SkippedLine)


@given(done=st.integers(0, 6), torn=st.integers(0, 40))
def test_a_killed_stage_keeps_every_whole_item_and_drops_the_torn_one(tmp_path_factory, done: int, torn: int) -> None:
    output = tmp_path_factory.mktemp("partial") / "out.jsonl"
    with partial(output) as stage:
        for number in range(done):
            stage.append(line(number))
    data = stage.path.read_bytes()
    last = data.rstrip(b"\n").rfind(b"\n") + 1 if done else 0
    kept = max(last, len(data) - torn)
    stage.path.write_bytes(data[:kept])
    whole = data[:kept].count(b"\n") - 1
    with partial(output) as stage:
        assert sorted(stage.done) == [str(number) for number in range(max(whole, 0))]
        for number in range(6):
            if str(number) not in stage.done:
                stage.append(line(number))
        stage.finish(str(number) for number in range(6))
    assert read_records(output, SkippedLine) == [line(number) for number in range(6)]
    assert not stage.path.exists()


def test_partial_results_of_other_inputs_are_not_taken_over(tmp_path) -> None:
    with partial(tmp_path / "out", "one") as stage:
        stage.append(line(1))
    with partial(tmp_path / "out", "two") as stage:
        assert stage.done == {}


def test_a_full_disk_is_said_in_one_line_and_loses_nothing(tmp_path, monkeypatch) -> None:
    with partial(tmp_path / "out.jsonl") as stage:
        stage.append(line(1))

        class Full:
            def write(self, data: bytes) -> int:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

            def close(self) -> None:
                handle.close()

        handle, stage._handle = stage._handle, Full()
        with pytest.raises(ToolError, match=r"No space left on device.*kept: free some space and run again"):
            stage.append(line(2))
    with partial(tmp_path / "out.jsonl") as stage:
        assert list(stage.done) == ["1"]


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch) -> None:
    path = tmp_path / "file"
    write_text(path, "old")

    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ToolError, match="No space left"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
