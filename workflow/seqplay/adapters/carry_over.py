"""An adapter folder without training: the previous adapter's weights, or a marker. No model is loaded for it, and no
torch."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Literal

from seqplay.adapters.base_model import base_fingerprint
from seqplay.adapters.card import CARD, write_account
from seqplay.adapters.training_job import CURVE, REPORT, TrainingJob, TrainingResult, has_adapter
from seqplay.files import canonical_json, write_text
from seqplay.records import ADAPTER_ACCOUNT as ACCOUNT


def base_account(job: TrainingJob) -> dict[str, Any]:
    """Return what the account says of the base."""
    model = job.base_model
    print_ = base_fingerprint(job.base, model)
    return {"name": model.name, "revision": model.revision or "", "fingerprint": print_}


def in_account(report: dict[str, Any]) -> dict[str, Any]:
    """Return what the account says of the data: counts, and no list of examples (``data_report.json`` has it)."""
    return {key: value for key, value in report.items() if key != "unreadable"}


def place(draft: Path, output: Path) -> None:
    """Let a finished folder appear under its name."""
    shutil.rmtree(output, ignore_errors=True)
    draft.rename(output)


def draft_folder(job: TrainingJob) -> Path:
    """Return a new, empty folder in the staging for what becomes the output."""
    draft = job.staging / "adapter"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    return draft


def carry_over(job: TrainingJob, report: dict[str, Any], why: str) -> TrainingResult:
    """Make the output without training: the previous adapter's weights, or a marker where there is none; its account
    says why."""
    draft = draft_folder(job)
    status: Literal["carried_over", "none"] = "carried_over" if has_adapter(job.previous) else "none"
    if status == "carried_over" and job.previous is not None:
        for path in sorted(job.previous.iterdir()):
            if path.is_file() and path.name not in {ACCOUNT, CARD, REPORT, CURVE}:  # no epochs of an earlier training
                shutil.copyfile(path, draft / path.name)
    if "unreadable" in report:
        write_text(draft / REPORT, canonical_json(report) + "\n")
    account = {"status": status, "why": why, "agent": job.agent, "iteration": job.iteration, "base": base_account(job)}
    write_account(draft, account | {"data": in_account(report)})
    place(draft, job.output)
    shutil.rmtree(job.staging)
    return TrainingResult(
        status=status,
        agent=job.agent,
        why=why,
        iteration=job.iteration,
        refused_overlong=int(report.get("refused_overlong", 0)),
        refused_unreadable=int(report.get("refused_unreadable", 0)),
    )
