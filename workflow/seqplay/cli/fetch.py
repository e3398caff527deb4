"""``seqplay fetch``: what an experiment needs from elsewhere, before its jobs run without a network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from seqplay.config import parse_experiments, read_yaml
from seqplay.operations.fetch import fetch_inputs


def fetch(
    files: Annotated[list[Path], typer.Argument(metavar="CONFIG...", help="Configuration files of experiments.")],
) -> None:
    """Fetch the models, adapters and datasets of experiments, and name each with the commit that it is pinned to."""
    said: set[str] = set()
    for file in files:
        for config in parse_experiments(read_yaml(file)).values():
            for one in fetch_inputs(config, say=lambda line: print(line, file=sys.stderr)):
                if str(one) not in said:
                    said.add(str(one))
                    print(one)
    print(f"{len(said)} inputs are here", file=sys.stderr)
