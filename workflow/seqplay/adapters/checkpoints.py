"""Checkpoints of a training: each appears whole, carries its own hash, and is skipped when it does not match.

A checkpoint is a folder ``step-000050`` with ``state.safetensors`` (weights and moments) and ``state.json`` (the step,
the loss curve so far, and the SHA-256 of both).
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from seqplay.errors import ToolError
from seqplay.files import canonical_json, write_text

KEPT = 2
"""Checkpoints kept: the newest, and one to fall back on."""


class Checkpoint(NamedTuple):
    """The state after ``step`` steps."""

    step: int
    tensors: dict[str, Tensor]
    curve: list[dict[str, Any]]
    before: float | None
    """Held-out loss before the first step."""


def _digest(tensors: Path, body: Mapping[str, Any]) -> str:
    """Return the hash of a checkpoint's tensors and body."""
    digest = hashlib.sha256(canonical_json(body).encode())
    with tensors.open("rb") as handle:
        digest.update(hashlib.file_digest(handle, "sha256").digest())
    return digest.hexdigest()


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint by rename, and remove all but the newest two.

    Raises ``ToolError`` where the disk is full; earlier checkpoints stay.
    """
    place = folder / f"step-{checkpoint.step:06}"
    draft = folder / f".{place.name}"
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(parents=True)
        save_file(checkpoint.tensors, draft / "state.safetensors")
        body = {"step": checkpoint.step, "curve": checkpoint.curve, "before": checkpoint.before}
        sealed = {"body": body, "sha256": _digest(draft / "state.safetensors", body)}
        write_text(draft / "state.json", canonical_json(sealed) + "\n")
        shutil.rmtree(place, ignore_errors=True)
        draft.rename(place)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise ToolError(f"{place}: cannot be written ({error}); free some space and run again") from error
    for old in sorted(folder.glob("step-*"))[:-KEPT]:
        shutil.rmtree(old)


def _read(place: Path) -> Checkpoint:
    """Return a checkpoint; raises ``ValueError`` or ``OSError`` where it is not whole."""
    sealed = json.loads((place / "state.json").read_text(encoding="utf-8"))
    body = sealed["body"]
    if _digest(place / "state.safetensors", body) != sealed["sha256"]:
        raise ValueError("its hash does not match")
    return Checkpoint(body["step"], load_file(place / "state.safetensors"), body["curve"], body["before"])


def latest_checkpoint(folder: Path, notes: list[str]) -> Checkpoint | None:
    """Return the newest whole checkpoint, or none; each damaged one is noted, removed and passed over."""
    for place in sorted(folder.glob("step-*"), reverse=True):
        try:
            return _read(place)
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            notes.append(f"checkpoint {place.name} is damaged ({error}) and was skipped")
            shutil.rmtree(place, ignore_errors=True)
    return None
