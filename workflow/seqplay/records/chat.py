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


FinishReason = Literal["stop", "length", "overlong", "refused"]
"""Why a completion ends: of itself, at its token limit. Or why there is none: its prompt leaves no room for an answer,
or the server ended it otherwise (a content filter, a tool call)."""


class Completion(Record):
    """One sampled completion, kept raw. Key: ``(request_id, sample)``."""

    request_id: str
    sample: int
    text: str
    finish_reason: FinishReason
    prompt_tokens: int
    completion_tokens: int
    seed: int

    @property
    def key(self) -> str:
        """The key under which a stage resumes."""
        return f"{self.request_id}/{self.sample}"

    @property
    def unanswered(self) -> str | None:
        """Why there is no answer to read; none where there is one."""
        match self.finish_reason:
            case "overlong":
                return f"the prompt ({self.prompt_tokens or 'too many'} tokens) leaves no room for an answer"
            case "refused":
                return "the server gave no answer (a content filter, or a tool call)"
            case "stop" | "length":
                return None
