"""Records: what a line of each file is.

JSON lines, one frozen model a kind, ``schema_version`` in each. Ids are content hashes: same content, same id, on any
machine. Wall times live in ``timing.jsonl`` alone, so that every other file is byte for byte reproducible.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from seqplay.files import content_id

SCHEMA_VERSION: Literal[2] = 2
"""What this version writes. Version 1 is read (``inspect``, report, comparison); CHANGELOG says what changed."""
UNPARSED = "unparsed"
"""The reason of what no answer could be read from."""
ADAPTER_ACCOUNT = "training.json"
"""The file of an adapter folder that says whether it was trained, on what, and how it went."""


class Record(BaseModel):
    """The base of every record: frozen, unknown fields refused, version stated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1, 2] = SCHEMA_VERSION


class Goal(StrEnum):
    """What Alice is asked for."""

    SEQ = "seq"
    """An equivalent, different program, with a proof."""
    SINQ = "sinq"
    """An inequivalent program, with a diverging input."""


class Verdict(StrEnum):
    """The one outcome of a validated item."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TIMEOUT = "timeout"
    INFRA_ERROR = "infra_error"
    """A tool failed, not the program: retried, and never a label."""


class Evidence(StrEnum):
    """What a label rests on."""

    PROOF = "proof"
    """Liquid Haskell accepted a proof of the pipeline's theorem, warm and cold, and testing found no contradiction."""
    BOUNDED = "bounded"
    """Differential testing alone: no difference found within the budget. Not a proof."""
    WITNESS = "witness"
    """Both programs were run on the input and they differ."""


class Answer(StrEnum):
    """What a vote of Bob says."""

    EQUIVALENT = "equivalent"
    INEQUIVALENT = "inequivalent"
    UNPARSED = "unparsed"
    """No answer could be read: counts as wrong, and is counted as unparsed."""


class Role(StrEnum):
    """The two players."""

    ALICE = "alice"
    BOB = "bob"


class Decoding(StrEnum):
    """How a completion was drawn."""

    SAMPLED = "sampled"
    """At the configured temperature, from a seed of its own."""
    GREEDY = "greedy"
    """The most likely token at each step: what the model says without chance (evaluations)."""


class Source(StrEnum):
    """Who wrote the output of a training example."""

    MODEL = "model"
    """The player itself: its whole answer, reasoning and all."""
    MUTATE = "mutate"
    """A rewriting rule; the answer is rendered in the form that the prompt asks for."""
    TACTIC = "tactic"
    """A tactic found the proof; rendered likewise."""
    LABEL = "label"
    """The bare label of a pair that Bob never solved (``train.bob_unsolved: label``)."""


class ProposedBy(StrEnum):
    """Who proposes a program Q."""

    MODEL = "model"
    MUTATE = "mutate"
    """A rewriting rule, without a model."""


class Kept(StrEnum):
    """What became of an accepted pair in the curriculum."""

    HARD = "hard"
    """Difficulty above the threshold: trained on."""
    EASY_SAMPLE = "easy_sample"
    """Drawn from the easy ones: trained on."""
    LEARNABLE = "learnable"
    """``curriculum.select: learnability``, and 4p(1 - p) is high enough: trained on."""
    EASY_NOT_SAMPLED = "easy_not_sampled"
    NOT_LEARNABLE = "not_learnable"
    SEEN_BEFORE = "seen_before"
    """An equal pair (normal forms) was trained on in an earlier iteration, or stands earlier in this one."""
    NEAR_HELDOUT = "near_heldout"
    """Its Q is a near-duplicate of a held-out program or pair."""
    UNRELIABLE = "unreliable"
    """Too many of its votes could not be read: its difficulty says nothing."""
    NOT_ASKED = "not_asked"
    """Bob was not asked: other proposals for its program promised more (``alice.ask``)."""
    NO_VOTES = "no_votes"

    @property
    def trained_on(self) -> bool:
        """Whether the pair teaches the players."""
        return self in {Kept.HARD, Kept.EASY_SAMPLE, Kept.LEARNABLE}


class Program(Record):
    """A reference program P."""

    id: str
    code: str
    entry: str
    """The entry function, as the dataset names it or the design's rule chooses it."""
    type: str
    """The entry's type, as GHC gives it."""
    name: str
    """What the dataset calls it, or ``line N`` of its source."""


