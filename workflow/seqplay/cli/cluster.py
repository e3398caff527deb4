"""``seqplay cluster``: what a killed Snakemake has left on Slurm."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seqplay.runtime import cluster

app = typer.Typer(no_args_is_help=True, help="Slurm: what a killed Snakemake has left there.")
Folder = Annotated[Path, typer.Argument(help="The folder in which Snakemake ran.")]


@app.command("orphans")
def orphans(folder: Folder = Path()) -> None:
    """List the unfinished jobs of a run that was killed."""
    for orphan in cluster.orphans(folder):
        print(f"{orphan.job}  {orphan.state}  {orphan.rule}")


@app.command("recover")
def recover(folder: Folder = Path()) -> None:
    """Cancel them, wait until they are gone, and unlock the folder; then start snakemake again as before."""
    for orphan in cluster.recover(folder):
        print(f"cancelled {orphan.job}  {orphan.rule}")
    print("unlocked; start snakemake again as before")
