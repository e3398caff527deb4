"""Trainings in the run's daemon: the same bytes as in a process of their own, whatever is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from seqplay.adapters import TrainingJob, resident, train_adapter
from seqplay.config import EngineConfig, EngineKind, LoraConfig, TrainConfig
from seqplay.errors import InputError
from seqplay.files import write_text
from seqplay.records import Role
from seqplay.runtime import owner
from seqplay.runtime.daemons import addresses
from tests.engines.resident import own_machine

SHORT = TrainConfig(max_steps=3, accumulation=1, batch_tokens=256, max_length=300, heldout_share=0.2)
LONG = TrainConfig(max_steps=2000, epochs=2000, accumulation=1, batch_tokens=256, max_length=300, heldout_share=0.2)
STAGE = """
import sys
from pathlib import Path
from seqplay.adapters import TrainingJob, train_adapter
train_adapter(TrainingJob.model_validate_json(Path(sys.argv[1]).read_text()), resident=True)
"""


@pytest.fixture(scope="module", autouse=True)
def machine(tmp_path_factory):
    """One for all tests: a daemon that a test leaves behind serves the next, which need not import torch again."""
    with pytest.MonkeyPatch.context() as patch, own_machine(tmp_path_factory.mktemp("machine")):
        patch.setenv("OMP_NUM_THREADS", "1")  # as the tests' own process computes
        yield


@pytest.fixture
def job(base, base_model, examples, tmp_path):
    def make(name, train=SHORT, **given):
        options = {"base": str(base), "base_model": base_model, "lora": LoraConfig(), "previous": None, "seed": 5}
        options |= {"agent": Role.BOB, "iteration": 1, "examples": tuple(examples), "output": tmp_path / name}
        return TrainingJob(train=train, **options | given)

    return make


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def forks():
    (daemon,) = addresses()
    return psutil.Process(daemon.pid).children()


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def stage(job, folder):
    """The process of a stage that trains in the daemon."""
    order = folder / "order.json"
    write_text(order, job.model_dump_json())
    return subprocess.Popen([sys.executable, "-c", STAGE, str(order)], stderr=subprocess.PIPE, text=True)


def test_one_daemon_serves_all_trainings_and_changes_no_byte(job, capfd):
    results = [train_adapter(job(name), resident=True) for name in ("first", "second")]
    assert "train bob: 3/3" in capfd.readouterr().err
    assert len(addresses()) == 1
    alone = train_adapter(job("alone"))
    assert len({one.loss_last for one in (*results, alone)}) == 1
    first, second, own = (contents(job(name).output) for name in ("first", "second", "alone"))
    assert first == second == own


def test_what_was_wrong_is_said_as_in_a_process_of_its_own_and_the_daemon_stays(job, tmp_path):
    with pytest.raises(InputError, match="no tokenizer can be loaded from it"):
        train_adapter(job("none", base=str(tmp_path)), resident=True)
    (daemon,) = addresses()
    assert train_adapter(job("first"), resident=True).status == "trained"
    assert addresses() == [daemon]


def test_a_killed_training_is_done_in_the_stages_own_process(job, tmp_path):
    train_adapter(job("first"), resident=True)  # the daemon is there
    killed = job("killed", TrainConfig(**LONG.model_dump() | {"max_steps": 60, "save_steps": 5}))
    running = stage(killed, tmp_path)
    until(lambda: (killed.staging / "checkpoints" / "step-000005").exists())
    for fork in forks():
        fork.kill()
    assert running.wait(120) == 0
    assert "train bob: 60/60" in running.stderr.read()
    whole = killed.model_copy(update={"output": tmp_path / "whole"})
    train_adapter(whole)
    assert contents(killed.output) == contents(whole.output)


@pytest.mark.slow
def test_a_killed_daemon_is_started_again(job):
    train_adapter(job("first"), resident=True)
    (before,) = addresses()
    os.killpg(before.pid, signal.SIGKILL)
    until(lambda: not before.alive())
    train_adapter(job("second"), resident=True)
    (after,) = addresses()
    assert after.pid != before.pid
    assert contents(job("first").output) == contents(job("second").output)


def test_a_training_ends_with_its_stage(job, tmp_path):
    train_adapter(job("first"), resident=True)
    long = job("long", LONG)
    running = stage(long, tmp_path)
    until(long.staging.exists)
    running.kill()
    running.wait()
    until(lambda: not forks())


@pytest.mark.slow
def test_a_training_goes_on_when_the_daemon_ends(job, tmp_path):
    train_adapter(job("first"), resident=True)
    slow = job("slow", TrainConfig(**LONG.model_dump() | {"max_steps": 200}))
    running = stage(slow, tmp_path)
    until(slow.staging.exists)
    (fork,) = forks()
    addresses()[0].end()
    assert addresses() == []
    assert fork.is_running()
    assert running.wait(120) == 0
    assert not addresses(), "it was done in the fork: nothing had to be started"


def test_a_run_trains_in_a_daemon_where_its_engines_stay(monkeypatch):
    monkeypatch.setattr(resident, "visible_gpus", lambda: ["0"])
    assert resident.stays(EngineConfig())
    assert resident.stays(EngineConfig(kind=EngineKind.SERVER))
    assert not resident.stays(EngineConfig(resident="no"))
    monkeypatch.setattr(resident, "visible_gpus", list)
    assert not resident.stays(EngineConfig())
    assert resident.stays(EngineConfig(resident="yes"))
    monkeypatch.setenv(owner.VARIABLE, "")
    assert not resident.stays(EngineConfig(resident="yes"))
