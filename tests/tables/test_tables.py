"""Records as tables: the same columns with the same types, whatever a file happens to hold."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import datasets
import pytest
from pydantic import BaseModel

from seqplay import records
from seqplay.dataset import records as dataset_records
from seqplay.errors import InputError
from seqplay.files import write_records
from seqplay.records import Ballot, Completion, Pair, Record, Summary, Vote
from seqplay.reference import kinds
from seqplay.tables import DATASET_FILES, FILES, dtypes, features, frame, kind_of

KINDS = [*kinds(records), *kinds(dataset_records)]


def example(kind: type[BaseModel], full: bool) -> BaseModel:
    """A record with everything that may be there, or with nothing that may be missing."""
    return kind(**{name: value(field.annotation, full) for name, field in kind.model_fields.items()})


def value(annotation: Any, full: bool) -> Any:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in {Union, types.UnionType}:
        return value(inner[0], full) if full else None
    if origin is Literal:
        return inner[0]
    if origin in {list, tuple}:
        return [value(inner[0], full)] * 2 if full else []
    if origin is dict:
        return {"a": value(inner[1], full), "b": value(inner[1], full)} if full else {}
    if annotation is Any:
        return ["anything", {"at": 1}]
    if issubclass(annotation, BaseModel):
        return example(annotation, full)
    plain: dict[type, Any] = {str: "text", int: 3, float: 0.5, bool: True}
    return plain[annotation] if annotation in plain else next(iter(annotation))


def load(paths: list[Path], kind: type[Record], cache: Path) -> datasets.Dataset:
    files = [str(path) for path in paths]
    return datasets.load_dataset("json", data_files=files, features=features(kind), split="train", cache_dir=str(cache))


@pytest.fixture
def files(request: pytest.FixtureRequest, tmp_path: Path) -> list[Path]:
    """Two files of a kind: in the first nothing optional is there, in the second everything."""
    paths = [tmp_path / "bare.jsonl", tmp_path / "full.jsonl"]
    for path, full in zip(paths, (False, True), strict=True):
        write_records(path, [example(request.param, full)] * 2)
    return paths


@pytest.mark.parametrize(("files", "kind"), [(kind, kind) for kind in KINDS], indirect=["files"], ids=str)
def test_every_kind_loads_with_datasets_in_any_order_of_files(
    files: list[Path], kind: type[Record], tmp_path: Path
) -> None:
    bare, full = (record.model_dump(mode="json") for record in (example(kind, False), example(kind, True)))
    for paths, expected in ((files, [bare, bare, full, full]), (files[::-1], [full, full, bare, bare])):
        found = load(paths, kind, tmp_path / "cache")
        assert found.features == features(kind)
        assert list(found) == expected


@pytest.mark.parametrize(("files", "kind"), [(kind, kind) for kind in KINDS], indirect=["files"], ids=str)
def test_every_kind_loads_with_pandas_with_the_same_dtypes(files: list[Path], kind: type[Record]) -> None:
    for paths in (files, files[::-1], files[:1], files[1:], []):
        found = frame(paths, kind)
        assert {name: str(dtype) for name, dtype in found.dtypes.items()} == dtypes(kind)
        assert len(found) == 2 * len(paths)


def test_a_file_without_lines_beside_others_changes_nothing(tmp_path: Path) -> None:
    write_records(tmp_path / "empty.jsonl", [])
    write_records(tmp_path / "votes.jsonl", [example(Vote, True)])
    found = load([tmp_path / "empty.jsonl", tmp_path / "votes.jsonl"], Vote, tmp_path / "cache")
    assert (len(found), found.features) == (1, features(Vote))


def test_counts_under_names_that_differ_stay_what_they_are(tmp_path: Path) -> None:
    first, second = example(Summary, True), example(Summary, True)
    changed = second.model_copy(update={"outcomes": {"kept:hard": 2}})
    write_records(tmp_path / "a.jsonl", [first, changed])
    found = load([tmp_path / "a.jsonl"], Summary, tmp_path / "cache")
    assert [line["outcomes"] for line in found] == [{"a": 3, "b": 3}, {"kept:hard": 2}]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("results/demo/iter_2/votes.jsonl", Vote),
        ("results/demo/eval_0/ballots/shard_3.jsonl", Ballot),
        ("results/demo/heldout_pairs.jsonl", Pair),
        ("results/demo/dataset/checked/shard_0.jsonl", dataset_records.Validation),
    ],
)
def test_a_file_says_by_its_name_what_it_holds(path: str, kind: type[Record]) -> None:
    assert kind_of(Path(path)) is kind


def test_a_file_that_is_none_of_an_experiment_is_refused() -> None:
    with pytest.raises(InputError, match=r"other\.jsonl"):
        kind_of(Path("other.jsonl"))
    with pytest.raises(InputError, match="no files"):
        frame([])


def test_every_record_that_is_written_has_a_file_and_the_rest_stands_inside_others() -> None:
    inside = {Completion, dataset_records.ReadRow}
    assert set(KINDS) == {*FILES.values(), *DATASET_FILES.values(), *inside}
