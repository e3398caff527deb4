"""``seqplay dataset``: work on single files of Haskell programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from seqplay.cli.programs import print_json
from seqplay.config import HaskellConfig
from seqplay.dataset.lines import OUTPUT, Counts, validate_file
from seqplay.dataset.records import TIERS

app = typer.Typer(no_args_is_help=True, help="Datasets of Haskell programs.")


@app.callback()
def about() -> None:
    """Datasets of Haskell programs."""


@app.command()
def validate(
    source: Annotated[Path, typer.Argument(metavar="IN.jsonl", help="JSON lines with `code`, perhaps `input`.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the answer, validated.jsonl.")],
    workers: Annotated[int, typer.Option(min=0, help="Warm sessions; 0: one a core.")] = 0,
    seconds: Annotated[float, typer.Option(min=0.1, help="Processor time of one program on one input.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Exactly one JSON object on standard output.")] = False,
) -> None:
    """Typecheck and run the program of every line: exit 0 when all lines were processed, whatever came of them.

    A run that was killed resumes where it stopped when it is called again. Exit 3: some lines could not be judged.
    """
    counts = validate_file(source, out, HaskellConfig(workers=workers, seconds=seconds))
    if as_json:
        print_json(_fields(counts, out / OUTPUT))
    else:
        _print_words(counts, out / OUTPUT)
    if counts.unread:
        told = f"{counts.unread} of {counts.lines} lines of {source} hold no program that can be read"
        print(f"{told}; {out / OUTPUT} says why", file=sys.stderr)
    sys.exit(3 if counts.infra_errors else 0)


def _fields(counts: Counts, output: Path) -> dict[str, object]:
    return {
        "command": "dataset validate",
        "verdict": "infra_error" if counts.infra_errors else "accepted",
        "reason": "worker_lost" if counts.infra_errors else "processed",
        "message": f"{counts.lines} lines",
        "entry": None,
        "output": str(output),
        "lines": counts.lines,
        "tiers": {tier.value: counts.tiers[tier] for tier in TIERS if counts.tiers[tier]},
        "reasons": {f"{tier}:{reason}": count for (tier, reason), count in sorted(counts.reasons.items())},
        "recorded_outputs": {"same": counts.matches[True], "different": counts.matches[False]},
    }


def _print_words(counts: Counts, output: Path) -> None:
    for (tier, reason), count in sorted(counts.reasons.items(), key=lambda item: (-item[1], item[0])):
        print(f"{count:8}  {tier:5} {reason}")
    if counts.matches:
        print(f"{counts.matches[True]:8}  of {counts.matches.total()} outputs are as recorded")
    print(f"{counts.lines:8}  lines: {output}")
