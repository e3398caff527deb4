"""Tiers B and C over any JSON lines file: ``seqplay dataset validate``.

Each line of the input gives one line, in order, with all its fields. A field of ours that the line already has is kept
as ``recorded_NAME``. A line that is no JSON object with a text in ``code`` gives a line with its reason.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from seqplay.config import HaskellConfig, fingerprint
from seqplay.dataset.checks import made_inputs, run_given, shown, tier_of
from seqplay.dataset.records import Tier
from seqplay.errors import InputError, SeqplayError, bug_report
from seqplay.files import content_id
from seqplay.haskell import Executor
from seqplay.haskell.analysis.arguments import readings
from seqplay.haskell.results import Ran, Reason
from seqplay.records import Verdict
from seqplay.runtime.ordered import OrderedFile, in_order, remaining, written
from seqplay.runtime.progress import StageProgress

OUTPUT = "validated.jsonl"
MADE = 5
"""Inputs made for a line without one, of which the first that gives a value counts."""


NO_CODE = "no text in the field `code`"


class Counts(NamedTuple):
    """What came of a file: lines by tier, and by tier and reason; how many outputs were as recorded."""

    lines: int
    tiers: Counter[str]
    reasons: Counter[tuple[str, str]]
    matches: Counter[bool]
    infra_errors: int
    unread: int
    """Lines that hold no program that could be read."""


def validate_file(source: Path, folder: Path, haskell: HaskellConfig) -> Counts:
    """Write ``folder/validated.jsonl``, resuming where a killed run stopped; return the counts.

    Raises ``InputError`` where the source cannot be read or no line of it holds a program, ``ToolError`` where GHC or
    the jail is missing.
    """
    total, digest, unread = _measure(source)
    if total and len(unread) == total:
        raise InputError(
            f"{source}: none of its {total} lines holds a program (line 1: {unread[0]}); give JSON lines with "
            "the text of a program in `code`"
        )
    with OrderedFile(folder / OUTPUT, content_id(digest, fingerprint(haskell))) as output:
        if output.count < total:
            with (
                Executor.open(haskell) as executor,
                StageProgress("validate", total, output.count) as progress,
            ):
                todo = remaining(enumerate(_lines(source), start=1), output.count)
                judge = _Judge(executor)
                for line in in_order(todo, judge, executor.workers):
                    output.append(line)
                    progress.advance()
        counts = _count(output.lines())
        output.finish()
    return counts


def _measure(source: Path) -> tuple[int, str, list[str]]:
    """Return the number of lines, a hash of the content, and for each line that holds no program why."""
    digest, total, unread = hashlib.sha256(), 0, list[str]()
    for line in _lines(source):
        digest.update(line)
        total += 1
        fields = read_line(line)
        if isinstance(fields, str):
            unread.append(fields)
        elif not _has_program(fields):
            unread.append(NO_CODE)
    return total, digest.hexdigest(), unread


def _has_program(fields: dict[str, Any]) -> bool:
    return isinstance(fields.get("code"), str) and bool(fields["code"].strip())


def _lines(source: Path) -> Iterator[bytes]:
    try:
        with source.open("rb") as handle:
            yield from handle
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror}); give the path of a JSON lines file") from error


class _Judge:
    """Turns a numbered input line into its output line."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor

    def __call__(self, numbered: tuple[int, bytes]) -> str:
        number, raw = numbered
        fields = read_line(raw)
        try:
            return self._line(number, raw, fields)
        except SeqplayError:
            raise
        except Exception as error:
            logging.exception("line %d failed", number)
            given = fields if isinstance(fields, dict) else {}
            answer = _answer(number, Tier.NONE, Verdict.INFRA_ERROR, Reason.BUG, bug_report(error))
            return written(
                {**{f"recorded_{name}" if name in answer else name: v for name, v in given.items()}, **answer}
            )

    def _line(self, number: int, raw: bytes, fields: dict[str, Any] | str) -> str:
        if isinstance(fields, str):
            text = raw.decode("utf-8", "replace").rstrip("\r\n")
            return written({"raw": text, **_answer(number, Tier.NONE, Verdict.REJECTED, "not_json", fields)})
        answer = self._answer(number, fields)
        if fields.get("entry") and isinstance(fields["entry"], str):
            del answer["entry"]
        kept = {f"recorded_{name}" if name in answer else name: v for name, v in fields.items()}
        if "output" in fields and isinstance(answer.get("output"), str):
            answer["output_matches"] = answer["output"] == _recorded(fields)
        return written({**kept, **answer})

    def _answer(self, number: int, fields: dict[str, Any]) -> dict[str, Any]:
        if not _has_program(fields):
            return _answer(number, Tier.NONE, Verdict.REJECTED, "no_code", NO_CODE)
        code, entry = fields["code"], fields.get("entry")
        asked = entry if isinstance(entry, str) and entry else None
        if fields.get("input") is None:
            return self._unasked(number, code, asked)
        ways = readings(fields["input"])
        if isinstance(ways, str):
            run = shown(self.executor, code, [[[]]], asked)[0]
            tier = min(tier_of(run), Tier.B, key=list(Tier).index)
            return _answer(number, tier, Verdict.REJECTED, "bad_input", ways, run)
        run, chosen = run_given(self.executor, code, ways, asked, _recorded(fields))
        return {**_answer(number, tier_of(run), run.verdict, run.reason, run.message, run), "entry_by": chosen}

    def _unasked(self, number: int, code: str, entry: str | None) -> dict[str, Any]:
        """Answer for a line without input: the first made input that gives a value, or why none does."""
        checked = self.executor.check(code, entry)
        made = made_inputs(self.executor, code, entry, 0, MADE) if checked.verdict is Verdict.ACCEPTED else []
        runs = shown(self.executor, code, [[args] for args in made], entry) if made else []
        for args, run in zip(made, runs, strict=True):
            if run.output is not None:
                answer = _answer(number, Tier.C, run.verdict, run.reason, run.message, run)
                return {**answer, "made_input": args}
        found = runs[0] if runs else checked
        if not runs and checked.verdict is Verdict.ACCEPTED:
            return _answer(number, Tier.B, Verdict.REJECTED, "nothing_testable", "no input can be made", found)
        return _answer(number, tier_of(found), found.verdict, found.reason, found.message, found)


