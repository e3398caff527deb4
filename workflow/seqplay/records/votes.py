"""What Alice predicts of a pair, and how Bob votes on it."""

from __future__ import annotations

from seqplay.records.base import Record
from seqplay.records.chat import Completion
from seqplay.records.words import Answer, Decoding


class Prediction(Record):
    """One sampled answer of Alice to how hard a pair is for Bob. Key: ``(pair_id, sample)``."""

    pair_id: str
    sample: int
    difficulty: float | None
    """From 0 to 10; none where no answer could be read."""
    unparsed: str | None = None
    system_prompt: str
    user_prompt: str
    completion: Completion


class Ballot(Record):
    """One answer of Bob on a pair, as parsed; not yet scored. Key: ``(pair_id, decoding, sample)``."""

    pair_id: str
    sample: int
    decoding: Decoding = Decoding.SAMPLED
    answer: Answer
    unparsed: str | None = None
    """Why no answer could be read."""
    found_input: list[str] | None = None
    """Task ``find_input``: the input that Bob gave."""
    completion: Completion


class Vote(Record):
    """A ballot scored against the label. Key: ``(pair_id, decoding, sample)``."""

    pair_id: str
    sample: int
    decoding: Decoding = Decoding.SAMPLED
    answer: Answer
    unparsed: str | None = None
    found_input: list[str] | None = None
    correct: bool
    tokens: int
