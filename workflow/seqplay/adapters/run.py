"""One training, from examples to a finished adapter folder, resumable at every checkpoint.

Work happens in a hidden folder beside the output, which is renamed into place when everything in it has been checked.
A job that is started again with the same inputs goes on from the newest whole checkpoint; with others it starts anew.
"""

from __future__ import annotations

import logging
import shutil
import time
from functools import partial
from itertools import accumulate
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase

from seqplay.adapters.adapter_folder import keep_epoch, write_adapter
from seqplay.adapters.attention import AttentionPath
from seqplay.adapters.balance import MOST_COPIES, account, epoch_examples, too_few
from seqplay.adapters.carry_over import carry_over, place
from seqplay.adapters.checkpoints import Checkpoint, latest_checkpoint, save_checkpoint
from seqplay.adapters.data import TrainingData, prepare
from seqplay.adapters.devices import Devices
from seqplay.adapters.fused_lora import LoraPath
from seqplay.adapters.loop import TrainingPlan, configure, deterministic, lora_path, mean_loss, measure_policy, run_step
from seqplay.adapters.master_weights import MasterWeights
from seqplay.adapters.memory import free_bytes, plan_memory
from seqplay.adapters.model import idle_targets, load_base, load_tokenizer, read_weights, trainee
from seqplay.adapters.packing import plan_epochs, prefix_groups
from seqplay.adapters.policy import Policy
from seqplay.adapters.rollouts import prepare_rollouts, too_few_groups
from seqplay.adapters.training_job import TrainingJob, TrainingResult, fingerprint, starts_from_previous
from seqplay.errors import ToolError
from seqplay.files import write_text
from seqplay.runtime.progress import StageProgress


def _open_staging(job: TrainingJob, mark: str) -> None:
    """Make the staging this job's own: one left by other inputs is emptied."""
    path = job.staging / "fingerprint"
    if not path.exists() or path.read_text(encoding="utf-8") != mark:
        shutil.rmtree(job.staging, ignore_errors=True)
        write_text(path, mark)


def _training_plan(job: TrainingJob, data: TrainingData, path: AttentionPath) -> TrainingPlan:
    """Return the plan of all steps, which the number of devices does not change."""
    train = job.train
    lengths = [len(tokens.input_ids) for tokens in data.train]
    packed = path is not AttentionPath.NONE
    groups = prefix_groups(data.train) if path is AttentionPath.SDPA else None
    # Of a question one right answer is as good as another; of a group with rewards every answer counts.
    take = None if job.rewarded else partial(epoch_examples, data.questions, job.balance, job.seed)
    plan = plan_epochs(
        lengths, train.batch_tokens, packed, job.seed, train.epochs, train.accumulation, train.max_steps, groups, take
    )
    ends = accumulate(len(steps) for steps in plan)
    compiled = packed and train.compile and torch.cuda.is_available()
    return TrainingPlan(
        tokens=data.train,
        steps=[step for steps in plan for step in steps],
        longest=max(lengths),
        pad_to=max(train.batch_tokens, max(lengths)) if compiled else 0,
        train=train,
        seed=job.seed,
        epoch_ends={end: number for number, end in enumerate(ends, 1)},
        policy=Policy(train.grpo) if job.rewarded else None,
    )


class _Run:
    """The steps of one job, from its newest checkpoint to the end."""

    def __init__(self, job: TrainingJob, data: TrainingData, devices: Devices, notes: list[str]) -> None:
        self.job, self.data, self.devices = job, data, devices
        base = load_base(job.base, job.base_model, devices, job.train.base)
        # With dropout the ratio of an unchanged policy would not be 1.
        lora = job.lora.model_copy(update={"dropout": 0.0}) if job.rewarded else job.lora
        self.player = trainee(base, lora, job.train, job.seed)
        idle = idle_targets(self.player.model, lora)
        if idle:
            notes.append(f"lora.targets: this model has no linear layer {', '.join(idle)}; nothing is learnt there")
            logging.warning("training: %s", notes[-1])
        self.masters = MasterWeights(self.player.parameters)
        if starts_from_previous(job) and job.previous is not None:
            self.masters.load(read_weights(job.previous, self.masters.names, job.lora))
        self.plan_ = _training_plan(job, data, self.player.path)
        path = lora_path(self.player, job.train)
        if job.train.own_kernels and path is LoraPath.LEAN:
            notes.append("train.own_kernels: not used; it takes train.compile, train.base: whole, a GPU and Triton")
            logging.warning("training: %s", notes[-1])
        self.plan = plan_memory(
            self.player.model.config.get_text_config(),
            self.masters.flat.numel(),
            max(
                self.plan_.pad_to,
                min(job.train.batch_tokens, MOST_COPIES * sum(len(t.input_ids) for t in data.train)),
                self.plan_.longest,
            ),
            self.player.dtype,
            0.0 if path is LoraPath.FUSED else lora.dropout,  # fused layers keep no dropped copies
            devices.device.type == "cuda" and (job.train.fused or job.train.compile),
            job.train.checkpointing,
            free_bytes(devices.device),
        )
        configure(self.player, job.train, self.plan.checkpointing, path)
        self.player.model.train()
        measure_policy(self.player, self.plan_, devices)
        self.checkpoints = job.staging / "checkpoints"
        self.curve: list[dict[str, Any]] = []
        self.before: float | None = None
        self.start = self._resume(notes)

    def _resume(self, notes: list[str]) -> int:
        """Go back to the newest whole checkpoint; return the steps done."""
        found = latest_checkpoint(self.checkpoints, notes) if self.devices.rank == 0 else None
        if self.devices.count > 1:
            shared = [found]
            torch.distributed.broadcast_object_list(shared)
            found = shared[0]
        if found is None:
            self.before = mean_loss(self.player, self.data.heldout, self.job.train, self.devices)
            return 0
        self.masters.restore(found.tensors)
        self.curve, self.before = found.curve, found.before
        return found.step

    def train(self) -> None:
        """Take the remaining steps, with a checkpoint every ``save_steps``."""
        total = len(self.plan_.steps)
        with StageProgress(f"train {self.job.agent}", total, done=self.start) as progress:
            for step in range(self.start, total):
                self.curve.append(run_step(self.player, self.masters, self.plan_, step, self.devices))
                progress.advance()
                epoch = self.plan_.epoch_ends.get(step + 1)
                if self.job.train.keep_epochs and epoch is not None and self.devices.rank == 0:
                    keep_epoch(self.job, self.player, self.masters, epoch)
                if (step + 1) % self.job.train.save_steps == 0 and step + 1 < total and self.devices.rank == 0:
                    checkpoint = Checkpoint(step + 1, self.masters.state(), self.curve, self.before)
                    save_checkpoint(self.checkpoints, checkpoint)