class SampledProgram(Record):
    """A program drawn for an iteration, with the goal and the proposer that it was given."""

    program: Program
    goal: Goal
    proposer: str
    """A ``ProposedBy``."""
    target_difficulty: float
    """What Alice is asked to aim for, of 10."""


class SkippedLine(Record):
    """A line of a dataset that is not a usable program, with the reason."""

    source: str
    line: int
    """Counted from 1."""
    reason: str


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


class Proposal(Record):
    """What Alice proposes for one program: a candidate Q, and her evidence, or why none could be read.

    A sampled program has one proposal for each attempt that was made; ``id`` hashes its content.
    """

    id: str
    program_id: str
    goal: Goal
    proposer: str
    """A ``ProposedBy``: ``mutate`` with the rule in ``rule``."""
    attempt: int
    """0 for the first try; retries count up."""
    sample: int = 0
    """Of the ``alice.samples`` proposals of one attempt."""
    decoding: Decoding = Decoding.SAMPLED
    code: str | None
    """Q, or none when the completion was unparsed."""
    diverging_input: list[str] | None = None
    """SINQ: one Haskell expression for each argument."""
    proof: str | None = None
    """SEQ: a proof that Alice gave together with Q, checked where the tactics fail."""
    rule: str | None = None
    unparsed: str | None = None
    """Why no proposal could be read from the completion."""
    system_prompt: str | None = None
    user_prompt: str | None = None
    completion: Completion | None = None

    @staticmethod
    def make(**fields: Any) -> Proposal:
        """Build a proposal whose id is the hash of program, goal, proposer, attempt, sample, code and input."""
        sample, decoding = fields.get("sample", 0), fields.get("decoding", Decoding.SAMPLED)
        key = content_id(
            "proposal",
            fields["program_id"],
            fields["goal"],
            fields["proposer"],
            str(fields["attempt"]),
            fields["code"] or "",
            "\0".join(fields.get("diverging_input") or []),
            *([str(sample)] if sample else []),
            *([decoding] if decoding is Decoding.GREEDY else []),
        )
        return Proposal(id=key, **fields)


class Coverage(BaseModel):
    """What agreeing inputs reached of both programs: of their functions, branches and outcomes of conditions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    p: int
    """Probes in P."""
    p_reached: int
    q: int
    q_reached: int
    unreached: list[str] = Field(default_factory=list)
    """By program and line: ``Q line 3: is True``. The first 20 of each program."""

    @property
    def share(self) -> float:
        """The smaller of both programs' shares."""
        return min(reached / probes if probes else 1.0 for reached, probes in self._parts)

    @property
    def _parts(self) -> tuple[tuple[int, int], ...]:
        return (self.p_reached, self.p), (self.q_reached, self.q)


class Judgement(Record):
    """The pipeline's verdict on one proposal: exactly one of the four, with its reason and what it rests on."""

    proposal_id: str
    program_id: str
    goal: Goal
    verdict: Verdict
    reason: str
    """What was accepted (``diverges``, ``no_difference``) or why not: a ``haskell.results.Reason``, or ``unparsed``."""
    message: str
    evidence: Evidence | None = None
    """None until a label rests on something."""
    entry: dict[str, Any] | None = None
    q_entry: str | None = None
    diverging_input: list[str] | None = None
    instance: dict[str, str] = Field(default_factory=dict)
    """What P's type variables ran at on the diverging input: it need not diverge at another instance."""
    p_output: str | None = None
    q_output: str | None = None
    evaluations: int = 0
    """Inputs on which both ended."""
    coverage: Coverage | None = None
    """What they reached of both programs, where nothing but them backs the label."""
    jail: str = ""
    tools: str = ""
    """The compiler that judged, with its version; none where nothing was run."""


class ProofProposal(Record):
    """What Alice answers when she is asked for a proof, before it is checked."""

    proposal_id: str
    round: int
    task: Literal["prove", "repair"] = "prove"
    """Which prompt asked: for a first proof, or for a repair of one that was refused."""
    proof: str | None
    unparsed: str | None = None
    system_prompt: str
    user_prompt: str
    completion: Completion


