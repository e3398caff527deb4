"""Local jobs share the GPUs that are here: never two engines on one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seqplay.config import parse_config
from seqplay.runtime.gpus import local_gpus
from tests.workflow.experiment import Experiment


@pytest.mark.parametrize("count", [1, 2, 4, 8])
def test_the_devices_are_counted(count: int, tmp_path: Path) -> None:
    for name in ("nvidiactl", "nvidia-uvm", *(f"nvidia{number}" for number in range(count))):
        (tmp_path / name).touch()
    assert local_gpus({}, tmp_path) == count


def test_those_that_the_user_chose_count_alone(tmp_path: Path) -> None:
    (tmp_path / "nvidia0").touch()
    assert local_gpus({"CUDA_VISIBLE_DEVICES": "2,3,5"}, tmp_path) == 3


def test_where_none_is_found_jobs_that_ask_for_one_run_one_by_one(tmp_path: Path) -> None:
    assert local_gpus({}, tmp_path) == 1
    assert local_gpus({"CUDA_VISIBLE_DEVICES": ""}, tmp_path) == 1


SEVEN_B = {
    "experiment": "mine",
    "model": {"name": "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "max_length": 32768, "reasoning_prefix": "<think>\n"},
    "engine": {"kind": "vllm"},
    "programs": {"source": "programs.jsonl", "per_iteration": 500, "heldout": 0},
}


@pytest.mark.ghc
@pytest.mark.parametrize(("given", "provided"), [((), 1), (("--resources", "gpu=3"), 3)])
def test_a_local_run_has_as_many_gpu_slots_as_gpus_unless_told(
    given: tuple[str, ...], provided: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    experiment = Experiment(tmp_path / "one", SEVEN_B, [{"code": "f :: Int -> Int\nf x = x"}] * 2)
    told = experiment.play("results/mine/programs/train.jsonl", flags=given)
    assert re.search(rf"Provided resources: gpu=\D*{provided}\b", told)


def test_vllm_and_training_beside_it_ask_for_their_gpus_though_nothing_was_said() -> None:
    found = parse_config(SEVEN_B).resources
    assert (found.engine.gpus, found.train.gpus, found.haskell.gpus) == (1, 1, 0)
    wide = parse_config({"engine": {"kind": "vllm", "vllm": {"tensor_parallel": 4}}}).resources
    assert (wide.engine.gpus, wide.train.gpus) == (4, 1)
    told = parse_config({"engine": {"kind": "vllm"}, "resources": {"train": {"gpus": 2}}}).resources
    assert (told.engine.gpus, told.train.gpus) == (1, 2)
    assert parse_config({}).resources.engine.gpus == 0