def _peak(device: torch.device) -> int:
    return int(torch.cuda.max_memory_allocated(device)) if device.type == "cuda" else 0


def _prepared(job: TrainingJob, tokenizer: PreTrainedTokenizerBase) -> tuple[TrainingData, str | None]:
    """Return what is trained on; and why there is too little of it, where there is."""
    train, limit = job.train, min(job.train.max_length, job.base_model.max_length)
    if job.rewarded:
        data = prepare_rollouts(tokenizer, job, limit)
        why = too_few_groups(job.examples, job.balance, train.min_examples)
    else:
        data = prepare(tokenizer, job.examples, limit, train.overlong, train.heldout_share, job.base_model, job.turns)
        why = too_few(data.questions, job.balance, train.min_examples)
        data.report["classes"] = account(data.questions, job.balance, job.seed)
    if why is None and not data.train:
        why = "every answer that would teach something is longer than train.max_length"
    return data, why


def run_job(job: TrainingJob, processes: int = 1) -> TrainingResult | None:
    """Do a job in this process, or this process's part of it; none in all processes but the first.

    Raises ``ToolError`` where training diverges, the check fails or the disk is full, ``ConfigError`` and
    ``InputError`` for a wrong configuration, base or previous adapter.
    """
    devices = Devices()
    if devices.count != processes:
        raise ToolError(
            f"training: asked for {processes} processes but {devices.count} found each other; "
            "train_adapter(processes=...) starts them, and resources.train.gpus must not exceed this machine's"
        )
    started = time.perf_counter()
    tokenizer = load_tokenizer(job.base, job.base_model)
    data, why = _prepared(job, tokenizer)
    logging.info("examples prepared in %.1f s", time.perf_counter() - started)
    if why is not None:
        return carry_over(job, data.report, why) if devices.rank == 0 else None
    if devices.rank == 0:
        _open_staging(job, fingerprint(job, devices.count))
    devices.wait()
    notes: list[str] = []
    with deterministic():
        loading = time.perf_counter()
        run = _Run(job, data, devices, notes)
        begun = time.perf_counter()
        logging.info("base, adapter and plan ready in %.1f s", begun - loading)
        run.train()
        seconds = time.perf_counter() - begun
        after = mean_loss(run.player, data.heldout, job.train, devices)
        measured = write_adapter(job, run.player, run.masters, data, run.curve, (run.before, after), devices)
    if devices.rank != 0:
        return None
    place(job.staging / "adapter", job.output)
    shutil.rmtree(job.staging)
    done = sum(int(line["tokens"]) for line in run.curve[run.start :])
    return TrainingResult(
        status="trained",
        agent=job.agent,
        iteration=job.iteration,
        examples=len(data.train),
        held_out=len(data.heldout),
        refused_overlong=data.report["refused_overlong"],
        refused_unreadable=data.report["refused_unreadable"],
        cut_overlong=data.report["cut_overlong"],
        steps=len(run.curve),
        resumed_from=run.start,
        tokens=sum(int(line["tokens"]) for line in run.curve),
        loss_first=run.curve[0]["loss"],
        loss_last=run.curve[-1]["loss"],
        heldout_loss_before=run.before,
        heldout_loss=after,
        metrics=measured,
        attention=run.player.path,
        checkpointing=run.plan.checkpointing,
        seconds=seconds,
        tokens_per_second=done / seconds if seconds > 0 else 0.0,
        peak_memory_bytes=_peak(devices.device),
        notes=notes,
    )
