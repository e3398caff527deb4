"""``seqplay model``: fetch the small models that the demo plays with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from seqplay.config import ModelConfig
from seqplay.errors import InputError
from seqplay.models import EMBEDDED, cache_folder, is_complete
from seqplay.models import fetch as fetch_model

app = typer.Typer(no_args_is_help=True, help=__doc__)


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help=f"one of {', '.join(EMBEDDED)}")] = ModelConfig().name,
    local: Annotated[Path | None, typer.Option(help="the GGUF file, or a folder that holds it")] = None,
) -> None:
    """Fetch an embedded model and convert it, unless it is there already; prints its folder."""
    if name not in EMBEDDED:
        raise InputError(f"model {name}: no embedded model; allowed: {', '.join(EMBEDDED)}")
    print(fetch_model(EMBEDDED[name], local, say=_say))


@app.command("list")
def list_models() -> None:
    """List the embedded models and whether each is there."""
    for model in EMBEDDED.values():
        folder = cache_folder() / model.name
        print(f"{model.name}\t{folder if is_complete(folder) else 'not fetched'}")


def _say(line: str) -> None:
    """Tell a person what happens; the result alone goes to standard output."""
    print(line, file=sys.stderr, flush=True)
