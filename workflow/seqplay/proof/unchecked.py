"""Candidates in a module whose definitions nobody has checked: the first check judges these too."""

from __future__ import annotations

from dataclasses import dataclass, field

from seqplay.proof.tactics.batch import Answer, Assemble, Check


class Doubtful(Exception):
    """The first check of candidates leaves open whether the definitions are accepted: they are asked about alone."""


@dataclass
class Unchecked:
    """Checks candidates, the first of them with a look at the definitions before them."""

    assembled: Assemble
    checked: Check
    _before: dict[str, int] = field(default_factory=dict)
    _sound: bool = False

    def assemble(self, fragment: str) -> tuple[str, int]:
        """Put candidates into a module."""
        text, before = self.assembled(fragment)
        self._before[text] = before
        return text, before

    def check(self, text: str) -> Answer:
        """Check a module; raises ``Doubtful`` where the first one does not show that its definitions are accepted."""
        answer = self.checked(text)
        if not self._sound:
            before = self._before[text]
            if not answer.complete or any(first <= before for first, _ in answer.errors):
                raise Doubtful
            self._sound = True
        return answer
