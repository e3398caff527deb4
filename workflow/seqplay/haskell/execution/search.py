"""The search for a difference: an instance is run on one input after the other, through children that hang or die."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

from seqplay.config import HaskellConfig
from seqplay.haskell.execution import driver as drive
from seqplay.haskell.execution.coverage import Reached
from seqplay.haskell.execution.entry import Instance, Refused
from seqplay.haskell.execution.evaluation import judge, pair_outcomes, read_outcome
from seqplay.haskell.execution.loading import CHECK_SECONDS, Pair, load, lost_reason, require_loaded, subject
from seqplay.haskell.execution.tally import EVALUATION_WORK, Tally
from seqplay.haskell.results import Outcome, Reason
from seqplay.haskell.sandbox.session import Session, named

COMPARISON_SECONDS = 38.0
"""Wall limit of one comparison, which a busy machine reaches sooner: then there is no verdict on the inputs so far."""
COMPARISON_WORK = 1_000_000
"""KiB that the evaluations of one comparison may allocate, after which the inputs tried so far count."""
MIN_AGREEING_INPUTS = 100
"""Inputs on which both must have ended before agreement is said; for these it may do three times its work."""
EVALUATION_SECONDS = 0.25
"""Processor time of one evaluation, for what takes long without allocating."""
MAX_NONTERMINATING_INPUTS = 24
"""Inputs that did not end after which an instance is given up."""
SAMPLE = "sample"
"""The worker's mode without probes."""
EXTRA_INCONCLUSIVE_INPUTS = 6
"""Further inconclusive inputs, once it is known that just one of the two programs ends on one."""


