"""The configuration of the dataset pipeline: which instructions, how they are translated, checked and split."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator

from seqplay.config.section import Sampling, Section


class ColumnsConfig(Section):
    """Columns of the source, by OpenCodeInstruct's names."""

    id: str = "id"
    instruction: str = "input"
    python: str = "output"
    domain: str = "domain"
    algorithm: str = "generation_algorithm"
    tests: str = "unit_tests"
    score: str = "average_test_score"


class InstructionsConfig(Section):
    """Which instructions are translated."""

    source: str = "config/data/instructions.jsonl"
    """A JSON lines or parquet file, a folder saved by `datasets`, or a hub dataset id (`nvidia/OpenCodeInstruct`)."""
    split: str = "train"
    revision: str | None = None
    """The hub revision (commit) to pin."""
    licence: str = "Apache-2.0"
    """The source's licence, for the dataset card."""
    columns: ColumnsConfig = ColumnsConfig()
    domains: tuple[str, ...] = ("generic",)
    """Kept values of the domain column; empty: all."""
    algorithms: tuple[str, ...] = ("self-instruct",)
    """Kept values of the generation algorithm column; empty: all."""
    least_score: float = Field(0.0, ge=0, le=1)
    """Least average test score."""
    limit: int = Field(0, ge=0)
    """Instructions that are taken, short Python solutions first, then the better test score; 0: all."""
    near_duplicate: float = Field(0.6, gt=0, le=1)
    """Jaccard similarity of neighbouring words from which two instructions, or programs, count as near-duplicates."""
    decontaminate: tuple[str, ...] = ()
    """JSON lines files that nothing may be a (near-)duplicate of: any of their text fields."""

    @property
    def files(self) -> list[str]:
        """The files on this machine that are read; a folder or a dataset of the hub is none."""
        return [name for name in (self.source, *self.decontaminate) if Path(name).is_file()]


class SplitConfig(Section):
    """Shares of the near-duplicate clusters; the rest is the training split."""

    validation: float = Field(0.05, ge=0, lt=1)
    test: float = Field(0.05, ge=0, lt=1)

    @model_validator(mode="after")
    def _check(self) -> SplitConfig:
        if self.validation + self.test >= 1:
            raise ValueError("validation and test together leave nothing to train on: allowed is a sum below 1")
        return self


class DatasetShards(Section):
    """Jobs over which a stage of the dataset is split; results do not depend on them."""

    generate: int = Field(1, ge=1)
    check: int = Field(1, ge=1)
    """Haskell and Python checks."""


class PythonConfig(Section):
    """The jailed Python that runs the given solutions."""

    seconds: float = Field(5, gt=0)
    """Processor seconds of one program over all its calls."""
    memory_mib: int = Field(512, ge=64)
    output_bytes: int = Field(262144, ge=1024)
    """Longest report of one program."""


class DatasetConfig(Section):
    """Haskell programs from Python instructions (`snakemake dataset`)."""

    instructions: InstructionsConfig = InstructionsConfig()
    samples: int = Field(1, ge=1)
    """Completions for each instruction."""
    few_shot: bool = True
    sampling: Sampling = Sampling(max_tokens=384)
    inputs: int = Field(6, ge=1)
    """Inputs made from the types for each program, beside those of its unit tests."""
    semantic: bool = True
    """Run the Python solution too, and record whether the two agree (tier C+)."""
    python: PythonConfig = PythonConfig()
    split: SplitConfig = SplitConfig()
    shards: DatasetShards = DatasetShards()
