"""Adapters: LoRA training of Alice and Bob.

Right: the prompt of inference token for token, loss on the completion and its end of turn, no attention between packed
examples, fp32 master weights. Interruptible: a killed training goes on from its last checkpoint to the same bytes.
Not here: choosing the pairs (``game.curriculum``), sampling with an adapter (``engines``).
"""

from __future__ import annotations

import subprocess
import sys

from seqplay.adapters.carry_over import carry_over
from seqplay.adapters.resident import train_in_daemon
from seqplay.adapters.selection import select_examples
from seqplay.adapters.training_job import TrainingJob, TrainingResult, has_adapter
from seqplay.errors import ToolError
from seqplay.files import write_text

__all__ = ["NOTHING_NEW", "TrainingJob", "TrainingResult", "has_adapter", "select_examples", "train_adapter"]

NOTHING_NEW = "there is nothing new to learn from"


def train_adapter(
    job: TrainingJob, *, processes: int = 1, why_none: str = NOTHING_NEW, resident: bool = False
) -> TrainingResult:
    """Train one player's adapter into the folder ``job.output``, which appears whole.

    Without any examples the ``previous`` adapter is carried over, or without one a marker folder is left
    (``has_adapter`` is false for it), whose account says ``why_none``. ``processes``: devices, one process each, by
    ``accelerate launch``, which share out the ``train.accumulation`` micro-batches of a step. ``resident``: one process
    is a fork of the run's training daemon. Raises ``SeqplayError`` with one line on what was wrong.
    """
    if not job.examples:
        return carry_over(job, {"examples": 0}, why_none)
    if processes == 1 and resident:
        done = train_in_daemon(job)
        if done is not None:
            return done
    if processes == 1:
        # Torch and transformers take seconds to import, which a game without a model need not wait for.
        from seqplay.adapters.run import run_job

        result = run_job(job)
        assert result is not None, "a lone process is the first one"
        return result
    return _launch(job, processes)


def _launch(job: TrainingJob, processes: int) -> TrainingResult:
    """Run the job on several devices of this machine and return the first process's result."""
    order = job.output.with_name(f".{job.output.name}.job.json")
    answer = job.output.with_name(f".{job.output.name}.result.json")
    write_text(order, job.model_dump_json())
    answer.unlink(missing_ok=True)
    command = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_machines", "1"]
    command += ["--num_processes", str(processes), "--main_process_port", "0"]
    command += ["--mixed_precision", "no", "--dynamo_backend", "no"]
    command += ["-m", "seqplay.adapters", str(order), str(answer), str(processes)]
    try:
        code = subprocess.run(command, check=False).returncode
        if code != 0 or not answer.exists():
            raise ToolError(
                f"{job.output}: training on {processes} devices ended with exit code {code} (its messages are above); "
                "run again to go on from the last checkpoint"
            )
        return TrainingResult.model_validate_json(answer.read_text(encoding="utf-8"))
    finally:
        order.unlink(missing_ok=True)
        answer.unlink(missing_ok=True)
