"""Records of the dataset: what a line of each of its files is."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from seqplay.records import Completion, Message, Record, Verdict


class Tier(StrEnum):
    """How far a program has come; each tier is part of those before it."""

    NONE = "none"
    """No program: nothing could be read, or it does not parse."""
    A = "A"
    """Raw: extracted and parsed."""
    B = "B"
    """Typechecked, with an entry that is a pure function of known type."""
    C = "C"
    """Runnable: it gives a value on inputs, recorded."""
    C_PLUS = "C+"
    """It agrees with the Python solution that it was made from."""


TIERS = tuple(Tier)


class Instruction(Record):
    """An instruction with its Python solution, as it is translated."""

    id: str
    """Content hash of instruction and solution."""
    row: int
    """Place in the source, from 0."""
    name: str
    """What the source calls it, or ``row N``."""
    instruction: str
    python: str
    domain: str = ""
    algorithm: str = ""
    tests: tuple[str, ...] = ()
    """Unit tests of the Python solution, one statement each."""
    score: float | None = None


class ReadRow(Record):
    """A row of the source: an instruction, or why it is none."""

    row: int
    name: str
    instruction: Instruction | None = None
    reason: str = ""
    filtered: bool = False
    """Whether it was an instruction that the configuration's filter does not take."""


class DroppedRow(Record):
    """A row of the source that is not translated, with the reason."""

    row: int
    name: str
    reason: str
    """``filtered``, ``invalid``, ``duplicate``, ``near_duplicate``, ``contaminated`` or ``limit``."""
    message: str = ""


class Sampled(Record):
    """A raw completion for an instruction, with the prompt that it answers."""

    id: str
    """Of the sample: instruction and number."""
    instruction_id: str
    prompt: tuple[Message, ...]
    completion: Completion


class Candidate(Record):
    """A sample after extraction: its program, or why there is none to check."""

    id: str
    instruction_id: str
    sample: int
    code: str | None = None
    normal_id: str = ""
    """Hash of the normal form; two texts of one program share it."""
    reason: str = ""
    """Empty where the program is to be checked: ``unparsed``, ``parse_error``, ``duplicate`` or ``contaminated``."""
    message: str = ""


class Origin(StrEnum):
    """Where an input comes from."""

    GIVEN = "given"
    """The line's own."""
    UNIT_TEST = "unit_test"
    """Translated from a unit test of the Python solution."""
    MADE = "made"
    """Made from the types: small, boundary and random values."""


class Trial(BaseModel):
    """One input and what came of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: tuple[str, ...]
    """One Haskell expression for each argument."""
    origin: Origin
    reason: str
    """``value``, ``exception``, or the limit that was hit."""
    output: str | None = None
    """The ``show`` of the value."""
    message: str = ""


class Validation(Record):
    """What tiers B and C say of one program."""

    id: str
    tier: Tier
    verdict: Verdict
    reason: str
    message: str
    entry: str = ""
    type: str = ""
    arguments: tuple[str, ...] = ()
    """Types of the arguments at the instance that was run."""
    result: str = ""
    instance: dict[str, str] = Field(default_factory=dict)
    trials: tuple[Trial, ...] = ()


class Agreement(StrEnum):
    """What the Python solution says of a program."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    NOT_COMPARABLE = "not_comparable"


class Comparison(BaseModel):
    """One input on which both ran."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: tuple[str, ...]
    origin: Origin
    outcome: str
    """``same``, ``different``, or why nothing is concluded."""
    haskell: str = ""
    python: str = ""


class Semantics(Record):
    """Whether a program of tier C does what its Python solution does."""

    id: str
    agreement: Agreement
    reason: str
    comparisons: tuple[Comparison, ...] = ()
    own_tests: int | None = None
    """Unit tests that the Python solution passes; none where it was not run."""
    infra: bool = False
    """The jail failed: asked again, and never a label."""


class Ending(Record):
    """The one outcome of a sample, or of a row that was never translated: these add up."""

    row: int
    name: str
    instruction_id: str = ""
    sample: int = -1
    """-1: a row that was not translated."""
    tier: Tier
    reason: str


class Example(Record):
    """A line of the dataset."""

    id: str
    name: str
    tier: Tier
    reason: str
    split: str
    cluster: str
    instruction: str
    python: str
    code: str
    entry: str
    type: str
    inputs: tuple[tuple[str, ...], ...]
    outputs: tuple[str, ...]
    agreement: str
    compared: int
    """Inputs on which Haskell and Python gave the same."""
    domain: str
    algorithm: str
    score: float | None
    tests: tuple[str, ...]
