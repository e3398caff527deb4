"""Results of the prover: the verdict on a theorem, the proof that it rests on, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from seqplay.records import Evidence, KernelSays, Overflow, Record, StoredLemma, Verdict


class ProofReason(StrEnum):
    """Why a verdict on a theorem is what it is, where the prover itself decides; its tools have their own reasons."""

    PROVED = "proved"
    """Liquid Haskell accepts the proof, or the kernel in its place, and nothing contradicts it."""
    NOT_PROVED = "not_proved"
    """There is a theorem, and no proof of it was given or found."""
    TIMEOUT = "timeout"
    """The clock ended the search for a proof, so that nothing is known; a stage tries once more."""
    REFUSED = "refused"
    """The audit refuses a construct of a program or of the proof."""
    DISAGREEMENT = "checkers_disagree"
    """An alarm: Liquid Haskell accepts the proof, and the kernel has a value that refutes it. One of them is wrong."""
    NOT_SHOWN = "not_shown"
    """The kernel, which judges alone, does not show the theorem by the proof."""


class ProofResult(Record):
    """The verdict on a theorem, and the proof that it rests on."""

    verdict: Verdict
    reason: str
    """A ``ProofReason``; from the translation a ``refusal.Refusal``, from the definitions a ``DefinitionFailure``, from
    Liquid Haskell a ``verdict.LiquidReason``, from the programs a ``results.Reason``.
    """
    message: str
    theorem: str = ""
    """The refinement on ``proof``, as the pipeline writes it."""
    names: list[str] = Field(default_factory=list)
    """What a proof may refer to, each with its type."""
    proof: str | None = None
    finder: str = ""
    """``tactic:<name>``, or empty for a proof that was given."""
    evidence: Evidence | None = None
    kernel: KernelSays | None = None
    """What the kernel says of an accepted proof."""
    kernel_message: str = ""
    """Why, in its words."""
    overflow: Overflow | None = None
    """What is known of an accepted proof where Int overflows."""
    overflow_message: str = ""
    """Why overflow is not excluded."""
    provable: bool = True
    """False where no proof could be accepted: there is no theorem, or Liquid Haskell takes no such definitions."""
    lemmas: list[StoredLemma] = Field(default_factory=list)
    """Where a lemma store is used: what the tactics have proved besides, and of the store what their proof needs."""

    def judged_by(self) -> dict[str, Any]:
        """Return what a record of an attempt keeps of who accepted the proof."""
        return {
            "evidence": self.evidence,
            "kernel": self.kernel,
            "kernel_message": self.kernel_message,
            "overflow": self.overflow,
        }