@dataclass(frozen=True)
class Comparison:
    """What is asked of two programs: whether they differ, and how hard to look."""

    p: str
    q: str
    entry: str | None
    """The entry's name in P; by default as the file says."""
    seed: int
    evaluations: int
    """Inputs over all instances."""
    one_sided: bool
    """Whether a small input on which just one of them ends is no agreement."""
    min_coverage: float
    """Share of both programs' probes below which there is no agreement."""
    guided: bool
    """Whether inputs are made from what others reached."""
    probed: bool
    """Whether the programs have probes, by which coverage is known; always where it is guided."""
    work: int
    """KiB that evaluations may allocate, after which the inputs tried so far count."""
    seconds: float
    """Wall limit."""


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
    asked: Comparison
    deadline: float
    looking: float
    """Processor seconds that looking with the configured limits at inputs on which just one ended may still take."""
    work: int
    """KiB that evaluations may still allocate."""
    cut_off: bool = False
    """Whether the wall limit ended it."""
    one_sided: Difference | None = None
    """What just one of them computes: the answer where no difference is found."""
    doubted: list[list[str]] = field(default_factory=list)
    """Small inputs on which just one ended within the worker's limits, to look at once no other tells the two apart."""

    def __post_init__(self) -> None:
        """Write the driver. Raises ``Refused`` where an instance cannot be run."""
        self._driver, self._plan = _driver(self.pair, self.instances)
        self._sources = [self.asked.p, self.asked.q]
        probed = "compare" if self.asked.guided else "probed" if self.asked.probed else None
        self._mode = f"{probed} {self.pair.p_entry.name} {self.pair.q_entry.name}" if probed else SAMPLE

    def instance(self, number: int, budget: int, reached: Reached) -> tuple[Tally, Difference | None]:
        """Run one instance to its end, on as many children as it takes; ``reached`` is that of all instances."""
        tally = Tally(most_inconclusive=EXTRA_INCONCLUSIVE_INPUTS if self.one_sided else None, reached=reached)
        difference = self._run_through(tally, number, budget)
        self.work -= tally.spent
        if difference is None and not reached.programs and tally.agreed:
            self._learn_probes(number, tally)
        return tally, difference

    def _run_through(self, tally: Tally, number: int, budget: int) -> Difference | None:
        """Run an instance until all is tried, it is given up, or the wall limit comes; then look at what is doubted.

        Most programs with a mistake that do not end on one input are told apart on another, within milliseconds: the
        configured seconds are spent only where nothing else tells.
        """
        while True:
            found = self._try_inputs(tally, number, budget)
            if found is not None or not self.doubted:
                return found
            doubted, self.doubted = self.doubted, []
            for arguments in doubted:
                found = self._at_length(number, arguments)
                if found is not None and found.diverges:
                    return found
                if found is not None:
                    self.one_sided = found
                    return None
            tally.most_inconclusive = None
            if self.cut_off:
                return None

    def _try_inputs(self, tally: Tally, number: int, budget: int) -> Difference | None:
        while len(tally.hung) <= MAX_NONTERMINATING_INPUTS:
            if time.monotonic() >= self.deadline:
                self.cut_off = True
                return None
            before = tally.settings()
            reply = self._ask(number, budget, tally, before, self._stop())
            limit = lost_reason(reply)
            if limit is None:
                tally.update(reply)
                if reply["status"] == "differ":
                    outcomes = (read_outcome(reply["left"]), read_outcome(reply["right"]))
                    return self._as_written(Difference(number, reply["arguments"], *outcomes, self.config))
                if reply["status"] == "agree":
                    tally.complete = reply["complete"]
                    return None
                if reply["status"] == "exhausted":
                    load(self.session, self._sources)
            else:
                self._resume(tally, reply, limit)
            if (found := self._stopped_at(number, budget, tally, before, reply)) is not None:
                return found
        return None

    def _learn_probes(self, number: int, tally: Tally) -> None:
        """Ask which probes there are, where no child lived to say so: without, nothing is known of what is missing."""
        load(self.session, self._sources)
        reply = self._ask(number, 0, tally, tally.settings(), _Stop.NOWHERE)
        if lost_reason(reply) is None:
            tally.reached.update(reply)

    def _stop(self) -> _Stop:
        if not self.asked.one_sided or self.one_sided is not None:
            return _Stop.NOWHERE
        return _Stop.ANYWHERE if self.config.timeout_diverges and self.looking > 0 else _Stop.SMALL

    def _resume(self, tally: Tally, reply: dict[str, Any], limit: Reason) -> None:
        """Go on in a fresh child, after the input on which the last one was lost."""
        if not ("board" in reply and reply["board"][0]):
            raise Refused(limit, f"compiling the programs for comparison ran into the {limit} limit")
        tally.resume(reply)
        load(self.session, self._sources)

    def _stopped_at(
        self, number: int, budget: int, tally: Tally, before: str, reply: dict[str, Any]
    ) -> Difference | None:
        """Take up the input at which the worker stopped or was lost; ``before`` is where it began.

        Returns a difference; a small input on which just one of them ends is doubted, and the search goes on.
        """
        stop = self._stop()
        if stop is _Stop.NOWHERE or tally.differed:
            return None
        known = reply.get("status") == "one_sided"
        given = reply if known else self._ask(number, budget, tally, before, _Stop.SHOW)
        if "lost" in given:
            load(self.session, self._sources)
        elif given["status"] == "exhausted":
            load(self.session, self._sources)
            return None
        if lost_reason(given) is not None or given["status"] not in ("input", "one_sided"):
            return None
        if not given["small"] and stop is not _Stop.ANYWHERE:
            return None
        if not known:
            # Which of the two was lost is not known, and mostly neither ends.
            found = self._looked_at(number, given["arguments"], full=False)
            if found is None or found.diverges:
                return found
        if stop is _Stop.ANYWHERE:
            found = self._at_length(number, given["arguments"])
            if found is None or found.diverges:
                return found
            if not given["small"]:
                return None
            self.one_sided = found
        else:
            self.doubted.append(given["arguments"])
        if tally.most_inconclusive is None:
            tally.most_inconclusive = tally.inconclusive + EXTRA_INCONCLUSIVE_INPUTS
        return None

    def _at_length(self, number: int, arguments: list[str]) -> Difference | None:
        """Look with the configured limits, as long as they may be spent."""
        return self._looked_at(number, arguments, full=self.looking > 0)

    def _looked_at(self, number: int, arguments: list[str], *, full: bool) -> Difference | None:
        started = time.monotonic()
        found = self._run(number, arguments, full=full)
        load(self.session, self._sources)
        # To come there again is part of the comparison's time; to look is not.
        self.deadline += time.monotonic() - started
        return found

    def _as_written(self, found: Difference) -> Difference:
        """Run both on a difference once more, without probes: these are ours, and a label speaks of the programs.

        Raises ``RuntimeError`` where no difference is seen then, which is our fault.
        """
        if self._mode == SAMPLE:
            return found
        for full in (False, True):
            written = self._run(found.instance, found.arguments, full=full)
            if written is not None and written.diverges:
                return replace(written, limits=self.config)
        given = " ".join(found.arguments)
        raise RuntimeError(f"with probes P gives {found.p} on {given}, and Q {found.q}; without, no difference")

    def _run(self, number: int, arguments: list[str], *, full: bool) -> Difference | None:
        """Run both on an input, under the configured limits or the worker's (then time makes no difference).

        Returns what they gave where it is not the same and at least one ended.
        """
        config = self.config
        if full:
            self.looking -= config.seconds
        else:
            config = config.model_copy(update={"seconds": EVALUATION_SECONDS, "timeout_diverges": False})
        # A worker has one driver at a time, and programs with probes or without.
        load(self.session, self._sources)
        try:
            _, (p, q) = pair_outcomes(
                self.session, config, self._sources, self.pair, [self.instances[number]], arguments
            )
        except Refused:
            return None
        return Difference(number, arguments, p, q, config) if (p.ended or q.ended) and p != q else None

    def _ask(self, number: int, budget: int, tally: Tally, start: str, stop: _Stop) -> dict[str, Any]:
        most = budget if tally.most_inconclusive is None else tally.most_inconclusive
        limits = named(
            microseconds=int(EVALUATION_SECONDS * 1_000_000),
            kibibytes=EVALUATION_WORK,
            characters=self.config.output_bytes,
            instance=number,
            seed=self.asked.seed,
            evaluations=budget,
            shrinking=tally.shrinking,
            patience=MAX_NONTERMINATING_INPUTS,
            most_inconclusive=most,
            most_work=self.work,
            least=MIN_AGREEING_INPUTS if number == 0 else 0,
            stop=stop,
            place=tally.lost_at,
        )
        settings = f"{limits} {start}"
        left = max(1.0, self.deadline - time.monotonic())
        reply = self.session.ask(
            ["drive", self._mode, settings, "0", self._driver, self._plan],
            seconds=min(CHECK_SECONDS + left, max(self.asked.seconds, COMPARISON_SECONDS)),
            stall_seconds=2 * EVALUATION_SECONDS + 0.25,
        )
        if "problem" in reply:
            require_loaded(reply["problem"])
            message = " ".join(str(reply["problem"]["message"]).split())
            raise Refused(Reason.NOTHING_TESTABLE, f"the programs cannot be run: {message}")
        return reply


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
