"""Differential testing: inputs made from the entry's type, both programs run on each, a difference shrunk."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from seqplay.config import HaskellConfig
from seqplay.haskell.execution import driver as drive
from seqplay.haskell.execution.coverage import Reached
from seqplay.haskell.execution.entry import Instance, Refused, compared_instances
from seqplay.haskell.execution.evaluation import (
    judge,
    pair_outcomes,
    read_outcome,
    shown_instance,
)
from seqplay.haskell.execution.loading import (
    CHECK_SECONDS,
    Pair,
    load,
    load_pair,
    lost_reason,
    require_loaded,
    subject,
    verdict_of,
)
from seqplay.haskell.results import Compared, Outcome, Reason
from seqplay.haskell.sandbox.session import Session
from seqplay.records import Verdict

MIN_AGREEING_INPUTS = 100
"""Inputs on which both must have ended before agreement is said."""
MIN_RETURNING_INPUTS = 20
"""Of these, inputs on which both gave a value: programs that throw on all inputs alike have not been seen to agree."""
COMPARISON_SECONDS = 38.0
"""Wall limit of one comparison, after which the inputs tried so far count."""
EVALUATION_SECONDS = 0.25
"""Processor time of one evaluation of a program; longer ones are inconclusive, or looked at again (``_confirmed``)."""
MAX_SHRINKING_EVALUATIONS = 600
"""Evaluations that shrinking one difference may take."""
MAX_NONTERMINATING_INPUTS = 24
"""Inputs that did not end after which an instance is given up."""
EXTRA_INCONCLUSIVE_INPUTS = 6
"""Further inconclusive inputs, once it is known that just one of the two programs ends on one."""
FULL_LIMIT_RECHECKS = 3
"""Inputs on which just one of the two ended that are looked at with the configured limits; more are not."""
PRUNE_AFTER_NONTERMINATING = 3
"""From so many inputs on that did not end, larger ones than they are passed over (as ``doubt`` in the worker)."""
HUGE_NUMBER = 1_000_000
"""An input with such a number that did not end is enough, and numbers far below it are passed over too."""
LARGE_NUMBER = 30
"""Magnitude from which a number may be why an input did not end: only such a number lowers the ceiling of numbers."""
LARGE_SIZE = 8
"""Constructors from which its size may be why an input did not end: only such a size lowers the ceiling of sizes."""


@dataclass
class Tally:
    """How far one instance has come."""

    position: int = 0
    """Turns: inputs that were tried or passed over."""
    taken: int = 0
    """Of them from the supply; the others were made from what earlier ones reached."""
    agreed: int = 0
    returned: int = 0
    """Of those that agreed: both gave a value, and did not throw."""
    inconclusive: int = 0
    unbuilt: int = 0
    """Inputs that could not be built, on which nothing was run."""
    number_ceiling: int = 0
    size_ceiling: int = 0
    ended_kinds: int = 0
    hung: list[int] = field(default_factory=list)
    """Marks of the inputs that did not end, by which they are known again."""
    lost_at: int = 0
    """Position of the input on which a child was lost."""
    reached: Reached = field(default_factory=Reached)
    shrinking: int = MAX_SHRINKING_EVALUATIONS
    """Evaluations that shrinking may take; none once a child was lost while it shrank a difference."""
    most_inconclusive: int | None = None
    """Inconclusive inputs after which the instance is given up; none: as many as there are."""
    complete: bool = False

    @property
    def differed(self) -> bool:
        """Whether a difference was found and its child lost: if it cannot be shown again, there is no verdict."""
        return self.shrinking == 0

    def settings(self) -> str:
        """Return the tally as the worker reads it."""
        counts = [self.position, self.taken, self.agreed, self.returned, self.inconclusive, self.unbuilt]
        limits = [self.number_ceiling, self.size_ceiling, self.ended_kinds]
        covered = [self.reached.by_returning, self.reached.by_throwing]
        return " ".join(str(number) for number in [*counts, *limits, *covered, *self.hung])

    def update(self, reply: dict[str, Any]) -> None:
        """Take over what a worker that ended says."""
        self.reached.update(reply)
        counts = ("position", "taken", "agreed", "returned", "inconclusive", "unbuilt")
        for name in (*counts, "number_ceiling", "size_ceiling", "ended_kinds", "hung"):
            setattr(self, name, reply[name])

    def resume(self, reply: dict[str, Any]) -> None:
        """Take over what the supervisor saw of a child that hung or died: its present input counts as inconclusive."""
        _, position, self.agreed, inconclusive, self.number_ceiling, shrinking, magnitude, nodes, *rest = reply["board"]
        self.ended_kinds, self.size_ceiling, self.returned, self.unbuilt, self.taken, mark, _, *self.hung = rest
        self.reached.resume(reply["covered"])
        if shrinking:
            self.position, self.inconclusive, self.shrinking = position, inconclusive, 0
            return
        self.position, self.inconclusive = position + 1, inconclusive + 1
        self.hung, self.lost_at = [*self.hung, mark], position
        suspicious = len(self.hung) >= PRUNE_AFTER_NONTERMINATING
        if magnitude > HUGE_NUMBER or (suspicious and magnitude > LARGE_NUMBER):
            ceiling = math.isqrt(magnitude) if magnitude > HUGE_NUMBER else magnitude
            self.number_ceiling = min(self.number_ceiling or ceiling, ceiling)
        elif suspicious and nodes > LARGE_SIZE:
            self.size_ceiling = min(self.size_ceiling or nodes, nodes)


class _Stop(IntEnum):
    """Where a worker stops at an input on which one program ends and the other does not."""

    NOWHERE = 0
    """It counts as inconclusive."""
    SMALL = 1
    """Where the input is small, so that what does not end is not just slow."""
    ANYWHERE = 2
    """Also where a large one takes too long."""
    SHOW = 3
    """Go on to where a worker was lost, and show the input that it was lost on."""


@dataclass(frozen=True)
class Difference:
    """An input, and what both programs gave: a diverging one, shrunk, or one on which just one of them ends."""

    instance: int
    arguments: list[str]
    p: Outcome
    q: Outcome
    limits: HaskellConfig
    """What they were run under."""

    @property
    def diverges(self) -> bool:
        """Whether it is a difference, not just an input on which one of them ends."""
        return judge(self.p, self.q, self.limits)[1] is Reason.DIVERGES


@dataclass
class Search:
    """A comparison under way."""

    session: Session
    config: HaskellConfig
    pair: Pair
    instances: list[Instance]
    sources: list[str]
    driver: str
    plan: str
    seed: int
    deadline: float
    both_must_end: bool
    """Whether a small input on which just one of them ends is no agreement."""
    mode: str
    """``compare``, or ``sample`` where inputs are not to be made from what others reached."""
    min_coverage: float
    """Share of both programs' probes below which there is no agreement."""
    looking: float
    """Processor seconds that looking with the configured limits at inputs on which just one ended may still take."""
    one_sided: Difference | None = None
    """What just one of them computes: the answer where no difference is found."""

    def instance(self, number: int, budget: int, reached: Reached) -> tuple[Tally, Difference | None]:
        """Run one instance to its end, on as many children as it takes; ``reached`` is that of all instances."""
        tally = Tally(most_inconclusive=EXTRA_INCONCLUSIVE_INPUTS if self.one_sided else None, reached=reached)
        while time.monotonic() < self.deadline and len(tally.hung) <= MAX_NONTERMINATING_INPUTS:
            before = tally.settings()
            reply = self._ask(number, budget, tally, before, self._stop())
            limit = lost_reason(reply)
            if limit is None:
                tally.update(reply)
                if reply["status"] == "differ":
                    outcomes = (read_outcome(reply["left"]), read_outcome(reply["right"]))
                    return tally, Difference(number, reply["arguments"], *outcomes, self.config)
                if reply["status"] == "agree":
                    tally.complete = reply["complete"]
                    return tally, None
                if reply["status"] == "exhausted":
                    load(self.session, self.sources)
            else:
                self._resume(tally, reply, limit)
            if (found := self._looked_at(number, budget, tally, before, reply)) is not None:
                return tally, found
        if not reached.programs and tally.agreed:
            self._learn_probes(number, tally)
        return tally, None

    def _learn_probes(self, number: int, tally: Tally) -> None:
        """Ask which probes there are, where no child lived to say so: without, nothing is known of what is missing."""
        load(self.session, self.sources)
        reply = self._ask(number, 0, tally, tally.settings(), _Stop.NOWHERE)
        if lost_reason(reply) is None:
            tally.reached.update(reply)

    def _stop(self) -> _Stop:
        if not self.both_must_end or self.one_sided is not None:
            return _Stop.NOWHERE
        return _Stop.ANYWHERE if self.config.timeout_diverges and self.looking > 0 else _Stop.SMALL

    def _resume(self, tally: Tally, reply: dict[str, Any], limit: Reason) -> None:
        """Go on in a fresh child, after the input on which the last one was lost."""
        if not ("board" in reply and reply["board"][0]):
            raise Refused(limit, f"compiling the programs for comparison ran into the {limit} limit")
        tally.resume(reply)
        load(self.session, self.sources)

    def _looked_at(
        self, number: int, budget: int, tally: Tally, before: str, reply: dict[str, Any]
    ) -> Difference | None:
        """Run both again on the input at which the worker stopped or was lost; ``before`` is where it began.

        Returns a difference; a small input on which just one of them ends is kept, and nothing more is looked at.
        """
        stop = self._stop()
        if stop is _Stop.NOWHERE or tally.differed:
            return None
        known = reply.get("status") == "one_sided"
        given = reply if known else self._ask(number, budget, tally, before, _Stop.SHOW)
        found = None
        if "lost" in given:
            load(self.session, self.sources)
        elif given["status"] == "exhausted":
            load(self.session, self.sources)
            return None
        # To come there again is part of the comparison's time; to look is not.
        started = time.monotonic()
        if (
            lost_reason(given) is None
            and given["status"] in ("input", "one_sided")
            and (given["small"] or stop is _Stop.ANYWHERE)
        ):
            if not known or self.looking <= 0:
                # Which of the two was lost is not known, and mostly neither ends.
                found = self._run(number, given["arguments"], full=False)
            if self.looking > 0 and (known or (found is not None and not found.diverges)):
                found = self._run(number, given["arguments"], full=True)
        self.deadline += time.monotonic() - started
        if found is None or found.diverges:
            return found
        if given.get("small"):
            self.one_sided = found
            tally.most_inconclusive = tally.inconclusive + EXTRA_INCONCLUSIVE_INPUTS
        return None

    def _run(self, number: int, arguments: list[str], *, full: bool) -> Difference | None:
        """Run both on an input, under the configured limits or the worker's (then time makes no difference).

        Returns what they gave where it is not the same and at least one ended.
        """
        config = self.config
        if full:
            self.looking -= config.seconds
        else:
            config = config.model_copy(update={"seconds": EVALUATION_SECONDS, "timeout_diverges": False})
        # A worker has one driver at a time: that of the comparison goes, and comes back after.
        load(self.session, self.sources)
        try:
            _, (p, q) = pair_outcomes(
                self.session, config, self.sources, self.pair, [self.instances[number]], arguments
            )
        except Refused:
            return None
        finally:
            load(self.session, self.sources)
        return Difference(number, arguments, p, q, config) if (p.ended or q.ended) and p != q else None

    def _ask(self, number: int, budget: int, tally: Tally, start: str, stop: _Stop) -> dict[str, Any]:
        micro, limit = int(EVALUATION_SECONDS * 1_000_000), self.config.output_bytes
        most = budget if tally.most_inconclusive is None else tally.most_inconclusive
        limits = [
            micro,
            limit,
            number,
            self.seed,
            budget,
            tally.shrinking,
            MAX_NONTERMINATING_INPUTS,
            most,
            int(stop),
            tally.lost_at,
        ]
        settings = f"{' '.join(map(str, limits))} {start}"
        left = max(1.0, self.deadline - time.monotonic())
        reply = self.session.ask(
            ["drive", self.mode, settings, "0", self.driver, self.plan],
            seconds=min(CHECK_SECONDS + left, COMPARISON_SECONDS),
            stall_seconds=2 * EVALUATION_SECONDS + 0.5,
        )
        if "problem" in reply:
            require_loaded(reply["problem"])
            message = " ".join(str(reply["problem"]["message"]).split())
            raise Refused(Reason.NOTHING_TESTABLE, f"the programs cannot be run: {message}")
        return reply


