"""What Liquid Haskell said of modules: read from its structured result, never from text that it prints.

``.liquid/M.hs.err`` holds the outcome (``Safe``, ``Unsafe``, ``Crash``) with the number of constraints checked, and the
type of every binder. Nothing of a program runs while it is checked (no Template Haskell, no code is executed).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from seqplay.records import Record, Verdict


class LiquidReason(StrEnum):
    """Why a proof was accepted or not."""

    SAFE = "safe"
    """Liquid Haskell's own SAFE on every module, and the theorem is among what was checked."""
    UNSAFE = "unsafe"
    """A refinement does not hold, or the solver cannot show it."""
    TERMINATION = "termination"
    """A function is not seen to end."""
    TYPE_ERROR = "type_error"
    """GHC, or the logic's own sorts and names."""
    NO_CONSTRAINTS = "no_constraints"
    """Nothing was checked: SAFE with no constraint proves nothing."""
    NOT_CHECKED = "not_checked"
    """The theorem is not among what was checked."""
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASH = "crash"
    """Liquid Haskell or z3 gave up."""
    COLD_DIFFERS = "cold_differs"
    """Accepted warm and not cold: not accepted."""
    INFRA = "infra"
    """A session died twice for no reason that lies in the proof."""


class Problem(NamedTuple):
    """One message of the compiler or of Liquid Haskell, with the place in its module (line 0: none)."""

    module: str
    line: int
    end_line: int
    text: str


class LiquidVerdict(Record):
    """The verdict on one theorem."""

    verdict: Verdict
    reason: LiquidReason
    message: str
    """Liquid Haskell's own words, cleaned of paths; the first line names the module and line."""
    constraints: int
    """Constraints that were checked in the theorem's module."""
    problems: tuple[Problem, ...] = ()
    """Every error with its place: where a module holds several candidates, those without an error hold."""


class ModuleText(NamedTuple):
    """A module: its name (no dots) and its whole text."""

    name: str
    text: str


class Outcome(NamedTuple):
    """How a check ended: ``exited N``, ``killed N`` or ``wall``; what was said; each module's structured result."""

    ended: str
    log: str
    results: tuple[str, ...]


_CPU_SIGNAL = "killed 24"
_OUT_OF_MEMORY = ("heap overflow", "out of memory", "heap exhausted", "memory exhausted", "cannot allocate memory")
_TERMINATION = ("Termination Error", "terminate", "decreasing parameter", "Non-decreasing")


def read_outcome(modules: Sequence[ModuleText], theorem: str | None, outcome: Outcome) -> LiquidVerdict:
    """Return the verdict that an outcome amounts to; ``theorem`` is a binder of the last module, None for a library."""
    problems = tuple(_problems(outcome.log.splitlines(), {module.name for module in modules}))
    if outcome.ended in {"wall", _CPU_SIGNAL}:
        return _no(Verdict.TIMEOUT, LiquidReason.TIMEOUT, "the check takes longer than its limit", problems)
    results = [_result(text) for text in outcome.results]
    if outcome.ended == "exited 0":
        return _accepted_or_not(modules, theorem, results, problems)
    return _refused(outcome, results, problems)


def _accepted_or_not(
    modules: Sequence[ModuleText],
    theorem: str | None,
    results: Sequence[Mapping[str, Any]],
    problems: tuple[Problem, ...],
) -> LiquidVerdict:
    for module, result in zip(modules, results, strict=True):
        if _tag(result) != "Safe" or problems:
            message = f"{module.name}: Liquid Haskell gave no SAFE"
            return _no(Verdict.REJECTED, LiquidReason.NOT_CHECKED, message, problems)
    constraints = _constraints(results[-1])
    if theorem is not None and constraints <= 0:
        return _no(Verdict.REJECTED, LiquidReason.NO_CONSTRAINTS, "no constraint was checked: it proves nothing", ())
    if theorem is not None and f"{modules[-1].name}.{theorem}" not in _binders(results[-1]):
        message = f"{theorem} is not among what was checked in {modules[-1].name}"
        return _no(Verdict.REJECTED, LiquidReason.NOT_CHECKED, message, ())
    return LiquidVerdict(
        verdict=Verdict.ACCEPTED, reason=LiquidReason.SAFE, message="", constraints=constraints, problems=()
    )


def _refused(outcome: Outcome, results: Sequence[Mapping[str, Any]], problems: tuple[Problem, ...]) -> LiquidVerdict:
    lowered = outcome.log.lower()
    if outcome.ended == "exited 251" or any(mark in lowered for mark in _OUT_OF_MEMORY):
        return _no(Verdict.REJECTED, LiquidReason.MEMORY, "the check exhausts its memory", problems)
    if not problems:
        words = " ".join(outcome.log.split())[-400:]
        return _no(Verdict.REJECTED, LiquidReason.CRASH, f"Liquid Haskell ends with: {words or outcome.ended}", ())
    message = "\n".join(f"{_place(problem)}{problem.text}" for problem in problems)
    if any(mark in problem.text for problem in problems for mark in _TERMINATION):
        reason = LiquidReason.TERMINATION
    elif any(_tag(result) == "Unsafe" for result in results):
        reason = LiquidReason.UNSAFE
    elif any(_tag(result) == "Crash" for result in results):
        reason = LiquidReason.CRASH
    else:
        reason = LiquidReason.TYPE_ERROR
    return _no(Verdict.REJECTED, reason, message, problems)


def _no(verdict: Verdict, reason: LiquidReason, message: str, problems: tuple[Problem, ...]) -> LiquidVerdict:
    return LiquidVerdict(verdict=verdict, reason=reason, message=message[:20000], constraints=0, problems=problems)


def _place(problem: Problem) -> str:
    return f"{problem.module}:{problem.line}: " if problem.line else ""


# ---------------------------------------------------------------- the structured texts


def _result(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _tag(result: Mapping[str, Any]) -> str:
    outcome = result.get("o_result")
    return str(outcome.get("tag")) if isinstance(outcome, dict) else ""


def _constraints(result: Mapping[str, Any]) -> int:
    contents = result["o_result"].get("contents")
    checked = contents.get("numChck") if isinstance(contents, dict) else None
    return checked if isinstance(checked, int) else 0


def _binders(result: Mapping[str, Any]) -> set[str]:
    """The names that Liquid Haskell gave a type, with their module where they are of the top level."""
    return {str(item[0]) for _, items in result.get("o_types") or [] for item in items}


def _problems(lines: Iterable[str], modules: set[str]) -> Iterable[Problem]:
    for line in lines:
        begin = line.find('{"span"')
        if begin < 0:
            continue
        try:
            said = json.loads(line[begin:])
        except ValueError:
            continue
        # GHC 9.0 has a severity; 9.6 and 9.10 have a class of message that names it.
        if "SevError" in str(said.get("severity") or said.get("messageClass")).split():
            span = said.get("span") or {}
            file = str(span.get("file", "")).rsplit("/", 1)[-1].removesuffix(".hs")
            text = str(said.get("doc", "")).strip()
            if file in modules:
                yield Problem(file, int(span["startLine"]), int(span["endLine"]), text)
            else:
                yield Problem("", 0, 0, text)
