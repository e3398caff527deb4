"""What every section of the configuration is built on."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """The base of every section: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Sampling(Section):
    """How a completion is sampled."""

    temperature: float = Field(0.6, ge=0)
    top_p: float = Field(0.95, gt=0, le=1)
    top_k: int = Field(20, ge=0)
    """0: no limit."""
    presence_penalty: float = Field(0.0, ge=-2, le=2)
    max_tokens: int = Field(128, ge=1)
