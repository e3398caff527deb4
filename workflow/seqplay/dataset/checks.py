"""Tiers B and C of one program: does it typecheck, and what does it give on inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seqplay.dataset.records import Origin, Tier, Trial, Validation
from seqplay.errors import ToolError
from seqplay.haskell import Executor
from seqplay.haskell.analysis.source import parse
from seqplay.haskell.results import Checked, Entry, Ran, Reason
from seqplay.records import Verdict

ATTEMPTS = 3
"""Times that an item is asked where a worker was lost."""
FLAKY = "flaky"
"""An input on which one run hit the time limit and the next one ended: a rerun of the dataset may differ there."""

Reading = Sequence[str]
Translate = Callable[[Entry], list[list[str]]]
"""Gives the inputs that the unit tests hold, for an entry's types."""


def tier_of(found: Ran | Checked) -> Tier:
    """Return how far a program comes by one answer of the executor."""
    if found.verdict is Verdict.INFRA_ERROR or found.reason is Reason.PARSE_ERROR:
        return Tier.NONE
    if found.reason is Reason.VALUE:
        return Tier.C
    return Tier.A if found.entry is None else Tier.B


def shown(executor: Executor, code: str, inputs: Sequence[Sequence[Reading]], entry: str | None) -> list[Ran]:
    """Run a program on inputs; where a worker is lost, again, a few times."""
    runs: list[Ran] = []
    for _ in range(ATTEMPTS):
        runs = executor.show(code, inputs, entry)
        if not any(run.verdict is Verdict.INFRA_ERROR for run in runs):
            break
    return runs


def run_given(
    executor: Executor, code: str, readings: Sequence[Reading], entry: str | None, recorded: str | None = None
) -> tuple[Ran, str]:
    """Run a program on an input that somebody recorded with it; also say how the entry was chosen.

    A timeout is tried once more, for machines that are busy. Where nobody says which function the input is for, it is
    the first signature's, unless that one does not take the input and another function that nothing calls does, or
    gives the ``recorded`` output where the first does not; of functions that others call only the latter counts.
    """
    ran = shown(executor, code, [readings], entry)[0]
    if ran.verdict is Verdict.TIMEOUT:
        ran = shown(executor, code, [readings], entry)[0]
    if entry is not None or ran.reason is Reason.PARSE_ERROR or (recorded is not None and ran.output == recorded):
        return ran, ran.entry.chosen if ran.entry else ""
    unfit = ran.reason in (Reason.BAD_INPUT, Reason.IO_ENTRY, Reason.NO_ENTRY)
    if unfit or recorded is not None:
        uncalled, called = _others(code, ran.entry.name if ran.entry else "")
        for name in [*uncalled, *(called if recorded is not None else [])]:
            other = shown(executor, code, [readings], name)[0]
            if recorded is not None and other.output == recorded:
                return other, "gives the recorded output"
            if unfit and name in uncalled and other.reason in (Reason.VALUE, Reason.EXCEPTION):
                return other, "takes the input"
    return ran, ran.entry.chosen if ran.entry else ""


def _others(code: str, besides: str) -> tuple[list[str], list[str]]:
    """Return the functions that no other one uses, and those that one does, in order."""
    bindings = parse(code).bindings
    used = {name for binding in bindings for name in binding.uses}
    names = [name for binding in bindings for name in binding.names if name not in (besides, "main")]
    return [name for name in names if name not in used], [name for name in names if name in used]


def made_inputs(executor: Executor, code: str, entry: str | None, seed: int, count: int) -> list[list[str]]:
    """Return distinct inputs made from the types; none where the worker is lost or the types have no values."""
    for _ in range(ATTEMPTS):
        try:
            found = executor.examples(code, entry, seed=seed, count=count)
        except ToolError:
            continue
        return [list(args) for args in dict.fromkeys(tuple(args) for args in found)]
    return []


