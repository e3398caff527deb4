"""Local jobs share the GPUs that are here: never two engines on one."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from seqplay.config import parse_config
from seqplay.errors import ConfigError
from seqplay.runtime import gpus
from seqplay.runtime.gpus import GpuClaim, local_gpus
from tests.workflow.experiment import ROOT, Experiment


@pytest.mark.parametrize("count", [1, 2, 4, 8])
def test_the_devices_are_counted(count: int, tmp_path: Path) -> None:
    for name in ("nvidiactl", "nvidia-uvm", *(f"nvidia{number}" for number in range(count))):
        (tmp_path / name).touch()
    assert local_gpus(1, {}, tmp_path) == count


def test_those_that_the_user_chose_count_alone(tmp_path: Path) -> None:
    (tmp_path / "nvidia0").touch()
    assert local_gpus(1, {"CUDA_VISIBLE_DEVICES": "2,3,5"}, tmp_path) == 3


def test_where_none_is_found_jobs_that_ask_for_one_run_one_by_one(tmp_path: Path) -> None:
    assert local_gpus(1, {}, tmp_path) == 1
    assert local_gpus(1, {"CUDA_VISIBLE_DEVICES": ""}, tmp_path) == 1


def machine(folder: Path, count: int) -> Path:
    devices = folder / "dev"
    devices.mkdir()
    for number in range(count):
        (devices / f"nvidia{number}").touch()
    return devices


@pytest.mark.parametrize("count", [1, 2, 4, 8])
def test_no_gpu_is_ever_two_jobs_and_all_of_them_work(count: int, tmp_path: Path) -> None:
    devices, locks, guard = machine(tmp_path, count), tmp_path / "locks", threading.Lock()
    busy: set[str] = set()
    used: set[str] = set()
    together = 0

    def job() -> None:
        nonlocal together
        environment: dict[str, str] = {}
        with GpuClaim(1, environment=environment, devices=devices, locks=locks):
            mine = environment["CUDA_VISIBLE_DEVICES"]
            with guard:
                assert mine not in busy
                busy.add(mine)
                used.add(mine)
                together = max(together, len(busy))
            barrier.wait(timeout=20)
            with guard:
                busy.remove(mine)

    barrier = threading.Barrier(count)
    threads = [threading.Thread(target=job) for _ in range(2 * count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert used == {str(number) for number in range(count)}
    assert together == count
    assert not busy


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "PATIENCE", 0.01)


@pytest.mark.usefixtures("hasty")
def test_a_job_for_several_gpus_takes_all_or_none(tmp_path: Path) -> None:
    devices, locks = machine(tmp_path, 4), tmp_path / "locks"
    first: dict[str, str] = {}
    with GpuClaim(3, environment=first, devices=devices, locks=locks):
        assert first["CUDA_VISIBLE_DEVICES"] == "0,1,2"
        waiting = GpuClaim(2, environment={}, devices=devices, locks=locks)
        assert waiting._take() == []
        alone: dict[str, str] = {}
        with GpuClaim(1, environment=alone, devices=devices, locks=locks):  # the one that the waiting job gave back
            assert alone["CUDA_VISIBLE_DEVICES"] == "3"


@pytest.mark.usefixtures("hasty")
def test_jobs_that_may_share_a_gpu_do_and_an_idle_one_comes_first(tmp_path: Path) -> None:
    devices, locks = machine(tmp_path, 2), tmp_path / "locks"
    held: list[str] = []
    with ExitStack() as jobs:
        for _ in range(4):
            environment: dict[str, str] = {}
            jobs.enter_context(GpuClaim(1, 2, environment=environment, devices=devices, locks=locks))
            held.append(environment["CUDA_VISIBLE_DEVICES"])
        assert held == ["0", "1", "0", "1"]
        assert GpuClaim(1, 2, environment={}, devices=devices, locks=locks)._take() == []
    both: dict[str, str] = {}
    with GpuClaim(2, 2, environment=both, devices=devices, locks=locks):
        assert both["CUDA_VISIBLE_DEVICES"] == "0,1"
    assert local_gpus(2, {}, devices) == 4


HOLD = """
import sys, time
from pathlib import Path
from seqplay.runtime.gpus import GpuClaim
with GpuClaim(1, environment={}, devices=Path(sys.argv[1]), locks=Path(sys.argv[2])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.usefixtures("hasty")
def test_the_gpu_of_a_killed_job_is_free(tmp_path: Path) -> None:
    devices, locks = machine(tmp_path, 1), tmp_path / "locks"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(devices), str(locks)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    assert GpuClaim(1, environment={}, devices=devices, locks=locks)._take() == []
    holder.kill()
    holder.wait()
    with GpuClaim(1, environment={}, devices=devices, locks=locks):
        pass


def test_what_a_scheduler_gave_is_the_jobs_already(tmp_path: Path) -> None:
    given = {"CUDA_VISIBLE_DEVICES": "0", "SLURM_JOB_ID": "7"}
    with GpuClaim(1, environment=given, devices=tmp_path, locks=tmp_path / "locks"):
        assert given["CUDA_VISIBLE_DEVICES"] == "0"
    assert not (tmp_path / "locks").exists()


def test_jobs_of_one_allocation_share_its_gpus_out(tmp_path: Path) -> None:
    given = {"CUDA_VISIBLE_DEVICES": "2,3", "SLURM_JOB_ID": "7"}
    other = dict(given)
    with (
        GpuClaim(1, environment=given, devices=tmp_path, locks=tmp_path / "locks"),
        GpuClaim(1, environment=other, devices=tmp_path, locks=tmp_path / "locks"),
    ):
        assert (given["CUDA_VISIBLE_DEVICES"], other["CUDA_VISIBLE_DEVICES"]) == ("2", "3")
    assert given["CUDA_VISIBLE_DEVICES"] == "2,3"


def test_more_gpus_than_there_are_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    claim = GpuClaim(2, environment={}, devices=machine(tmp_path, 1), locks=tmp_path / "locks")
    with pytest.raises(ConfigError, match="asks for 2 GPUs, and 1 are here"):
        claim.__enter__()


def test_a_machine_without_gpus_claims_none(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    with GpuClaim(1, environment=environment, devices=tmp_path, locks=tmp_path / "locks"):
        assert environment == {}


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


def test_the_shipped_configuration_leaves_them_to_the_engine() -> None:
    """Snakemake lays an experiment over `config/config.yaml`, which names every key."""
    shipped = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    found = parse_config(shipped | {"engine": shipped["engine"] | {"kind": "vllm"}}).resources
    assert (found.engine.gpus, found.train.gpus, found.haskell.gpus) == (1, 1, 0)
