"""Whether a Haskell program does what the Python does that it was made from: both run on the same inputs.

An input counts where both give a value and both values have a counterpart in the other language. Where the Python
throws or does not end, nothing is concluded: an input made from the types may be outside of what the task is about.
Where the Haskell throws on the input of a unit test and the Python gives a value, they differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seqplay.dataset.python.jail import Called, PythonPool
from seqplay.dataset.python.unit_tests import function_name
from seqplay.dataset.python.values import Signed, Untranslatable, fitted, from_haskell, same, signed
from seqplay.dataset.records import Agreement, Comparison, Instruction, Origin, Semantics, Trial, Validation
from seqplay.errors import WorkerLost
from seqplay.haskell.results import Reason

LEAST = 3
"""Inputs on which both must have given a value before they are said to agree."""
SAME, DIFFERENT = "same", "different"
_SHOWN = 200


def compare(pool: PythonPool, found: Validation, code: str, source: Instruction) -> Semantics:
    """Run the Python solution on the inputs of a validated program, and hold the results against its outputs."""
    name = function_name(source.tests, source.python)
    if not name:
        return _incomparable(found, "the Python defines no function")
    try:
        types = signed(found.type, code)
    except Untranslatable as error:
        return _incomparable(found, str(error))
    trials = [trial for trial in found.trials if trial.reason in (Reason.VALUE, Reason.EXCEPTION)]
    arguments = [_arguments(trial, types) for trial in trials]
    asked = [values for values in arguments if not isinstance(values, str)]
    try:
        report = pool.call(source.python, name, asked, source.tests)
    except WorkerLost as error:
        return _incomparable(found, f"the jailed Python was lost: {error}").model_copy(update={"infra": True})
    answers = iter(report.calls)
    comparisons = tuple(
        _comparison(trial, Called(problem=values) if isinstance(values, str) else next(answers), types)
        for trial, values in zip(trials, arguments, strict=True)
    )
    return _judged(found, comparisons, report.passed)


def _incomparable(found: Validation, reason: str) -> Semantics:
    return Semantics(id=found.id, agreement=Agreement.NOT_COMPARABLE, reason=reason)


def _arguments(trial: Trial, types: Signed) -> list[Any] | str:
    """Return the Python arguments of a trial's input, or why it has none."""
    try:
        return [from_haskell(text, ty) for text, ty in zip(trial.input, types.arguments, strict=True)]
    except Untranslatable as error:
        return f"input: {error}"
    except (ValueError, RecursionError):
        return "input: not translatable"


def _comparison(trial: Trial, called: Called, types: Signed) -> Comparison:
    outcome = _outcome(trial, called, types)
    shown = repr(called.value)[:_SHOWN] if not called.problem and outcome in (SAME, DIFFERENT) else ""
    haskell = (trial.output if trial.output is not None else trial.message)[:_SHOWN]
    return Comparison(input=trial.input, origin=trial.origin, outcome=outcome, haskell=haskell, python=shown)


def _outcome(trial: Trial, called: Called, types: Signed) -> str:
    """Return ``same``, ``different``, or why nothing is concluded."""
    if called.problem:
        return called.problem
    if trial.output is None:
        return DIFFERENT if trial.origin is Origin.UNIT_TEST else "haskell throws"
    try:
        expected = fitted(called.value, types.result)
        given = from_haskell(trial.output, types.result)
    except Untranslatable as error:
        return f"result: {error}"
    except (ValueError, RecursionError):
        return "result: not translatable"
    return SAME if same(given, expected) else DIFFERENT


def _judged(found: Validation, comparisons: Sequence[Comparison], passed: int | None) -> Semantics:
    """Say what the comparisons amount to."""
    different = [one for one in comparisons if one.outcome == DIFFERENT]
    agreed = sum(one.outcome == SAME for one in comparisons)
    if different:
        tested = any(one.origin is Origin.UNIT_TEST for one in different)
        agreement, reason = Agreement.DISAGREES, f"different on {'a unit test' if tested else 'a made input'}"
    elif agreed >= LEAST:
        agreement, reason = Agreement.AGREES, "the same on every input that both end on"
    else:
        other = next((one.outcome for one in comparisons if one.outcome != SAME), "too few inputs")
        agreement, reason = Agreement.NOT_COMPARABLE, other
    return Semantics(id=found.id, agreement=agreement, reason=reason, comparisons=tuple(comparisons), own_tests=passed)
