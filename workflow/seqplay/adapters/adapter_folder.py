"""The adapter folder: written in the staging, checked there, and renamed into place."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from seqplay.adapters.card import versions, write_account
from seqplay.adapters.carry_over import base_account, draft_folder, in_account
from seqplay.adapters.check import check_adapter
from seqplay.adapters.data import TrainingData
from seqplay.adapters.devices import Devices
from seqplay.adapters.master_weights import MasterWeights
from seqplay.adapters.model import Trainee, adapter_settings, save_weights
from seqplay.adapters.training_job import CURVE, REPORT, SETTINGS, TrainingJob
from seqplay.files import canonical_json, content_id, dump_line, write_text

EPOCHS = "epochs"
"""Where the adapters of the epochs wait in the staging (``train.keep_epochs``)."""


def keep_epoch(job: TrainingJob, player: Trainee, masters: MasterWeights, epoch: int) -> None:
    """Keep the adapter as it is after an epoch (from 1): a folder in the staging that appears whole."""
    kept = job.staging / EPOCHS / f"epoch_{epoch}"
    draft = kept.with_name(f".{kept.name}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    _write_weights(job, player, masters, draft)
    shutil.rmtree(kept, ignore_errors=True)  # of a run that was killed before its next checkpoint
    draft.rename(kept)


def _write_weights(job: TrainingJob, player: Trainee, masters: MasterWeights, folder: Path) -> None:
    """Write what an engine loads."""
    save_weights(masters.weights(), folder)
    write_text(folder / SETTINGS, adapter_settings(player.model, job.base_model.name, job.base_model.revision))


def write_adapter(
    job: TrainingJob,
    player: Trainee,
    masters: MasterWeights,
    data: TrainingData,
    curve: list[dict[str, Any]],
    losses: tuple[float | None, float | None],
    devices: Devices,
) -> dict[str, float]:
    """Write, check and describe the adapter in the staging's draft; return what the check measured.

    The first process writes; all check, since they may hold the base together.
    """
    draft = job.staging / "adapter"
    if devices.rank == 0:
        _draft_adapter(job, player, masters, data, curve)
    devices.wait()
    measured = check_adapter(player, masters, draft, job.lora, data.heldout or data.train, losses[1])
    devices.wait()
    if devices.rank == 0:
        _describe(job, player, data, curve, losses, measured)
    return measured


def _draft_adapter(
    job: TrainingJob, player: Trainee, masters: MasterWeights, data: TrainingData, curve: list[dict[str, Any]]
) -> None:
    """Write all but the account."""
    draft = draft_folder(job)
    _write_weights(job, player, masters, draft)
    write_text(draft / CURVE, "".join(canonical_json(line) + "\n" for line in curve))
    for epoch in sorted((job.staging / EPOCHS).glob("epoch_*")):
        shutil.copytree(epoch, draft / epoch.name)
    write_text(draft / REPORT, canonical_json(data.report) + "\n")


def _describe(
    job: TrainingJob,
    player: Trainee,
    data: TrainingData,
    curve: list[dict[str, Any]],
    losses: tuple[float | None, float | None],
    measured: dict[str, float],
) -> None:
    """Write the adapter's account and card."""
    before, after = losses
    metrics = {
        "steps": len(curve),
        "tokens": sum(line["tokens"] for line in curve),
        "loss_first": curve[0]["loss"],
        "loss_last": curve[-1]["loss"],
        "heldout_loss_before": before,
        "heldout_loss": after,
        **measured,
    }
    sources = content_id(*(dump_line(example) for example in job.examples))
    account = {
        "status": "trained",
        "agent": job.agent,
        "iteration": job.iteration,
        "base": base_account(job),
        "data": {"sha256_16": sources} | in_account(data.report),
        "metrics": metrics,
        "lora": job.lora.model_dump(mode="json"),
        "train": job.train.model_dump(mode="json") | {"seed": job.seed, "attention": player.path},
        "versions": versions(),
    }
    write_account(job.staging / "adapter", account)
