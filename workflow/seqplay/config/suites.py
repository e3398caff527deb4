"""The configuration of evaluation suites: which items, in which known format, asked of whom and how often."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from seqplay.config.section import Sampling, Section


class SuiteFormat(StrEnum):
    """Known suites, by their columns, prompt, reader and scorer."""

    HUMANEVAL_HS = "humaneval_hs"
    """Programs in Haskell put to tests; the prompt ends in a signature."""
    MBPP_HS = "mbpp_hs"
    """The same, in MultiPL-E's columns: the prompt ends in the left-hand side of an equation, and shows the test."""
    HUMANEVAL_PYTHON = "humaneval_python"
    MBPP_PYTHON = "mbpp_python"
    EQUIBENCH = "equibench"
    """Are two programs equivalent? True or false, by category."""
    PYSECDB = "pysecdb"
    """Does a commit fix a vulnerability?"""
    CODEXGLUE_DEFECT = "codexglue_defect"
    """Is a function insecure?"""


class SuiteConfig(Section):
    """One suite."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    format: SuiteFormat
    items: str
    """A JSON lines file. Nothing is downloaded during a run."""
    samples: int = Field(1, ge=1)
    """Answers to each item."""
    k: tuple[int, ...] = (1,)
    """For suites of tests: the k of pass@k."""
    sampling: Sampling = Sampling(max_tokens=512)
    """Temperature 0 is greedy."""
    players: tuple[Literal["alice", "bob"], ...] = ("bob",)
    """Who answers beside the base model."""

    @model_validator(mode="after")
    def _enough_samples(self) -> SuiteConfig:
        if any(not 1 <= k <= self.samples for k in self.k):
            raise ValueError(f"k: found {list(self.k)}; pass@k needs 1 <= k <= samples, which is {self.samples}")
        return self
