"""Differential testing: both programs are run on inputs made from the entry's type, and what that says of them."""

from __future__ import annotations

import time
from dataclasses import replace

from seqplay.config import HaskellConfig
from seqplay.haskell.execution.coverage import Reached
from seqplay.haskell.execution.entry import Instance, Refused, compared_instances
from seqplay.haskell.execution.evaluation import judge, shown_instance
from seqplay.haskell.execution.loading import Crashed, load, load_pair, verdict_of
from seqplay.haskell.execution.search import MIN_AGREEING_INPUTS, Comparison, Difference, Search
from seqplay.haskell.execution.tally import Tally
from seqplay.haskell.results import Compared, Reason
from seqplay.haskell.sandbox.session import Session
from seqplay.records import Verdict

MIN_RETURNING_INPUTS = 20
"""Of these, inputs on which both gave a value: programs that throw on all inputs alike have not been seen to agree."""
FULL_LIMIT_RECHECKS = 3
"""Inputs on which just one of the two ended that are looked at with the configured limits; more are not."""


def compare(session: Session, config: HaskellConfig, asked: Comparison) -> Compared:
    """Answer ``Executor.compare``."""
    started = time.monotonic()
    try:
        pair = load_pair(session, asked.p, asked.q, asked.entry, literals=True)
        looking = FULL_LIMIT_RECHECKS * config.seconds
        instances = compared_instances(pair.instances)
        search = Search(session, config, pair, instances, asked, started + asked.seconds, looking, asked.work)
        try:
            return _search(search)
        except Crashed:
            # GHC's runtime does not survive some deep recursions with probes: then these programs have none.
            if not (asked.guided or asked.probed):
                raise
            load(session, [asked.p, asked.q])
            return _search(
                replace(search, asked=replace(asked, guided=False, probed=False), one_sided=None, doubted=[])
            )
    except Refused as error:
        # No difference is what was asked; whether it is what somebody wanted is for them to say.
        same = error.reason is Reason.SAME_PROGRAM
        verdict = Verdict.ACCEPTED if same else verdict_of(error.reason)
        return Compared(verdict=verdict, reason=error.reason, message=error.message)


