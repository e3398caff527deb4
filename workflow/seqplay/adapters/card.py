"""The adapter folder's own account of itself: `README.md` for people, `training.json` for programs.

No wall times, dates or machine paths: the folder is byte for byte the same for the same inputs.
"""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from seqplay.files import canonical_json, write_text
from seqplay.records import ADAPTER_ACCOUNT as ACCOUNT

CARD = "README.md"
_PACKAGES = ("torch", "transformers", "peft", "accelerate", "liger-kernel")


def versions() -> dict[str, str]:
    """Return the versions that decide an adapter's bytes."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _table(title: str, rows: dict[str, Any]) -> list[str]:
    """Return a two-column table with a heading."""
    lines = [f"| {key} | {_cell(value)} |" for key, value in rows.items()]
    return [f"## {title}", "", "| what | value |", "| --- | --- |", *lines, ""]


def _cell(value: Any) -> str:
    """Return a value as a table's cell."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_cell(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_cell(item) for item in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value).replace("|", "\\|")


_OPENING = {
    "trained": "A LoRA adapter of {agent}, trained in iteration {iteration}.",
    "carried_over": "{agent} was not trained in iteration {iteration} ({why}): the previous adapter's weights.",
    "none": "{agent} was not trained in iteration {iteration} ({why}), and no adapter is there: the base plays.",
}


def write_account(folder: Path, account: dict[str, Any]) -> None:
    """Write ``training.json`` and the model card of an adapter folder.

    ``account``: status, agent, iteration, base, ``why`` without training, and for a trained adapter data, config,
    metrics and versions.
    """
    write_text(folder / ACCOUNT, canonical_json(account) + "\n")
    base = account["base"]
    agent, iteration = str(account["agent"]).capitalize(), account["iteration"]
    lines = [
        "---",
        f"base_model: {base['name']}",
        "library_name: peft",
        "tags: [lora, haskell, self-play, seqplay]",
        "---",
        "",
    ]
    lines += [f"# {agent}, iteration {iteration}", ""]
    lines += [_OPENING[account["status"]].format(agent=agent, iteration=iteration, why=account.get("why")), ""]
    lines += _table("Base", base)
    for title in ("data", "metrics", "lora", "train", "versions"):
        if title in account:
            lines += _table(title.capitalize(), account[title])
    if account["status"] == "trained":
        lines += ["`data_report.json` describes the data, `loss_curve.jsonl` has one line a step.", ""]
    write_text(folder / CARD, "\n".join(lines))
