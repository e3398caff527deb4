"""Messages between a stage and its prover's processes: one JSON object on a line.

The stage begins with an ``Order``, and the process says which tools judge; then each ``Question`` has its ``Reply``.
They are apart from ``prover_process`` since the stage has no use for the prover itself, which takes long to import.
"""

from __future__ import annotations

import traceback
from typing import Literal

from pydantic import BaseModel, ConfigDict

from seqplay.config import HaskellConfig, ProofConfig
from seqplay.errors import bug_report
from seqplay.proof.results import ProofResult
from seqplay.records import StoredLemma
from seqplay.runtime.mistake import Mistake

END_SECONDS = 5.0
"""How long a question under way is waited for, and the sessions are given to end, once the stage is gone."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Order(_Message):
    """What a prover is opened with."""

    haskell: HaskellConfig
    proof: ProofConfig
    lemmas: tuple[StoredLemma, ...] | None
    """Of the lemma store; none where there is no store."""


class Question(_Message):
    """A question of ``Prover``'s."""

    name: Literal["theorem", "refuse", "check", "prove"]
    arguments: dict[str, str | int | None]
    """By their names."""


class Bug(_Message):
    """What broke in seqplay itself."""

    report: str
    trace: str

    @classmethod
    def of(cls, error: Exception) -> Bug:
        """Describe an error with its traceback."""
        return cls(report=bug_report(error), trace="".join(traceback.format_exception(error)))


class Reply(_Message):
    """What a line of the stage's comes to: one of these."""

    tools: str | None = None
    """The prover is open: what judges, with versions."""
    result: ProofResult | None = None
    mistake: Mistake | None = None
    bug: Bug | None = None
