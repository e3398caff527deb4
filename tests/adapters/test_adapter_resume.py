"""A killed training goes on from its last whole checkpoint to the same bytes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from seqplay.adapters import TrainingJob, train_adapter
from seqplay.adapters.run import run_job
from seqplay.config import LoraConfig, TrainConfig
from seqplay.files import write_text
from seqplay.records import Role

LONGER = TrainConfig(
    max_steps=40, epochs=40, accumulation=1, batch_tokens=256, max_length=300, heldout_share=0.2, save_steps=3
)


@pytest.fixture
def job(base, base_model, examples, tmp_path):
    def make(name, train=LONGER, seed=5):
        return TrainingJob(
            examples=tuple(examples),
            base=str(base),
            base_model=base_model,
            lora=LoraConfig(),
            train=train,
            previous=None,
            output=tmp_path / name,
            seed=seed,
            agent=Role.BOB,
            iteration=1,
        )

    return make


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def kill_after(job, checkpoints, folder):
    """Start the job in a process of its own and SIGKILL it once so many checkpoints have appeared."""
    order = folder / "order.json"
    write_text(order, job.model_dump_json())
    process = subprocess.Popen(
        [sys.executable, "-m", "seqplay.adapters", str(order), str(folder / "answer.json"), "1"],
        stderr=subprocess.DEVNULL,
    )
    wanted = job.staging / "checkpoints" / f"step-{3 * checkpoints:06}"
    deadline = time.monotonic() + 120
    while not wanted.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "the training ended before it could be killed"


def test_a_process_of_a_training_counts_its_steps_in_the_log_of_its_job(job, tmp_path):
    log, order = tmp_path / "train.log", tmp_path / "order.json"
    write_text(order, job("elsewhere").model_dump_json())
    log.write_text("rule train\n")
    command = [sys.executable, "-m", "seqplay.adapters", str(order), str(tmp_path / "answer.json"), "1"]
    subprocess.run(command, env=os.environ | {"SEQPLAY_LOG": str(log)}, check=True, stderr=subprocess.DEVNULL)
    first, *_, last = log.read_text().splitlines()
    assert first == "rule train"
    assert '"done": 40, "total": 40' in last


def test_a_training_killed_at_a_random_step_ends_with_the_same_bytes(job, tmp_path):
    run_job(job("undisturbed"))
    killed = job("killed")
    kill_after(killed, random.randint(1, 8), tmp_path)
    assert not killed.output.exists()
    result = run_job(killed)
    assert 0 < result.resumed_from < result.steps == 40
    assert contents(killed.output) == contents(tmp_path / "undisturbed")
    assert not killed.staging.exists()


def interrupted(job, monkeypatch, after):
    """Run a job in this process until a step fails."""
    from seqplay.adapters import run

    real, done = run.run_step, []

    def step(*arguments):
        if len(done) == after:
            raise KeyboardInterrupt
        done.append(arguments)
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(run, "run_step", step)
        with pytest.raises(KeyboardInterrupt):
            run_job(job)


@pytest.mark.parametrize("damage", ["flip", "truncate", "state", "missing"])
def test_a_damaged_checkpoint_is_noticed_and_skipped(job, monkeypatch, tmp_path, damage):
    run_job(job("undisturbed"))
    hurt = job("hurt")
    interrupted(hurt, monkeypatch, 10)
    newest = hurt.staging / "checkpoints" / "step-000009"
    tensors, state = newest / "state.safetensors", newest / "state.json"
    data = bytearray(tensors.read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 1
        tensors.write_bytes(data)
    elif damage == "truncate":
        tensors.write_bytes(data[: len(data) // 2])
    elif damage == "state":
        state.write_text(state.read_text().replace('"step":9', '"step":8', 1))
    else:
        tensors.unlink()
    result = run_job(hurt)
    assert result.resumed_from == 6
    assert "step-000009 is damaged" in result.notes[0]
    assert contents(hurt.output) == contents(tmp_path / "undisturbed")


def test_only_two_checkpoints_are_kept(job, monkeypatch):
    kept = job("kept")
    interrupted(kept, monkeypatch, 20)
    names = sorted(path.name for path in (kept.staging / "checkpoints").iterdir())
    assert names == ["step-000015", "step-000018"]


def test_checkpoints_of_another_job_are_not_used(job, monkeypatch, tmp_path):
    interrupted(job("shared"), monkeypatch, 10)
    result = run_job(job("shared", seed=6))
    assert result.resumed_from == 0
    run_job(job("fresh", seed=6))
    assert contents(tmp_path / "shared") == contents(tmp_path / "fresh")


@pytest.mark.slow
@pytest.mark.parametrize("held", ["whole", "sharded"])
def test_the_number_of_processes_does_not_change_what_is_learned(base, base_model, examples, tmp_path, held):
    def train(name, processes):
        # Three micro-batches a step: two processes have one and two of them.
        settings = LONGER.model_copy(update={"max_steps": 6, "accumulation": 3, "batch_tokens": 150, "base": held})
        job = TrainingJob(
            examples=examples, base=str(base), base_model=base_model, lora=LoraConfig(), train=settings,
            previous=None, output=tmp_path / name, seed=5, agent=Role.BOB, iteration=1,
        )  # fmt: skip
        return train_adapter(job, processes=processes)

    one, two = train("one", 1), train("two", 2)
    assert two.steps == one.steps == 6
    curves = [
        [json.loads(line)["loss"] for line in (tmp_path / name / "loss_curve.jsonl").read_text().splitlines()]
        for name in ("one", "two")
    ]
    assert curves[1] == pytest.approx(curves[0], rel=1e-4)
    assert two.heldout_loss == pytest.approx(one.heldout_loss, rel=1e-4)
    assert two.metrics["merge_error"] == pytest.approx(one.metrics["merge_error"], abs=1e-6)


@pytest.mark.slow
def test_a_base_that_is_shared_out_says_the_same_and_each_process_holds_half_of_its_layers(base, tmp_path):
    command = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_machines", "1"]
    command += ["--num_processes", "2", "--main_process_port", "0", "--mixed_precision", "no", "--dynamo_backend", "no"]
    command += [str(Path(__file__).with_name("sharded_base.py")), str(base), str(tmp_path)]
    subprocess.run(command, capture_output=True, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    said = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1)]
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    with torch.no_grad():
        logits = model(input_ids=torch.arange(20, 60).unsqueeze(0)).logits
    for one in said:
        torch.testing.assert_close(torch.tensor(one["logits"]), logits.flatten())
        assert one["tied"]
        for name, parameter in model.named_parameters():
            share = 2 if ".layers." in name else 1
            assert one["held"][name] * share == parameter.numel(), name
