"""Presets stand under what a person sets; keys that make no sense together get a warning."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from seqplay.config import Config, parse_config, warnings
from seqplay.config.generated import default_yaml
from seqplay.config.presets import PRESETS
from seqplay.config.sweep import merged
from seqplay.errors import ConfigError

DEMO: dict[str, Any] = yaml.safe_load(default_yaml())


@pytest.mark.parametrize("under", [{}, DEMO], ids=["by itself", "over the demo's file, as Snakemake merges them"])
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_valid_configuration_without_warnings(name: str, under: dict[str, Any]) -> None:
    config = parse_config(merged(under, {"base": name}))
    assert warnings(config) == []
    assert (config.bob.sampling.max_tokens > 1000) == (name != "cpu_demo")


def test_the_demo_is_the_demo() -> None:
    assert parse_config({"base": "cpu_demo"}) == Config()


def test_what_a_person_sets_stands_over_the_preset() -> None:
    mine = {"base": "gpu_7b", "bob": {"votes": 3}, "train": {"max_steps": 40}}
    config = parse_config(merged(DEMO, mine))
    assert (config.bob.votes, config.train.max_steps) == (3, 40)
    assert (config.bob.sampling.max_tokens, config.train.batch_tokens) == (8192, 8192)
    assert config.resources.engine.gpus == 1


def test_an_unknown_preset_names_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"base: found \"gpu_8b\"; allowed: 'cpu_demo', 'gpu_7b' or 'gpu_32b'"):
        parse_config({"base": "gpu_8b"})


REASONS = {"reasoning_prefix": "<think>\n", "max_length": 16384}


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"model": REASONS}, ["alice.sampling.max_tokens: found 128", "bob.sampling.max_tokens: found 12", "few_shot"]),
        ({"base": "gpu_7b", "model": REASONS}, ["alice.few_shot: found true"]),
        ({"alice": {"sampling": {"max_tokens": 4096}}}, ["model.max_length is 2048: no room for a prompt"]),
        ({"engine": {"kind": "vllm"}}, ["train.max_steps: found 2"]),
        ({"engine": {"kind": "vllm"}, "programs": {"source": "a/b"}}, ["programs.max_characters: found 160"]),
    ],
)
def test_keys_that_make_no_sense_together_are_named(keys: dict[str, Any], told: list[str]) -> None:
    said = "\n".join(warnings(parse_config(keys)))
    assert all(one in said for one in told), said
