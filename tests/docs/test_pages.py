"""The pages keep their word: their Python runs, their configurations are valid, their commands exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from seqplay.config import parse_experiments
from seqplay.files import write_records
from seqplay.records import Summary
from seqplay.reference import walk
from seqplay.tables import FILES
from tests.tables.test_tables import example

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "config/README.md"]
)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(path: Path, language: str) -> list[str]:
    return [text for found, text in BLOCK.findall(path.read_text(encoding="utf-8")) if found == language]


def ids(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with an experiment, as a reader of the pages has one."""
    monkeypatch.chdir(tmp_path)
    for pattern, kind in FILES.items():
        name = pattern.replace("*/", "iter_1/", 1).replace("*", "attempt_0")
        records: list[Any] = [example(kind, True), example(kind, False)]
        if kind is Summary:
            records = [records[0].model_copy(update={"sampled": 3, "outcomes": {"kept:hard": 3}})]
        write_records(tmp_path / "results/demo" / name, records)
    return tmp_path


@pytest.mark.ghc
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=ids)
def test_python_on_a_page_runs(page: Path, results: Path) -> None:
    for number, code in enumerate(blocks(page, "python")):
        exec(compile(code, f"{page.name}, block {number}", "exec", dont_inherit=True), {"__name__": "page"})


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "yaml")], ids=ids)
def test_configuration_on_a_page_is_valid(page: Path) -> None:
    for text in blocks(page, "yaml"):
        assert parse_experiments(yaml.safe_load(text))


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_commands_on_a_page_exist_with_their_options(page: Path) -> None:
    known = {tuple(path.split()): command for path, command in walk()}
    groups = {path[:1] for path in known if len(path) == 2}
    code = [*re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8"))]
    code += [line for language in ("", "sh", "bash") for text in blocks(page, language) for line in text.splitlines()]
    for line in code:
        called = re.match(r"(?:\$ )?(?:\.venv/bin/)?seqplay ([a-z][\w -]*)(.*)", line.partition("#")[0].strip())
        if not called:
            continue
        words = re.findall(r"[^\s|]+", line.partition("#")[0].split("seqplay ", 1)[1].split(" | ")[0])
        path = tuple(words[:2]) if tuple(words[:1]) in groups else tuple(words[:1])
        assert path in known, line
        options = {option for one in known[path].params for option in [*one.opts, *one.secondary_opts]}
        before = words[: words.index("--")] if "--" in words else words
        assert not [word for word in before if word.startswith("--") and word not in options], line


@pytest.mark.parametrize("page", [page for page in PAGES if ROOT / "docs" not in page.parents], ids=ids)
def test_links_on_pages_outside_of_docs_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target.partition("#")[0]).exists(), target
