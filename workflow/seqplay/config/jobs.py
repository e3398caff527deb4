"""The configuration of jobs: over how many a stage is split, and what one of them asks for."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from seqplay.config.section import Section


class ShardsConfig(Section):
    """Jobs over which a stage is split; results do not depend on them."""

    propose: int = Field(1, ge=1)
    validate_: int = Field(1, ge=1, alias="validate")
    prove: int = Field(1, ge=1)
    vote: int = Field(1, ge=1)

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, populate_by_name=True)


class Resources(Section):
    """What one job of a role asks for (Slurm; `gpus` and `cpus` also locally)."""

    partition: str | None = None
    gpus: int = Field(0, ge=0)
    """0: none; with engine `vllm`, as many as the engine takes, and one for a training."""
    """With engine `vllm` its jobs ask for `engine.vllm.tensor_parallel`, and trainings for 1, if nothing is said."""
    cpus: int = Field(2, ge=1)
    memory_mb: int = Field(4000, ge=100)
    minutes: int = Field(60, ge=1)


class ResourcesConfig(Section):
    """Resources by role."""

    jobs_per_gpu: int = Field(1, ge=1)
    """Jobs that share a GPU, where no scheduler gives it out: a small model's trainings and sampling fit side by side
    (with a lower `engine.vllm.memory_share`, and a resident engine, which does not sleep then)."""
    engine: Resources = Resources(cpus=1, memory_mb=8000, minutes=240)
    """Alice's proposals and proofs, Bob's votes, the evaluation."""
    train: Resources = Resources(cpus=1, memory_mb=12000, minutes=480)
    haskell: Resources = Resources(cpus=1, memory_mb=6000, minutes=240)
    """Validation and proof checking."""
    light: Resources = Resources(cpus=1, memory_mb=2000, minutes=30)
