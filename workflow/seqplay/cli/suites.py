"""``seqplay suites``: answers to evaluation suites, scored."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from seqplay.cli.programs import print_json
from seqplay.config import HaskellConfig
from seqplay.errors import InputError
from seqplay.suites.fetching import fetch_suite, source_of
from seqplay.suites.records import Language
from seqplay.suites.scoring import Counts, score_file

SECONDS = 10.0
"""Processor time of one test; byte code through GHC's simplifier is some times slower than a compiled program."""

app = typer.Typer(no_args_is_help=True, help="Evaluation suites.")


@app.callback()
def about() -> None:
    """Evaluation suites."""


@app.command()
def score(
    items: Annotated[Path, typer.Argument(metavar="ITEMS.jsonl", help="Items: `task_id`, `prompt`, `test`.")],
    out: Annotated[Path, typer.Option("--out", metavar="OUT.jsonl", help="One line for each answer, in order.")],
    answers: Annotated[Path | None, typer.Argument(metavar="ANSWERS.jsonl", help="Answers: `task_id`, `code`.")] = None,
    canonical: Annotated[bool, typer.Option("--canonical", help="Score the items' own solutions.")] = False,
    language: Annotated[Language, typer.Option(help="What the answers are written in.")] = Language.HASKELL,
    workers: Annotated[int, typer.Option(min=0, help="Warm sessions; 0: one a core.")] = 0,
    seconds: Annotated[float, typer.Option(min=0.1, help="Processor time of one test.")] = SECONDS,
    as_json: Annotated[bool, typer.Option("--json", help="Exactly one JSON object on standard output.")] = False,
) -> None:
    """Put every answer to its item's test: exit 0 when all were scored, whatever came of them.

    A run that was killed resumes where it stopped when it is called again. Exit 3: some answers could not be judged.
    """
    if answers is None and not canonical:
        raise InputError("ANSWERS.jsonl: missing; give a file of answers, or --canonical to score the items' own")
    chosen = None if canonical else answers
    counts = score_file(items, chosen, out, HaskellConfig(workers=workers, seconds=seconds), language)
    if as_json:
        print_json(_fields(counts, out))
    else:
        _print_words(counts, out)
    sys.exit(3 if counts.infra_errors else 0)


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The suite's folder below --out.")],
    hub: Annotated[str | None, typer.Option(metavar="OWNER/NAME", help="A data set of the hub.")] = None,
    file: Annotated[str | None, typer.Option(help="The file in the data set: JSON lines, or parquet.")] = None,
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit; by default the newest.")] = None,
    url: Annotated[str | None, typer.Option(help="Instead of the hub: an https address.")] = None,
    sha256: Annotated[str | None, typer.Option(help="Hash of the file; an address needs it.")] = None,
    licence: Annotated[str | None, typer.Option(help="Where the hub does not name it.")] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the suites.")] = Path("suites"),
) -> None:
    """Fetch the items of a suite once, before any run, and pin them: commit, hash and licence in NAME/source.json.

    Without a source the pin that is there is fetched again: just those bytes, or an error. Where there is none, NAME
    may be one of the paper's suites: humaneval_hs, mbpp_hs, humaneval_python, mbpp_python, equibench_oj_a and its kin,
    pysecdb, codexglue_defect. Prints one line.
    """
    given = {"hub": hub, "file": file, "revision": revision, "url": url, "sha256": sha256, "licence": licence}
    items, source = fetch_suite(name, source_of(given), out)
    print(f"{items}: from {source}")


def _fields(counts: Counts, out: Path) -> dict[str, object]:
    return {
        "command": "suites score",
        "verdict": "infra_error" if counts.infra_errors else "accepted",
        "reason": "worker_lost" if counts.infra_errors else "processed",
        "message": f"{counts.passed} of {counts.answers} answers pass",
        "entry": None,
        "output": str(out),
        "answers": counts.answers,
        "passed": counts.passed,
        "reasons": dict(sorted(counts.reasons.items())),
    }


def _print_words(counts: Counts, out: Path) -> None:
    for reason, number in sorted(counts.reasons.items(), key=lambda item: (-item[1], item[0])):
        print(f"{number:8}  {reason}")
    print(f"{counts.answers:8}  answers, {counts.passed} passed: {out}")