class ProofAttempt(Record):
    """One attempt to prove the theorem of an accepted-so-far SEQ proposal, kept whether it holds or not."""

    proposal_id: str
    round: int
    """0: tactics; from 1: Alice."""
    finder: str
    """``tactic:<name>`` or ``alice:round<r>``."""
    theorem: str
    names: list[str]
    """What a proof may refer to."""
    proof: str | None
    verdict: Verdict
    reason: str
    message: str
    provable: bool = True
    """False where no proof could be accepted: the pair is not handed to Alice."""
    asked: ProofProposal | None = None
    """Alice's prompt and raw answer, where she was asked."""
    tools: str = ""
    """Liquid Haskell, solver and compiler that judged, with their versions."""


class Pair(Record):
    """An accepted pair (P, Q) with its label and what the label rests on: what Bob is asked about."""

    id: str
    program_id: str
    proposal_id: str
    goal: Goal
    """The label: ``seq`` is equivalent, ``sinq`` is not."""
    proposer: str
    rule: str | None = None
    p: str
    q: str
    entry: str
    q_entry: str
    type: str
    evidence: Evidence
    diverging_input: list[str] | None = None
    instance: dict[str, str] = Field(default_factory=dict)
    """What P's type variables ran at on the diverging input: it need not diverge at another instance."""
    p_output: str | None = None
    q_output: str | None = None
    proof: str | None = None
    theorem: str | None = None
    proof_finder: str | None = None
    evaluations: int = 0
    """Inputs on which both ended and agreed (SEQ)."""
    coverage: Coverage | None = None
    """What they reached of both programs."""
    normal_id: str
    """Hash of the pair's normal forms: a pair seen in an earlier iteration is not trained on twice."""
    level: int = 1
    """Held-out pairs: how many rewrites lie between P and Q."""
    direction: Literal["forward", "backward"] = "forward"
    """Held-out pairs: ``backward`` asks about (Q, P)."""


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


class Example(Record):
    """An accepted pair with its votes' outcome: a line of ``iteration_data.jsonl``."""

    iteration: int
    pair: Pair
    votes: int
    correct: int
    unparsed: int
    difficulty: float | None
    """``10 * (1 - correct / votes)``; none where nobody voted."""
    difficulty_low: float
    difficulty_high: float
    """The 95 % Beta (Jeffreys) interval of the difficulty."""
    difficulty_parsed: float | None = None
    """The same over the votes that could be read; none where none could."""
    predicted: float | None = None
    """The mean difficulty that Alice predicted, where she was asked."""
    kept: Kept


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
    tools: list[str] = []
    """What judged, with versions."""
    evidence: dict[str, int]
    """Accepted SEQ pairs by what they rest on."""
    sampled: int
    goals: dict[str, int]
    proposers: dict[str, int]
    outcomes: dict[str, int]
    """Outcome to count: adds up to ``sampled``."""
    proposals: dict[str, int] = {}
    """Outcome to count, over all proposals."""
    answers: dict[str, int] = {}
    """Bob's answers to count."""
    alarms: list[Alarm] = []
    """What the collapse guards saw."""
    accepted: dict[str, int]
    """Goal to accepted pairs."""
    accepted_by_proposer: dict[str, int]
    proofs: dict[str, int]
    """Finder to accepted proofs."""
    votes: int
    votes_correct: int
    votes_unparsed: int
    mean_difficulty: float | None
    kept: dict[str, int]
    alice_examples: int
    bob_examples: int
    adapters: dict[str, str]
    """Agent to ``trained``, ``carried over: …`` or ``none``."""
    tokens: dict[str, int]
    notes: list[str] = Field(default_factory=list)


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
    alice: dict[str, Accuracy]
    """Alice's accepted share by goal (``seq``, ``sinq``, ``all``) over the held-out programs, sampled."""
    alice_greedy: dict[str, Accuracy] = {}
    same_program: Accuracy | None = None
    """Share of the held-out programs for which Alice's sampled proposal was a copy of P."""
    proving: Accuracy | None = None
    """Share of the held-out theorems that Alice proves; none where there is no Liquid Haskell."""
    prediction: PredictionScores | None = None
    against_base: dict[str, Estimate] = {}
    """Paired differences to the base by measure (``bob_balanced``, ``alice_all``, …): same items, same seeds."""
    against_previous: dict[str, Estimate] = {}
    """The same to the evaluation before."""
    alarms: list[Alarm] = []
    """Where the collapse guards would stop, beside the base."""
    pairs: int
    programs: int


class Timing(Record):
    """Wall seconds of a stage's job (outside any byte-for-byte promise)."""

    iteration: int
    stage: str
    seconds: float
