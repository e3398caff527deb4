"""What an iteration comes to: examples for the players, one outcome each, alarms, and the counts."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from seqplay.records.base import Record
from seqplay.records.proposals import Pair
from seqplay.records.words import Goal, Kept, Role, Source


class Example(Record):
    """An accepted pair with its votes' outcome: a line of ``iteration_data.jsonl``."""

    iteration: int
    pair: Pair
    votes: int
    correct: int
    unparsed: int
    difficulty: float | None
    """``10 * (1 - correct / votes)``, earlier votes included; none where nobody voted."""
    difficulty_low: float
    difficulty_high: float
    """The 95 % Beta (Jeffreys) interval of the difficulty."""
    difficulty_parsed: float | None = None
    """The same over the votes that could be read; none where none could."""
    predicted: float | None = None
    """The mean difficulty that Alice predicted, where she was asked."""
    edit: str = ""
    """What leads from P to Q: ``game.edits``."""
    worth: float = 1.0
    """What it is worth to Alice after all of its kind that were accepted (``curriculum.max_same_edit``): 0 to 1."""
    earlier_votes: int = 0
    """Of a Bob of an earlier iteration (``curriculum.earlier_votes``): they count for the difficulty alone."""
    earlier_correct: int = 0
    kept: Kept

    @property
    def solved(self) -> float:
        """The share of right votes by all who voted; raises ``ZeroDivisionError`` where nobody did."""
        return (self.correct + self.earlier_correct) / (self.votes + self.earlier_votes)


class TrainingExample(Record):
    """One example for a player: exactly the prompt of inference, and the output to learn."""

    system_prompt: str
    user_prompt: str
    output: str
    """What was said: the whole text, reasoning and all; a rendered answer where no model said it (``source``)."""
    answer: str = ""
    """What reading ``output`` must give, in canonical form: else the example is refused (``adapters.read_back``)."""
    source: Source = Source.MODEL
    agent: Role
    task: str
    """``propose_seq``, ``propose_sinq``, ``prove``, ``repair``, ``predict_difficulty``, ``judge`` or ``find_input``."""
    goal: Goal | None = None
    """The pair's label, over which Bob's data is balanced."""
    pair_id: str
    iteration: int
    difficulty: float
    reward: float | None = None
    """What the answer earned (``train.method: grpo``), good or bad; none where it is to be imitated."""
    worth: float | None = None
    """With a reward: what the kind of edit of a valid proposal is worth; none of any other answer."""
    group: str = ""
    """With a reward: answers of one group were sampled from the same prompt."""
    finished: bool = True
    """False where the answer was cut at its token limit, so that no end of turn is learnt."""


class ProposalOutcome(Record):
    """The one outcome of a proposal in an iteration."""

    proposal_id: str
    program_id: str
    outcome: str
    """As of ``Outcome``."""


class Outcome(Record):
    """The one outcome of a sampled program in an iteration: that of its best proposal (the accounting invariant)."""

    program_id: str
    goal: Goal
    proposer: str
    outcome: str
    """``kept:hard``, ``kept:easy_sample``, ``dropped:<why>``, or ``<verdict>:<reason>``."""
    attempts: int


class Alarm(BaseModel):
    """A sign that a player collapses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agent: Role
    guard: str
    """The key under ``guards`` that raised it."""
    message: str
    """What was measured, beside what, and the limit."""


class GuardReport(Record):
    """What the collapse guards saw in an iteration: ``guards.jsonl``."""

    iteration: int
    measures: dict[str, float | None]
    """Shares by name; none where nothing was counted."""
    alarms: list[Alarm]
    action: Literal["stop", "keep_previous"]


class Summary(Record):
    """Counts and tokens of one iteration: ``seq_summary.jsonl``. No wall times."""

    experiment: str
    iteration: int
    engine: str
    model: str
    jail: str
    tools: list[str] = Field(default_factory=list)
    """What judged, with versions."""
    evidence: dict[str, int]
    """Accepted SEQ pairs by what they rest on."""
    sampled: int
    goals: dict[str, int]
    proposers: dict[str, int]
    outcomes: dict[str, int]
    """Outcome to count: adds up to ``sampled``."""
    proposals: dict[str, int] = Field(default_factory=dict)
    """Outcome to count, over all proposals."""
    answers: dict[str, int] = Field(default_factory=dict)
    """Bob's answers to count."""
    alarms: list[Alarm] = Field(default_factory=list)
    """What the collapse guards saw."""
    accepted: dict[str, int]
    """Goal to accepted pairs."""
    accepted_by_proposer: dict[str, int]
    borrowed_names: int = 0
    """Accepted pairs of the model's whose Q has new names of the kind that ``mutate`` gives: copies of its style."""
    edit_kinds: int = 0
    """Different kinds of edits (`game.edits`) among the accepted pairs of the model's, each goal's counted apart."""
    proofs: dict[str, int]
    """Finder to accepted proofs."""
    overflow: dict[str, int] = Field(default_factory=dict)
    """Of the accepted SEQ pairs with a proof: how many are known to what extent where Int overflows (``Overflow``)."""
    votes: int
    votes_correct: int
    votes_unparsed: int
    mean_difficulty: float | None
    mean_coverage: float | None = None
    """Mean share of both programs that the agreeing inputs reached, of the SEQ pairs that rest on testing alone."""
    kept: dict[str, int]
    alice_examples: int
    bob_examples: int
    adapters: dict[str, str]
    """Agent to ``trained``, ``carried over: …`` or ``none``."""
    tokens: dict[str, int]
    notes: list[str] = Field(default_factory=list)
