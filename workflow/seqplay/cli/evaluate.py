"""``seqplay evaluate``: any model, or any adapter of it, on evaluation suites."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seqplay.cli.programs import print_json
from seqplay.config import parse_config, read_yaml
from seqplay.suites.apart import RESULTS, evaluate_suites
from seqplay.suites.tables import markdown, results_frame


def evaluate(
    path: Annotated[Path, typer.Argument(metavar="CONFIG.yaml", help="Engine, model and `evaluation.suites`.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the answers, scores and results.")],
    model: Annotated[str | None, typer.Option(help="Instead of `model.name`: a folder, or a hub id.")] = None,
    adapter: Annotated[Path | None, typer.Option(help="A peft folder: asked too, and compared with the base.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Exactly one JSON object on standard output.")] = False,
) -> None:
    """Ask a model about evaluation suites and score its answers, apart from any game; with an adapter, that as well.

    A call that was killed resumes where it stopped when it is made again.
    """
    raw = read_yaml(path)
    if model is not None:
        raw = {**raw, "model": {**(raw.get("model") or {}), "name": model, "path": None}}
    results = evaluate_suites(parse_config(raw), adapter, out)
    if as_json:
        found = [one.model_dump(mode="json", exclude={"schema_version"}) for one in results]
        message = f"{len(found)} results"
        told = {"verdict": "accepted", "reason": "processed", "message": message, "entry": None}
        print_json({"command": "evaluate", **told, "output": str(out / RESULTS), "results": found})
        return
    print("\n".join(markdown(results_frame(results).drop(columns="after iteration"))))
    print(f"\nraw answers and scores: {out}")
