"""The paper's runs are configured as the authors' code has them, setting by setting."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seqplay.config import Config, parse_experiments, read_yaml
from seqplay.config.sweep import flat

ROOT = Path(__file__).parents[2]
PAPER = ROOT / "config/experiments/paper"
TABLE = json.loads((ROOT / "config/data/paper_settings.json").read_text())
SWEPT = {"learning_rates": "train.learning_rate", "shares": "alice.seq_share", "thresholds": "curriculum.threshold"}


def keys(config: Config) -> dict[str, Any]:
    return flat(config.model_dump(mode="json", by_alias=True))


@pytest.mark.parametrize("row", TABLE["settings"], ids=lambda row: row["key"])
def test_each_setting_is_the_one_of_the_authors_code(row: dict[str, Any]) -> None:
    (main,) = parse_experiments(read_yaml(PAPER / "main.yaml")).values()
    assert keys(main)[row["key"]] == row["value"], row["source"]
    assert row["source"].startswith("src/")


def test_every_key_that_the_main_run_sets_is_in_the_table_or_of_this_machine() -> None:
    own = {
        "experiment", "base", "engine.kind", "model.reasoning_prefix", "programs.source", "programs.max_characters",
        "alice.proposers", "proof.evidence",
    }  # fmt: skip
    told = {row["key"] for row in TABLE["settings"]}
    given = flat(read_yaml(PAPER / "main.yaml"))
    left = {key for key in given if key not in told | own and not key.startswith("alice.predict.")}
    assert {key.rpartition(".")[2] for key in left} == {"few_shot", "max_tokens"}


@pytest.mark.parametrize("path", sorted(PAPER.glob("*.yaml")), ids=lambda path: path.stem)
def test_an_ablation_is_the_main_run_but_for_what_it_varies(path: Path) -> None:
    (main,) = parse_experiments(read_yaml(PAPER / "main.yaml")).values()
    found = parse_experiments(read_yaml(path))
    for config in found.values():
        differing = {key for key, value in keys(config).items() if keys(main)[key] != value}
        assert differing <= {"experiment", SWEPT.get(path.stem, "experiment")}
    if path.stem in SWEPT:
        (row,) = [one for one in TABLE["ablations"] if one["file"] == path.name]
        varied = [keys(config)[row["key"]] for config in found.values()]
        assert (row["key"], varied) == (SWEPT[path.stem], row["values"])
        assert keys(main)[row["key"]] in varied, "the main run is among them"
