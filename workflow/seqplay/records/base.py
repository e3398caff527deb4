"""What every record is: a frozen line of JSON with the version of its schema."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

SCHEMA_VERSION: Literal[2] = 2
"""What this version writes. Version 1 is read (``inspect``, report, comparison); CHANGELOG says what changed."""
ADAPTER_ACCOUNT = "training.json"
"""The file of an adapter folder that says whether it was trained, on what, and how it went."""


class Record(BaseModel):
    """The base of every record: frozen, unknown fields refused, version stated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1, 2] = SCHEMA_VERSION


class Timing(Record):
    """Wall seconds of a stage's job (outside any byte-for-byte promise)."""

    iteration: int
    stage: str
    seconds: float
