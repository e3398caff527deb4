"""The configuration of evaluation suites: which items, in which known format, asked of whom and how often."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

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
    HASKELL_PAIRS = "haskell_pairs"
    """Are two Haskell programs equivalent? Asked as Bob is asked in the game."""


ShippedSuite = Literal["haskell_tasks", "haskell_pairs"]
"""The suites that come with seqplay: their names are enough of a configuration."""
SHIPPED: Mapping[str, SuiteFormat] = {
    "haskell_tasks": SuiteFormat.HUMANEVAL_HS,
    "haskell_pairs": SuiteFormat.HASKELL_PAIRS,
}
SHIPPED_FOLDER = Path(__file__).resolve().parents[3] / "config/data/suites"
_SHIPPED_PREFIX = "shipped:"


class SuiteConfig(Section):
    """One suite."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    format: SuiteFormat
    items: str
    """A JSON lines file, or ``shipped:NAME``. Nothing is downloaded during a run."""
    samples: int = Field(1, ge=1)
    """Answers to each item."""
    k: tuple[int, ...] = (1,)
    """For suites of tests: the k of pass@k."""
    sampling: Sampling = Sampling(max_tokens=512)
    """Temperature 0 is greedy."""
    players: tuple[Literal["alice", "bob"], ...] = ("bob",)
    """Who answers beside the base model."""

    @property
    def path(self) -> Path:
        """The file of the items; a shipped one lies beside the package, whatever the working folder."""
        name = self.items.removeprefix(_SHIPPED_PREFIX)
        return Path(self.items) if name == self.items else SHIPPED_FOLDER / f"{name}.jsonl"

    @model_validator(mode="after")
    def _known(self) -> SuiteConfig:
        name = self.items.removeprefix(_SHIPPED_PREFIX)
        if name != self.items and name not in SHIPPED:
            raise ValueError(f"items: found {self.items!r}; shipped are {', '.join(SHIPPED)}")
        return self

    @model_validator(mode="after")
    def _enough_samples(self) -> SuiteConfig:
        if any(not 1 <= k <= self.samples for k in self.k):
            raise ValueError(f"k: found {list(self.k)}; pass@k needs 1 <= k <= samples, which is {self.samples}")
        return self


def _named(value: Any) -> Any:
    """Return the keys of a shipped suite that is given by its name alone."""
    if not isinstance(value, str):
        return value
    if value not in SHIPPED:
        raise ValueError(f"shipped suites are {', '.join(get_args(ShippedSuite))}; others need name, format and items")
    return {"name": value, "format": SHIPPED[value], "items": f"{_SHIPPED_PREFIX}{value}"}


Suite = Annotated[SuiteConfig, BeforeValidator(_named, json_schema_input_type=ShippedSuite | SuiteConfig)]
"""A suite by its keys, or a shipped one by its name."""
