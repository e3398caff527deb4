"""What is measured on held-out programs and pairs."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from seqplay.records.base import Record
from seqplay.records.learning import Alarm


class Accuracy(BaseModel):
    """A share with its 95 % interval: Jeffreys' over independent counts, by bootstrap over items in evaluations."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    correct: int
    total: int
    share: float | None
    low: float
    high: float


class Estimate(BaseModel):
    """A number with its 95 % bootstrap interval over items (pairs or programs)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float | None
    """None where there is nothing to measure; the interval is then of no length."""
    low: float
    high: float
    items: int
    """Over how many items; of a difference, those that both sides measured."""


class BobScores(BaseModel):
    """Bob on the held-out pairs, one way of decoding."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accuracy: dict[str, Accuracy]
    """By class (``seq``, ``sinq``, ``all``); intervals by bootstrap over pairs."""
    balanced: Estimate
    """The mean of the accuracies on SEQ and on SINQ."""
    answers: dict[str, int]
    """Answers to count, the unparsed among them."""


class LooksScores(BaseModel):
    """Bob beside a classifier that sees only looks and was trained on the game's pairs (`game.learnt_looks`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accuracy: float
    """The classifier's balanced accuracy on the held-out pairs."""
    told: Estimate
    """Bob's balanced accuracy, sampled, on the pairs of which it tells the label."""
    misled: Estimate
    """The same on the pairs of which it tells the wrong one."""
    told_difference: Estimate
    """Paired differences to the base."""
    misled_difference: Estimate


class PredictionScores(BaseModel):
    """Alice's predictions of difficulty against what Bob's sampled votes gave on the held-out pairs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    absolute_error: Estimate
    """The mean over pairs of |predicted - measured|, of 10."""
    rank_correlation: Estimate
    """Spearman's, over pairs."""
    unparsed: int
    predictions: int


class Measured(Record):
    """What an evaluation measured on one held-out item: a line of ``measures.jsonl``, for paired differences."""

    measure: str
    """``bob``, ``bob_greedy``, ``alice``, ``alice_greedy``, ``same_program``, ``proving`` or ``prediction_error``."""
    group: str
    """``seq`` or ``sinq``: the pair's label, or the goal that the program was given."""
    item: str
    """The id of the pair or program; of a theorem, that of the proposal which it is about."""
    hits: float
    """Right votes, accepted proposals, accepted proofs; or the error."""
    total: float


class Evaluation(Record):
    """Learning on the held-out programs after an iteration (0: the base model): a line of ``evaluation.jsonl``."""

    experiment: str
    iteration: int
    bob: dict[str, Accuracy]
    """Bob's accuracy by class (``seq``, ``sinq``, ``all``) over the fixed held-out pairs, sampled votes."""
    bob_unparsed: int
    bob_sampled: BobScores | None = None
    bob_greedy: BobScores | None = None
    looks: LooksScores | None = None
    """Whether Bob learned to read or to look; none for the base, and where the game had few pairs."""
    alice: dict[str, Accuracy]
    """Alice's accepted share by goal (``seq``, ``sinq``, ``all``) over the held-out programs, sampled."""
    alice_greedy: dict[str, Accuracy] = Field(default_factory=dict)
    same_program: Accuracy | None = None
    """Share of the held-out programs for which Alice's sampled proposal was a copy of P."""
    proving: Accuracy | None = None
    """Share of the held-out theorems that Alice proves; none where there is no Liquid Haskell."""
    prediction: PredictionScores | None = None
    against_base: dict[str, Estimate] = Field(default_factory=dict)
    """Paired differences to the base by measure (``bob_balanced``, ``alice_all``, …): same items, same seeds."""
    against_previous: dict[str, Estimate] = Field(default_factory=dict)
    """The same to the evaluation before."""
    alarms: list[Alarm] = Field(default_factory=list)
    """Where the collapse guards would stop, beside the base."""
    pairs: int
    programs: int