def validate(
    executor: Executor, key: str, code: str, translate: Translate, *, entry: str | None, seed: int, count: int
) -> Validation:
    """Typecheck a program, and run it on translated unit tests and on inputs made from its types.

    Tier C needs a value on at least one input, an end on every unit test's, and no flaky input. What a made input
    may do (throw, or not end at a boundary) is recorded with it.
    """
    checked = executor.check(code, entry)
    for _ in range(ATTEMPTS - 1):
        if checked.verdict is Verdict.INFRA_ERROR:
            checked = executor.check(code, entry)
    if checked.verdict is not Verdict.ACCEPTED or checked.entry is None:
        return _unchecked(key, checked)
    chosen = checked.entry
    tests = translate(chosen)
    trials, runs = _tried(executor, code, chosen.name, tests, Origin.UNIT_TEST)
    if not any(trial.reason in (Reason.TIMEOUT, FLAKY) for trial in trials):
        made = [args for args in made_inputs(executor, code, chosen.name, seed, count) if args not in tests]
        more, others = _tried(executor, code, chosen.name, made, Origin.MADE)
        trials, runs = [*trials, *more], [*runs, *others]
    lost = next((run for run in runs if run.verdict is Verdict.INFRA_ERROR), None)
    if lost is not None:
        return _validation(key, chosen, (), lost.verdict, lost.reason, lost.message)
    if not trials:
        return _validation(key, chosen, (), Verdict.REJECTED, Reason.NOTHING_TESTABLE, "no input could be made")
    return _validation(key, _instance(runs) or chosen, tuple(trials), *_judged(trials))


def _tried(
    executor: Executor, code: str, entry: str, inputs: Sequence[Reading], origin: Origin
) -> tuple[list[Trial], list[Ran]]:
    """Run inputs; one that did not end in time is run once more, to tell a flaky one."""
    if not inputs:
        return [], []
    runs = shown(executor, code, [[args] for args in inputs], entry)
    late = [n for n, run in enumerate(runs) if run.verdict is Verdict.TIMEOUT]
    again = shown(executor, code, [[inputs[n]] for n in late], entry) if late else []
    flaky = {n for n, run in zip(late, again, strict=True) if run.reason in (Reason.VALUE, Reason.EXCEPTION)}
    trials = [_trial(inputs[n], origin, run, FLAKY if n in flaky else run.reason) for n, run in enumerate(runs)]
    return trials, runs


def _trial(args: Reading, origin: Origin, run: Ran, reason: str) -> Trial:
    message = "" if run.reason is Reason.VALUE else run.message
    return Trial(input=tuple(args), origin=origin, reason=reason, output=run.output, message=message)


def _judged(trials: Sequence[Trial]) -> tuple[Verdict, str, str]:
    """Return verdict, reason and message of a program by what its inputs gave."""
    for trial in trials:
        if trial.reason == FLAKY:
            return Verdict.TIMEOUT, FLAKY, f"on {' '.join(trial.input)} it ended once, and once it did not in time"
        if trial.reason == Reason.TIMEOUT and trial.origin is Origin.UNIT_TEST:
            return Verdict.TIMEOUT, Reason.TIMEOUT, trial.message
    values = [trial for trial in trials if trial.reason == Reason.VALUE]
    if values:
        return Verdict.ACCEPTED, Reason.VALUE, f"a value on {len(values)} of {len(trials)} inputs"
    first = trials[0]
    verdict = Verdict.TIMEOUT if first.reason == Reason.TIMEOUT else Verdict.REJECTED
    return verdict, first.reason, first.message


def _instance(runs: Sequence[Ran]) -> Entry | None:
    return next((run.entry for run in runs if run.entry is not None and run.reason is Reason.VALUE), None)


def _unchecked(key: str, checked: Checked) -> Validation:
    """Return the validation of what the executor does not take as a program, or cannot run."""
    entry = checked.entry
    return Validation(
        id=key,
        tier=tier_of(checked),
        verdict=checked.verdict,
        reason=checked.reason,
        message=checked.message,
        entry=entry.name if entry else "",
        type=entry.type if entry else "",
    )


def _validation(
    key: str, entry: Entry, trials: tuple[Trial, ...], verdict: Verdict, reason: str, message: str
) -> Validation:
    tier = {Verdict.ACCEPTED: Tier.C, Verdict.INFRA_ERROR: Tier.NONE}.get(verdict, Tier.B)
    return Validation(
        id=key,
        tier=tier,
        verdict=verdict,
        reason=reason,
        message=message,
        entry=entry.name,
        type=entry.type,
        arguments=tuple(entry.arguments),
        result=entry.result,
        instance=entry.instance,
        trials=trials,
    )
