"""``seqplay reproduce``: play an experiment again, knowing what differs from where it was played."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import yaml

from seqplay.errors import InputError
from seqplay.files import write_text
from seqplay.operations.manifest import differences, read_manifest


def reproduce(
    manifest: Annotated[Path, typer.Argument(help="`manifest.json` of an experiment.")],
    out: Annotated[Path | None, typer.Option(help="Write its configuration there, to be played.")] = None,
) -> None:
    """Say what differs here from where an experiment was played: configuration, code, versions, inputs.

    Exit 0: nothing does. 1: something does, a line each.
    """
    if not Path("Snakefile").is_file():
        raise InputError("Snakefile: not here; call it in the folder of the repository")
    then = read_manifest(manifest)
    if out is not None:
        write_text(out, yaml.safe_dump(then.config, sort_keys=False))
        print(f"play it: snakemake --cores 2 --configfile {out}")
    found = list(differences(then, Path.cwd()))
    print("\n".join(found) or "nothing differs")
    raise typer.Exit(1 if found else 0)
