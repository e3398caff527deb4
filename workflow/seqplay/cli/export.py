"""``seqplay export``: an experiment's measures in a tracker's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seqplay.operations.export import Tracker
from seqplay.operations.export import export as write_runs


def export(
    experiment: Annotated[Path, typer.Argument(help="Its results, such as results/demo.")],
    to: Annotated[Tracker, typer.Option(help="The tracker; its library is an optional extra of the same name.")],
    out: Annotated[Path, typer.Option(help="A folder for runs; one that is there is added to.")],
) -> None:
    """Write what is finished of an experiment as runs of a tracker; nothing is sent anywhere, and nothing twice."""
    for run in write_runs(experiment, to, out):
        print(f"{run.name}: {run.added} steps added")
