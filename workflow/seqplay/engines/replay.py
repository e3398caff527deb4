"""The ``replay`` engine: recorded completions from a JSON lines file, for tests and demonstrations without a model.

Each line is a ``Recording``. Which one answers sample ``k`` of a request:

1. a line whose ``key`` is ``recording_key(messages, seed of the sample)``, made by ``record`` from a real run;
2. else the first line, in the file's order, that has ``contains`` and all of whose strings occur in the request's
   messages after the system message's and the worked examples' (the last message); its ``texts`` are dealt out by
   ``k % len(texts)``. ``"contains": []`` answers everything. So a recording can be written by hand.

Without either the stage fails and names the request. Equal requests give equal completions, on any machine.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from seqplay.config import EngineConfig
from seqplay.engines.base import IsPending, Request, Sample, pending_samples
from seqplay.errors import EngineError
from seqplay.files import canonical_json, content_id, read_records
from seqplay.records import Completion, FinishReason, Message, Record


def recording_key(messages: Sequence[Message], seed: int) -> str:
    """Return the key of a recorded completion: a hash of the messages and the sample's own seed."""
    return content_id("recording", canonical_json([message.model_dump() for message in messages]), str(seed))


class Recording(Record):
    """A line of the recorded completions: either ``key`` or ``contains``, and the texts."""

    key: str | None = None
    contains: tuple[str, ...] | None = None
    texts: tuple[str, ...] = Field(min_length=1)
    finish_reason: FinishReason = "stop"
    seconds: float = Field(0.0, ge=0)
    """How long the engine takes for it (tests that interrupt a stage)."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.key is None) == (self.contains is None):
            raise ValueError("give either `key` or `contains`")
        return self


def record(request: Request, completion: Completion) -> Recording:
    """Return the recording of a completion that some engine gave."""
    return Recording(
        key=recording_key(request.messages, completion.seed),
        texts=(completion.text,),
        finish_reason=completion.finish_reason,
    )


class ReplayEngine:
    """Answers from recordings; the number of tokens is the number of words."""

    name = "replay"

    def __init__(self, recordings: Sequence[Recording], source: str) -> None:
        """Use the recordings; ``source`` names them in errors."""
        self._exact = {recording.key: recording for recording in recordings if recording.key is not None}
        self._patterns = [recording for recording in recordings if recording.contains is not None]
        self._source = source

    @classmethod
    def from_config(cls, engine: EngineConfig) -> Self:
        """Read the file that the configuration names; ``InputError`` where a line is no recording."""
        if engine.replay_file is None:
            raise EngineError("engine.replay_file: missing, and engine.kind is replay: name the recorded completions")
        return cls(read_records(Path(engine.replay_file), Recording), engine.replay_file)

    def sample(self, requests: Sequence[Request], wanted: IsPending) -> Generator[Completion]:
        """Yield the recorded completions in order; ``EngineError`` where there is none."""
        for draw in pending_samples(requests, wanted):
            recording = self._find(draw)
            if recording.seconds:
                time.sleep(recording.seconds)
            text = recording.texts[draw.sample % len(recording.texts)]
            yield Completion(
                request_id=draw.request.id,
                sample=draw.sample,
                text=text,
                finish_reason=recording.finish_reason,
                prompt_tokens=sum(len(message.content.split()) for message in draw.request.messages),
                completion_tokens=len(text.split()),
                seed=draw.seed,
            )

    def _find(self, draw: Sample) -> Recording:
        exact = self._exact.get(recording_key(draw.request.messages, draw.seed))
        if exact is not None:
            return exact
        prompt = draw.request.messages[-1].content
        for recording in self._patterns:
            if all(part in prompt for part in recording.contains or ()):
                return recording
        raise EngineError(f"{self._source}: no recording for request {draw.key}; add a line whose `contains` fits it")

    def close(self) -> None:
        """Release nothing."""
