"""The adapter folder: written in the workshop, checked there, and renamed into place."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Literal

from seqplay.adapters.card import CARD, versions, write_account
from seqplay.adapters.check import check_adapter
from seqplay.adapters.data import TrainingData
from seqplay.adapters.job import Job, TrainingResult, has_adapter
from seqplay.adapters.masters import MasterWeights
from seqplay.adapters.model import SETTINGS, Trainee, adapter_settings, base_fingerprint, save_weights
from seqplay.files import canonical_json, content_id, dump_line, write_text
from seqplay.records import ADAPTER_ACCOUNT as ACCOUNT

REPORT = "data_report.json"
CURVE = "loss_curve.jsonl"


def base_account(job: Job) -> dict[str, Any]:
    """Return what the account says of the base."""
    model = job.base_model
    print_ = base_fingerprint(job.base, model)
    return {"name": model.name, "revision": model.revision or "", "fingerprint": print_}


def place(draft: Path, output: Path) -> None:
    """Let a finished folder appear under its name."""
    shutil.rmtree(output, ignore_errors=True)
    draft.rename(output)


def draft_folder(job: Job) -> Path:
    """Return a new, empty folder in the workshop for what becomes the output."""
    draft = job.workshop / "adapter"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    return draft


def carry_over(job: Job, report: dict[str, Any]) -> TrainingResult:
    """Make the output without training: the previous adapter's weights, or a marker where there is none."""
    draft = draft_folder(job)
    status: Literal["carried_over", "none"] = "carried_over" if has_adapter(job.previous) else "none"
    if status == "carried_over" and job.previous is not None:
        for path in sorted(job.previous.iterdir()):
            if path.name not in {ACCOUNT, CARD, REPORT, CURVE}:
                shutil.copyfile(path, draft / path.name)
    account = {"status": status, "agent": job.agent, "iteration": job.iteration, "base": base_account(job)}
    write_account(draft, account | {"data": report})
    place(draft, job.output)
    shutil.rmtree(job.workshop)
    return TrainingResult(
        status=status,
        agent=job.agent,
        iteration=job.iteration,
        refused_overlong=int(report.get("refused_overlong", 0)),
    )


def write_adapter(
    job: Job,
    player: Trainee,
    masters: MasterWeights,
    data: TrainingData,
    curve: list[dict[str, Any]],
    losses: tuple[float | None, float | None],
) -> dict[str, float]:
    """Write, check and describe the adapter in the workshop's draft; return what the check measured."""
    draft = draft_folder(job)
    save_weights(masters.weights(), draft)
    write_text(draft / SETTINGS, adapter_settings(player.model, job.base_model.name, job.base_model.revision))
    write_text(draft / CURVE, "".join(canonical_json(line) + "\n" for line in curve))
    write_text(draft / REPORT, canonical_json(data.report) + "\n")
    measured = check_adapter(player, masters, draft, job.lora, data.heldout or data.train, losses[1])
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
        "data": {"sha256_16": sources} | data.report,
        "metrics": metrics,
        "lora": job.lora.model_dump(mode="json"),
        "train": job.train.model_dump(mode="json") | {"seed": job.seed, "attention": player.path},
        "versions": versions(),
    }
    write_account(draft, account)
    return measured
