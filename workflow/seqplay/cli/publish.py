"""``seqplay publish``: an experiment's adapters and pairs as a folder for the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seqplay.operations.publish import publish as write_folder


def publish(
    experiment: Annotated[Path, typer.Argument(help="Its results, such as results/demo.")],
    out: Annotated[Path, typer.Option(help="A new folder.")],
    iteration: Annotated[int | None, typer.Option(min=1, help="Default: the last that is finished.")] = None,
    licence: Annotated[str, typer.Option(help="Of the pairs, as the hub names it.")] = "unknown",
) -> None:
    """Write adapters, pairs, cards and the manifest into a folder; nothing is sent anywhere."""
    for path in write_folder(experiment, out, iteration=iteration, licence=licence):
        print(path)
    print(f"look through it, then: hf upload OWNER/NAME {out}")
