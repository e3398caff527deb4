"""``seqplay config``: the default configuration, its schema, and a check of a user's own file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seqplay.config import parse_experiments, read_yaml
from seqplay.config.generated import default_yaml, json_schema

app = typer.Typer(no_args_is_help=True, help="The configuration: its default, its schema, a check.")


@app.command("yaml")
def show_yaml() -> None:
    """Print the default configuration, each key under its description."""
    print(default_yaml(), end="")


@app.command("schema")
def show_schema() -> None:
    """Print the JSON schema of the configuration."""
    print(json_schema(), end="")


@app.command("check")
def check(path: Annotated[Path, typer.Argument(help="A configuration file.")]) -> None:
    """Check a configuration file and name its experiments."""
    for name in parse_experiments(read_yaml(path)):
        print(name)