def _budgets(count: int, evaluations: int) -> list[int]:
    """Give the default instance the larger part."""
    if count == 1:
        return [evaluations]
    each = max(1, evaluations * 2 // 5 // (count - 1))
    return [evaluations - each * (count - 1), *([each] * (count - 1))]


def _search(search: Search) -> Compared:
    tried: list[str] = []
    tallies: list[Tally] = []
    reached = Reached()
    budgets = _budgets(len(search.instances), search.asked.evaluations)
    for number, (instance, budget) in enumerate(zip(search.instances, budgets, strict=True)):
        tried.append(shown_instance(instance))
        tally, difference = search.instance(number, budget, reached)
        tallies.append(tally)
        if difference is not None:
            return _found(search, tallies, tried, difference)
        if search.cut_off or search.work <= 0:
            break
    if search.one_sided is not None:
        return _found(search, tallies, tried, search.one_sided)
    return _agreed(search, search.instances[0], tallies, tried, reached)


def _counts(tallies: list[Tally]) -> dict[str, int]:
    agreed = sum(tally.agreed for tally in tallies)
    return {
        "agreed": agreed,
        "returned": sum(tally.returned for tally in tallies),
        "evaluations": agreed + sum(tally.inconclusive for tally in tallies),
        "unbuilt": sum(tally.unbuilt for tally in tallies),
    }


def _found(search: Search, tallies: list[Tally], tried: list[str], difference: Difference) -> Compared:
    """Say on which input the programs differ, or that one of them does not end where the other does."""
    verdict, reason, text = judge(difference.p, difference.q, difference.limits)
    counts = _counts(tallies)
    given = " ".join(f"({argument})" if " " in argument else argument for argument in difference.arguments)
    at = f" (at {tried[difference.instance]})" if tried[difference.instance] else ""
    if reason is Reason.DIVERGES:
        verdict, text = Verdict.REJECTED, f"P gives {difference.p}, Q gives {difference.q}"
        counts["evaluations"] += 1
    return Compared(
        verdict=verdict,
        reason=reason,
        message=f"on {given or 'no arguments'}{at}, {text}",
        entry=search.pair.p_entry.describe(search.instances[difference.instance]),
        q_entry=search.pair.q_entry.name,
        witness=difference.arguments if reason is Reason.DIVERGES else None,
        one_sided=difference.arguments if reason is not Reason.DIVERGES else None,
        p_output=str(difference.p),
        q_output=str(difference.q),
        instances=[text for text in tried if text],
        **counts,
    )


def _agreed(search: Search, instance: Instance, tallies: list[Tally], tried: list[str], reached: Reached) -> Compared:
    """Say that no difference was found, or that too few inputs ended to say so."""
    verdict, reason, message = conclusion(tallies)
    if search.cut_off and reason in (Reason.NO_DIFFERENCE, Reason.INCONCLUSIVE):
        verdict, reason = Verdict.TIMEOUT, Reason.WALL_LIMIT
        message = (
            f"{message}, but the clock's {search.asked.seconds:g} seconds were over before all were tried: the machine "
            "is busy or slow"
        )
    coverage, whole = reached.coverage(), _complete(tallies)
    if (
        verdict is Verdict.ACCEPTED
        and coverage is not None
        and not whole
        and coverage.share < search.asked.min_coverage
    ):
        missed = ", ".join(coverage.unreached[:3]) + (" and others" if len(coverage.unreached) > 3 else "")
        verdict, reason = Verdict.REJECTED, Reason.INCONCLUSIVE
        message += (
            f", but they reached {100 * coverage.share:.0f} % of a program only, and haskell.min_coverage asks for "
            f"{100 * search.asked.min_coverage:g} %; not reached: {missed}"
        )
    return Compared(
        verdict=verdict,
        reason=reason,
        message=message,
        entry=search.pair.p_entry.describe(instance),
        q_entry=search.pair.q_entry.name,
        complete=whole,
        coverage=coverage,
        instances=[text for text in tried if text],
        **_counts(tallies),
    )


def _complete(tallies: list[Tally]) -> bool:
    """Say whether all inputs that there are were tried and ended, at the first instance."""
    return tallies[0].complete and not any(tally.inconclusive or tally.unbuilt for tally in tallies)


def conclusion(tallies: list[Tally]) -> tuple[Verdict, Reason, str]:
    """Return what instances say that show no difference; the first is the one that must have agreed often enough."""
    counts, main = _counts(tallies), tallies[0]
    doubtful = counts["evaluations"] - counts["agreed"]
    if any(tally.differed for tally in tallies):
        message = "a difference was found, its worker was lost, and it could not be shown again"
        return Verdict.INFRA_ERROR, Reason.WORKER_LOST, message
    complete = _complete(tallies)
    left_out = f"; {counts['unbuilt']} could not be built" if counts["unbuilt"] else ""
    if main.agreed >= MIN_AGREEING_INPUTS or complete:
        whole = "all inputs there are" if complete and len(tallies) == 1 else f"{counts['agreed']} inputs"
        if main.returned < (1 if complete else MIN_RETURNING_INPUTS):
            message = (
                f"both gave a value on {main.returned} inputs only, and threw alike on {main.agreed - main.returned}"
            )
            return Verdict.REJECTED, Reason.INCONCLUSIVE, f"{message}: too few to say that they agree{left_out}"
        message = f"no difference on {whole}" + (f"; {doubtful} more did not end" if doubtful else "") + left_out
        return Verdict.ACCEPTED, Reason.NO_DIFFERENCE, message
    reason = Reason.INCONCLUSIVE if counts["agreed"] or not doubtful else Reason.TIMEOUT
    message = (
        f"both ended on {main.agreed} inputs only, {doubtful} did not end: too few to say that they agree{left_out}"
    )
    return verdict_of(reason), reason, message
