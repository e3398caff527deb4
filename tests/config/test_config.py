"""One source of truth for the configuration, and one line for what is wrong in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from seqplay.config import (
    Config,
    parse_config,
    parse_experiments,
    read_yaml,
    stage_settings,
)
from seqplay.config.generated import default_yaml, json_schema
from seqplay.errors import ConfigError

ROOT = Path(__file__).parents[2]


def test_the_default_file_and_the_schema_are_generated_and_up_to_date() -> None:
    assert (ROOT / "config/config.yaml").read_text() == default_yaml(), "run `make config`"
    assert (ROOT / "config/config.schema.json").read_text() == json_schema(), "run `make config`"


def test_the_default_file_is_the_default() -> None:
    assert parse_config(yaml.safe_load(default_yaml())) == Config()


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({"sed": 1}, r"config key sed: found 1; no such key; allowed here: alice, .*seed"),
        ({"bob": {"vots": 3}}, r"config key bob.vots: found 3; no such key; allowed here: .*votes"),
        ({"seed": "x"}, r'config key seed: found "x"; .*integer'),
        ({"engine": {"kind": "gpt"}}, r"config key engine.kind: found \"gpt\"; allowed: 'transformers', 'vllm'"),
        ({"lora": {"dropout": 3}}, r"config key lora.dropout: found 3; .*less than 1"),
        ({"engine": {"kind": "none"}}, r"alice.proposers: names `model`, but engine.kind is none"),
        ({"engine": {"kind": "replay"}}, r"engine.replay_file: missing"),
        (
            {"curriculum": {"earlier_votes": 2}, "bob": {"task": "find_input"}},
            r"curriculum.earlier_votes: found 2, and bob.task is find_input",
        ),
        ({"curriculum": {"bob_min_solved": 0.6, "bob_max_solved": 0.5}}, r"bob_min_solved: found 0.6, above"),
        (
            {"curriculum": {"bob_min_solved": 0.2}, "train": {"bob_unsolved": "label"}},
            r"curriculum.bob_min_solved: found 0.2.* train.bob_unsolved is label",
        ),
        ({"experiment": "a/b"}, r"config key experiment: found \"a/b\""),
        ({"experiments": []}, r"config key experiments: found \[\]; allowed: a mapping"),
    ],
)
def test_a_wrong_key_gets_one_line_with_key_found_and_allowed(raw: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told) as failure:
        parse_experiments(raw)
    assert "\n" not in str(failure.value)


def test_a_sweep_file_gives_each_experiment_its_overrides() -> None:
    found = parse_experiments({"seed": 3, "experiments": {"a": {"bob": {"votes": 7}}, "b": {"seed": 4}}})
    assert [(name, one.experiment, one.seed, one.bob.votes) for name, one in found.items()] == [
        ("a", "a", 3, 7),
        ("b", "b", 4, 4),
    ]


def test_how_fast_a_stage_runs_is_not_what_its_result_depends_on() -> None:
    fast = parse_config({"haskell": {"workers": 8}, "engine": {"batch_size": 64}})
    assert stage_settings(fast, "haskell", "engine") == stage_settings(Config(), "haskell", "engine")
    other = parse_config({"haskell": {"seconds": 1}})
    assert stage_settings(other, "haskell") != stage_settings(Config(), "haskell")


@pytest.mark.parametrize("path", sorted((ROOT / "config/experiments").glob("*.yaml")), ids=lambda path: path.name)
def test_every_shipped_experiment_is_a_valid_configuration(path: Path) -> None:
    assert parse_experiments(read_yaml(path))
