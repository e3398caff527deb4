"""``seqplay check``, ``run``, ``diverge`` and ``compare``: a question about Haskell files, answered in words or JSON.

Each ARG after ``--`` is one whole Haskell expression of that argument's type: ``-1``, ``Just 3`` need no parentheses.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from seqplay.config import HaskellConfig
from seqplay.errors import InputError, SeqplayError
from seqplay.haskell import Compared, Diverged, Executor, Reason, Result
from seqplay.records import Evidence, Verdict

PFile = Annotated[Path, typer.Argument(metavar="P.hs", help="The program P.")]
QFile = Annotated[Path, typer.Argument(metavar="Q.hs", help="The program Q.")]
Args = Annotated[
    list[str] | None, typer.Argument(metavar="-- ARG…", help="One Haskell expression for each argument, after `--`.")
]
EntryName = Annotated[
    str | None,
    typer.Option(
        "--entry", metavar="NAME", help="The entry function; by default the one exported, or the first signature."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Exactly one JSON object on standard output.")]


def check(p: PFile, entry: EntryName = None, as_json: AsJson = False) -> None:
    """Say whether a program can be used as P: exit 0 if so, 2 with the reason if not."""
    _answer("check", as_json, lambda executor: executor.check(read_source(p), entry))


def run(p: PFile, args: Args = None, entry: EntryName = None, as_json: AsJson = False) -> None:
    """Run a program's entry on arguments and print its value: exit 1 where it throws or hits a limit."""
    _answer("run", as_json, lambda executor: executor.run(read_source(p), args or [], entry))


def diverge(
    p: PFile,
    q: QFile,
    args: Args = None,
    entry: EntryName = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="INSTANCE", help="What P's type variables run at, as `compare` says: `a = Int`."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run P and Q on one input: exit 0 if they differ, 1 if not, with the reason."""
    _answer(
        "diverge",
        as_json,
        lambda executor: executor.diverge(read_source(p), read_source(q), args or [], entry, _instance(at)),
    )


def _instance(text: str | None) -> dict[str, str] | None:
    """Read ``a = Int, b = Bool``; raises ``InputError`` where it is no such text."""
    if text is None:
        return None
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(name.strip() and ty.strip() for name, _, ty in pairs):
        raise InputError(f"--at {text!r}: write what each type variable runs at, as in `--at 'a = Int, b = Bool'`")
    return {name.strip(): ty.strip() for name, _, ty in pairs}


def compare(
    p: PFile,
    q: QFile,
    entry: EntryName = None,
    seed: Annotated[int, typer.Option(help="Seed of the random inputs.")] = 0,
    evaluations: Annotated[int | None, typer.Option(min=1, help="Inputs to try at most.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look for an input on which P and Q differ: exit 0 if none was found on at least 100 inputs, 1 if they differ.

    Q that is P up to names, layout and comments is not run: exit 0 too, with the reason `same_program`.
    """
    _answer(
        "compare", as_json, lambda executor: executor.compare(read_source(p), read_source(q), entry, seed, evaluations)
    )


def read_source(path: Path) -> str:
    """Return the text of a Haskell file; raises ``InputError`` where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give the path of a Haskell file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not a UTF-8 text (byte {error.start}); save it as UTF-8") from error


def _answer(command: str, as_json: bool, question: Callable[[Executor], Result]) -> None:
    """Ask the question in a pool of one session, show the answer, and end with its exit code."""
    try:
        with Executor.open(HaskellConfig(workers=1)) as executor:
            result = question(executor)
            jail = executor.jail.name
    except SeqplayError as error:
        if not as_json:
            raise
        verdict = Verdict.INFRA_ERROR if error.exit_code == 3 else Verdict.REJECTED
        reason = "tool_error" if error.exit_code == 3 else "bad_input"
        print_json({"command": command, "verdict": verdict, "reason": reason, "message": str(error), "entry": None})
        sys.exit(error.exit_code)
    if as_json:
        fields = result.model_dump(mode="json")
        print_json({"command": command, **fields, "evidence": _evidence(result), "jail": jail})
    else:
        _print_words(result)
    sys.exit(result.exit_code)


def print_json(fields: dict[str, Any]) -> None:
    """Print the one object of ``--json``."""
    print(json.dumps({"schema_version": 1, "evidence": None, **fields}))


def _print_words(result: Result) -> None:
    """Print what was found on standard output, and what is wrong on standard error."""
    good = result.verdict is Verdict.ACCEPTED or result.reason in (
        Reason.DIVERGES,
        Reason.NO_DIFFERENCE,
        Reason.SAME_PROGRAM,
    )
    stream = sys.stdout if good else sys.stderr
    text = (
        result.message
        if good and result.reason in (Reason.VALUE, Reason.USABLE)
        else f"{result.reason}: {result.message}"
    )
    print(text.encode(stream.encoding or "utf-8", "backslashreplace").decode(stream.encoding or "utf-8"), file=stream)


def _evidence(result: Result) -> Evidence | None:
    """Return what the verdict rests on, where it is a label."""
    match result:
        case Diverged() if result.verdict is Verdict.ACCEPTED:
            return Evidence.WITNESS
        case Compared(reason=Reason.NO_DIFFERENCE):
            return Evidence.BOUNDED
        case Compared() if result.witness is not None:
            return Evidence.WITNESS
    return None
