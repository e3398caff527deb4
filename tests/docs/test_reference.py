"""The reference pages cover everything: no key, command, option, record or field is left out."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest
from pydantic import BaseModel

from seqplay import records
from seqplay.config import Config, Section
from seqplay.dataset import records as dataset_records
from seqplay.records import Record
from seqplay.reference import PAGES, kinds, walk
from seqplay.tables import DATASET_FILES, FILES


def keys(section: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in section.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from keys(field.annotation, f"{key}.")
        else:
            yield key


def test_every_configuration_key_is_in_the_reference() -> None:
    page = PAGES["configuration"]()
    assert not [key for key in keys(Config) if f"| `{key}` |" not in page]


def test_every_command_with_all_its_options_is_in_the_reference() -> None:
    sections = dict(part.split("\n", 1) for part in PAGES["command-line"]().split("\n## ")[1:])
    for path, command in walk():
        text = sections[f"seqplay {path}"]
        options = [option for one in command.params if one.name != "help" for option in one.opts if option[0] == "-"]
        assert not [option for option in options if f"`{option}" not in text]
        assert command.help
        assert command.help.split()[0] in text


@pytest.mark.parametrize(
    ("page", "module", "files"),
    [("records", records, FILES), ("dataset-records", dataset_records, DATASET_FILES)],
    ids=["game", "dataset"],
)
def test_every_record_with_all_its_fields_is_in_the_reference(
    page: str, module: ModuleType, files: dict[str, type[Record]]
) -> None:
    sections = dict(part.split("\n", 1) for part in PAGES[page]().split("\n## ")[1:])
    assert {kind.__name__ for kind in files.values()} <= sections.keys()
    for kind in kinds(module):
        assert not [name for name in kind.model_fields if f"| `{name}` |" not in sections[kind.__name__]]


@pytest.mark.parametrize("page", PAGES)
def test_tables_have_as_many_cells_in_each_row(page: str) -> None:
    rows: list[int] = []
    for line in [*PAGES[page]().splitlines(), ""]:
        if line.startswith("|"):
            rows.append(line.replace("\\|", "").count("|"))
        else:
            assert len(set(rows)) <= 1, line
            rows = []
