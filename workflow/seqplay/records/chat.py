"""Chats: what is sent to a model, and what it answers."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from seqplay.records.base import Record


class Message(BaseModel):
    """One turn of a chat."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Literal["system", "user", "assistant"]
    content: str


class Completion(Record):
    """One sampled completion, kept raw. Key: ``(request_id, sample)``."""

    request_id: str
    sample: int
    text: str
    finish_reason: Literal["stop", "length"]
    prompt_tokens: int
    completion_tokens: int
    seed: int

    @property
    def key(self) -> str:
        """The key under which a stage resumes."""
        return f"{self.request_id}/{self.sample}"