def compare(
    session: Session,
    config: HaskellConfig,
    p: str,
    q: str,
    entry: str | None,
    seed: int,
    evaluations: int,
    *,
    one_sided: bool,
    min_coverage: float | None,
    guided: bool,
    seconds: float,
) -> Compared:
    """Answer ``Executor.compare``."""
    started = time.monotonic()
    try:
        pair = load_pair(session, p, q, entry, literals=True)
        instances = compared_instances(pair.instances)
        search = Search(
            session,
            config,
            pair,
            instances,
            [p, q],
            *_driver(pair, instances),
            seed=seed,
            deadline=started + seconds,
            both_must_end=one_sided,
            mode="compare" if guided else "sample",
            min_coverage=config.min_coverage if min_coverage is None else min_coverage,
            looking=FULL_LIMIT_RECHECKS * config.seconds,
        )
        return _search(search, evaluations)
    except Refused as error:
        # No difference is what was asked; whether it is what somebody wanted is for them to say.
        same = error.reason is Reason.SAME_PROGRAM
        verdict = Verdict.ACCEPTED if same else verdict_of(error.reason)
        return Compared(verdict=verdict, reason=error.reason, message=error.message)


def _driver(pair: Pair, instances: list[Instance]) -> tuple[str, str]:
    """Return the driver with all instances, and the plan that makes it unnecessary (or nothing)."""
    codecs = [drive.Codecs("P", pair.p), drive.Codecs("Q", pair.q)]
    texts, lines = [], []
    for instance in instances:
        sides = [(codecs[0], pair.p_entry, instance), (codecs[1], pair.q_entry, pair.for_q(instance))]
        texts.append(" ".join(["H.Instance", *(subject(codec, chosen, at) for codec, chosen, at in sides)]))
        lines += [codec.entry_line(chosen.name, *chosen.arrows(at)) for codec, chosen, at in sides]
    sources = [pair.p.literals, pair.q.literals]
    bindings = [drive.constants(sources), f"instances = [{', '.join(texts)}]"]
    free = not pair.p_entry.declaration.constraints
    return drive.module(codecs, bindings, arguments=False), drive.plan(codecs, lines, sources) if free else ""