def _answer(number: int, tier: Tier, verdict: Verdict, reason: str, message: str, found: Any = None) -> dict[str, Any]:
    """Return our fields of a line."""
    entry = found.entry if found is not None else None
    output = found.output if isinstance(found, Ran) and tier is Tier.C else None
    said = "" if output is not None else message
    answer = {"line": number, "tier": tier, "status": verdict, "reason": reason, "message": said}
    return {**answer, "entry": entry.name if entry else None, "type": entry.type if entry else None, "output": output}


def _recorded(fields: dict[str, Any]) -> str | None:
    """Return the output that the line has, without the newline that ``print`` ends with."""
    output = fields.get("output")
    return output.removesuffix("\n") if isinstance(output, str) else None


def read_line(raw: bytes) -> dict[str, Any] | str:
    """Return the fields of a line, or why it is no JSON object."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        return f"not UTF-8 (byte {error.start})"
    except RecursionError:
        return "not JSON that can be read: nested too deep"
    except ValueError as error:
        return f"not JSON: {error}"
    return value if isinstance(value, dict) else f"not a JSON object, but {type(value).__name__}"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text[:40]} is out of range")
    return number


def _count(lines: Iterable[bytes]) -> Counts:
    tiers: Counter[str] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    matches: Counter[bool] = Counter()
    for line in lines:
        fields = json.loads(line)
        tiers[fields["tier"]] += 1
        reasons[fields["tier"], fields["reason"]] += 1
        if isinstance(fields.get("output_matches"), bool):
            matches[fields["output_matches"]] += 1
    infra = sum(count for (_, reason), count in reasons.items() if reason in (Reason.WORKER_LOST, Reason.BUG))
    unread = sum(count for (_, reason), count in reasons.items() if reason in ("not_json", "no_code"))
    return Counts(sum(tiers.values()), tiers, reasons, matches, infra, unread)
