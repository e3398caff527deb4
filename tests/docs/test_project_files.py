"""The files that other people's tools read: citation, workflow catalog, issue templates."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]


def read(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")))


def test_what_is_cited_is_the_version_that_is_built() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = read("CITATION.cff")
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])
    assert citation.keys() >= {"cff-version", "message", "title", "authors"}


def test_the_catalog_is_told_how_software_is_deployed_and_that_a_report_can_be_made() -> None:
    usage = read(".snakemake-workflow-catalog.yml")["usage"]
    assert usage["software-stack-deployment"]["conda"] is True
    assert all((ROOT / "envs" / f"{role}.yaml").is_file() for role in ("haskell", "vllm", "train"))
    assert usage["report"] is True
    assert "report(" in (ROOT / "rules/report.smk").read_text()
    assert (ROOT / "config/README.md").is_file()


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("[!c]*.yml")), ids=lambda path: path.stem
)
def test_an_issue_template_is_a_form(path: Path) -> None:
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert form.keys() >= {"name", "description", "body"}
    asked = [field for field in form["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in asked}) == len(asked)
    assert all(field["attributes"]["label"] for field in asked)


def test_environments_name_the_versions_that_are_tested_and_nothing_of_the_project() -> None:
    """Snakemake copies them away: a path in them would lead nowhere."""
    required = {line.strip().lower() for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line}
    for role in ("haskell", "train", "vllm"):
        found = yaml.safe_load((ROOT / "envs" / f"{role}.yaml").read_text())
        named = next(entry["pip"] for entry in found["dependencies"] if isinstance(entry, dict))
        assert not [name for name in named if name.startswith("-")]
        own = ("liger-kernel==", "vllm==")
        assert [
            name for name in named if "==" in name and not name.startswith(own) and name.lower() not in required
        ] == []


def test_both_containers_have_the_same_content() -> None:
    """Neither can be built here: what one installs, the other does too."""
    texts = [(ROOT / "envs" / name).read_text() for name in ("Dockerfile", "seqplay.def")]
    for pattern in (r"--no-install-recommends ([\w -]+)", r"debian:\w+", r"pip install [^\n]+", r"PATH=[^\n]+"):
        first, second = (re.findall(pattern, text) for text in texts)
        assert [part.strip() for part in first] == [part.strip() for part in second] != []