def _budgets(count: int, evaluations: int) -> list[int]:
    """Give the default instance the larger part."""
    if count == 1:
        return [evaluations]
    each = max(1, evaluations * 2 // 5 // (count - 1))
    return [evaluations - each * (count - 1), *([each] * (count - 1))]


def _search(search: Search, evaluations: int) -> Compared:
    tried: list[str] = []
    tallies: list[Tally] = []
    reached = Reached()
    budgets = _budgets(len(search.instances), evaluations)
    for number, (instance, budget) in enumerate(zip(search.instances, budgets, strict=True)):
        tried.append(shown_instance(instance))
        tally, difference = search.instance(number, budget, reached)
        tallies.append(tally)
        if difference is not None:
            return _found(search, tallies, tried, difference)
        if time.monotonic() >= search.deadline:
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
    coverage, whole = reached.coverage(), _complete(tallies)
    if verdict is Verdict.ACCEPTED and coverage is not None and not whole and coverage.share < search.min_coverage:
        missed = ", ".join(coverage.unreached[:3]) + (" and others" if len(coverage.unreached) > 3 else "")
        verdict, reason = Verdict.REJECTED, Reason.INCONCLUSIVE
        message += (
            f", but they reached {100 * coverage.share:.0f} % of a program only, and haskell.min_coverage asks for "
            f"{100 * search.min_coverage:g} %; not reached: {missed}"
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
