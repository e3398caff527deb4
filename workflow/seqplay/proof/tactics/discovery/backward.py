"""The search backward: what would the goal follow from, and that in turn, with more steps for what is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from seqplay.proof.tactics.discovery.attempt import Means
from seqplay.proof.tactics.discovery.cases import Case
from seqplay.proof.tactics.discovery.lemmas import Lemmas, generality
from seqplay.proof.tactics.discovery.proving import prove
from seqplay.proof.tactics.discovery.work import OutOfWork
from seqplay.proof.tactics.goal import Equality, Proof

GOAL, THOROUGH = 60_000, 50_000
"""Steps of one attempt to prove something from assumptions, and of one to prove a conjecture that is needed."""
SEVERAL = 4
"""Open cases of something that the goal follows from."""
ASSUMED = 30
"""Conjectures that are assumed together, to know which of them are needed."""
ALONE = 6
"""Conjectures of which each is assumed alone, where that does not tell."""
DEEP = 2
"""How far below the goal conjectures are looked for."""


@dataclass
class Backward:
    """Proves what an equality would follow from."""

    lemmas: Lemmas

    def run(self, goal: Equality) -> Iterator[None]:
        """Prove lemmas; yields each time when there may be more."""
        yield from self._below(goal, 0, set())

    def _below(self, target: Equality, depth: int, seen: set[Equality]) -> Iterator[None]:
        lemmas = self.lemmas
        seen.add(target)
        for equality in self._suggested(target):
            if not lemmas.is_known(equality):
                lemmas.consider(equality)
        lemmas.retry()
        yield
        for equality in self._needed(target):
            if equality in seen or equality not in lemmas.failed:
                continue
            if not lemmas.prove(equality, THOROUGH) and depth < DEEP:
                yield from self._below(equality, depth + 1, seen)
                if not lemmas.prove(equality, THOROUGH):
                    continue
            lemmas.failed = [each for each in lemmas.failed if each != equality]
            yield

    def _suggested(self, target: Equality) -> list[Equality]:
        """Return what the open cases of an equality suggest and was not stated."""
        _, cases = self._attempted(replace(self.lemmas.means, all_cases=True), target, GOAL)
        return [equality for case in cases[:SEVERAL] for equality in self.lemmas.suggested(case)]

    def _needed(self, target: Equality) -> list[Equality]:
        """Return conjectures from which an equality would follow, all at once or else one by one."""
        others = sorted((each for each in self.lemmas.failed if each != target), key=generality, reverse=True)
        for group in [others[:ASSUMED], *([each] for each in others[:ALONE])]:
            found = self._used(target, group)
            if found:
                return found
        return []

    def _used(self, target: Equality, group: Sequence[Equality]) -> list[Equality]:
        """Return those of some conjectures that a proof of an equality uses; none where they do not prove it."""
        assumed = {f"assumed{at}": replace(each, name=f"assumed{at}") for at, each in enumerate(group)}
        means = self.lemmas.means
        steps = GOAL if len(group) > 1 else self.lemmas.approach.steps
        proof, _ = self._attempted(replace(means, lemmas=(*means.lemmas, *assumed.values())), target, steps)
        return [each for name, each in zip(assumed, group, strict=True) if name in proof.lemmas] if proof else []

    def _attempted(self, means: Means, target: Equality, steps: int) -> tuple[Proof | None, list[Case]]:
        try:
            with self.lemmas.work.part(steps) as part:
                return prove(means, target, part, self.lemmas.approach)
        except OutOfWork:
            return None, []
