"""The search for a proof by lemmas of its own: conjecture, prove, use what is proved.

Two searches take turns: forward from the functions at hand, and backward from the goal. All of it is limited in
counted steps, so that a pair has the same answer on a busy and on a quiet machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf

from seqplay.proof.tactics.discovery.backward import Backward
from seqplay.proof.tactics.discovery.cases import Case
from seqplay.proof.tactics.discovery.forward import Forward, operators, symbols_for
from seqplay.proof.tactics.discovery.lemmas import Lemmas
from seqplay.proof.tactics.discovery.proving import BACKWARD, prove
from seqplay.proof.tactics.discovery.work import OutOfWork, Work
from seqplay.proof.tactics.goal import Equality, Proof, World

WORK = 1_500_000
"""Steps of one search."""
GOAL = 60_000
"""Steps of one attempt to prove the goal with what is proved by then."""
EXPLORED, RESERVED = 300_000, 0.5
"""Exploration may use so many steps, and of more it leaves this part to the search backward from the goal and to what
comes behind that.
"""
OPERATORS = ((2, 40), (0, 20))
PHASES = ((1, 120), (2, 80))
"""Explorations one after the other, of the operators alone and of all functions: constructors in one term, and
conjectures that are tried.
"""


@dataclass
class Discovery:
    """One search for a proof of a goal."""

    world: World
    goal: Equality
    deadline: float = inf
    """A last stop, by the monotonic clock."""
    work: Work = field(default_factory=lambda: Work(WORK))
    known: Sequence[Proof] = ()
    """Lemmas that hold, each after those that it recalls."""
    _stuck: list[Case] = field(default_factory=list)
    """The open cases of the goal."""
    _known_at_last_try: frozenset[str] | None = None

    def __post_init__(self) -> None:
        self._lemmas = Lemmas(self.world, self.work, self.deadline)
        self._lemmas.stated(self.goal.left, self.goal.right)  # no conjecture of its own
        for proof in self.known:
            self._lemmas.add(proof)

    @property
    def proved(self) -> dict[str, Proof]:
        """The lemmas by name, each after those that it recalls."""
        return self._lemmas.proved

    def refuse(self, names: Iterable[str]) -> None:
        """Take back lemmas that the checker does not accept, and all that rest on them."""
        self._lemmas.refuse(names)

    def closure(self, names: frozenset[str]) -> list[Proof]:
        """Return the lemmas of these names with all that they recall, in the order in which they were proved."""
        return self._lemmas.closure(names)

    def run(self) -> Iterator[Proof]:
        """Yield proofs of the goal, whose lemmas are among ``proved``.

        After one is yielded, lemmas may be refused; what follows does without them.
        """
        reserve = max(0, int((self.work.left - EXPLORED) * RESERVED))
        with suppress(OutOfWork, RecursionError):
            yield from self._tries()
            for _ in self._searches(reserve):
                yield from self._tries()

    def _tries(self) -> Iterator[Proof]:
        while (proof := self._try_goal()) is not None:
            yield proof

    def _searches(self, reserve: int) -> Iterator[None]:
        """Prove what is worth trying the goal with; yields each time when there is more.

        The first exploration leaves the ``reserve`` of steps to what comes behind it.
        """
        symbols = symbols_for(self.world, self.goal)
        forward = Forward(self._lemmas, reserve)
        backward = Backward(self._lemmas)
        yield from forward.opened(self._stuck)
        yield from forward.explored(symbols, *PHASES[0])
        forward.reserve, self._lemmas.approach = 0, BACKWARD
        yield from backward.run(self.goal)
        combining = operators(symbols)
        for phase in OPERATORS if combining else ():
            yield from forward.explored(combining, *phase)
            yield from backward.run(self.goal)
        for phase in PHASES[1:]:
            yield from forward.opened(self._stuck)
            yield from forward.explored(symbols, *phase)
        yield from forward.opened(self._stuck)

    def _try_goal(self) -> Proof | None:
        known = frozenset(self.proved)
        if known == self._known_at_last_try:
            return None
        self._known_at_last_try = known
        try:
            with self.work.part(GOAL) as part:
                proof, self._stuck = prove(self._lemmas.means, self.goal, part, self._lemmas.approach)
        except OutOfWork:
            return None
        return proof
