"""What the executor says of programs: a verdict, a reason, one sentence, and the facts behind them."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from seqplay.records import Coverage, Record, Verdict


class Reason(StrEnum):
    """Why a verdict is what it is."""

    USABLE = "usable"
    """`check`: the program can play as P."""
    VALUE = "value"
    """`run`: the entry gave a value."""
    EXCEPTION = "exception"
    """`run`: the entry threw an exception."""
    DIVERGES = "diverges"
    """Two programs gave different outputs or exceptions on the same input."""
    NO_DIFFERENCE = "no_difference"
    """Two programs gave the same on every input that was tried."""
    PARSE_ERROR = "parse_error"
    """A program is not Haskell: GHC's parser refuses it."""
    TYPE_ERROR = "type_error"
    """GHC's renamer or type checker refuses a program."""
    UNSAFE_PRAGMA = "unsafe_pragma"
    """A pragma, extension or declaration that could reach outside the language: not on the allow-list."""
    UNSAFE_IMPORT = "unsafe_import"
    """An import that is not on the allow-list, or that Safe Haskell refuses."""
    NO_ENTRY = "no_entry"
    """No entry function can be chosen, or the one asked for is not there."""
    IO_ENTRY = "io_entry"
    """The entry function is in IO, or takes an action."""
    UNPRINTABLE = "unprintable"
    """The entry's result holds something that cannot be shown: a function, an abstract or existential type."""
    NOTHING_TESTABLE = "nothing_testable"
    """No inputs can be made: an argument's type, or no type fits a constraint."""
    TYPE_MISMATCH = "type_mismatch"
    """The entries' types, or the data types they use, are not the same."""
    SAME_PROGRAM = "same_program"
    """Q is P up to names, layout, comments, signatures and order of declarations."""
    BAD_INPUT = "bad_input"
    """An argument is not one well-typed Haskell expression, or there are too few or too many."""
    TIMEOUT = "timeout"
    """Checking or evaluation did not end in time."""
    WALL_LIMIT = "wall_limit"
    """`compare`: the clock's limit came before inputs or work were used up: there is no agreement on fewer."""
    MEMORY = "memory"
    """The heap limit was reached."""
    STACK = "stack"
    """The stack limit was reached."""
    OUTPUT_LIMIT = "output_limit"
    """The rendered output is longer than the limit: nothing is concluded from a part."""
    INCONCLUSIVE = "inconclusive"
    """Too few inputs on which both programs ended to say that they agree."""
    CONTRADICTED = "contradicted"
    """Testing contradicts what was claimed or proved."""
    TRANSLATION_GAP = "translation_gap"
    """What a theorem says of a program is not what it gives when it is run: seqplay's fault, never the pair's."""
    PASSED = "passed"
    """`attempt`: the test's `main` returned."""
    FAILED = "failed"
    """`attempt`: the test threw an exception."""
    ORPHAN_INSTANCE = "orphan_instance"
    """`attempt`: an answer has an instance whose class and types are not its own, which the test could use."""
    BAD_ITEM = "bad_item"
    """`attempt`: the item's own prompt or test cannot be used, whatever the answer."""
    CRASHED = "crashed"
    """GHC itself crashed on the program, twice."""
    WORKER_LOST = "worker_lost"
    """A worker died in the middle of the item, twice: an infra error, never a label."""
    BUG = "bug"
    """seqplay itself failed on the item: an infra error, never a label, and to be reported."""


UNFIT = frozenset(
    {
        Reason.PARSE_ERROR,
        Reason.TYPE_ERROR,
        Reason.UNSAFE_PRAGMA,
        Reason.UNSAFE_IMPORT,
        Reason.NO_ENTRY,
        Reason.IO_ENTRY,
        Reason.UNPRINTABLE,
        Reason.NOTHING_TESTABLE,
        Reason.BAD_INPUT,
    }
)
"""Reasons that say that the input is invalid (exit code 2)."""


def visible(text: str) -> str:
    """Return a text as a terminal may show it: control characters and lone surrogates escaped as in Haskell."""
    return "".join(char if char.isprintable() or char == "\n" else f"\\{ord(char)}" for char in text)


class Entry(BaseModel):
    """The entry function that was taken, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    chosen: str
    """``asked``, ``same name as P's``, ``the one function that is exported``, ``first signature`` or ``the one binding
    that nothing calls``."""
    type: str
    """As GHC infers it, with its constraints."""
    arity: int
    arguments: list[str]
    """The argument types, at the instance."""
    result: str
    instance: dict[str, str] = Field(default_factory=dict)
    """What each type variable runs at."""


class Outcome(BaseModel):
    """What came of one evaluation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Reason
    """``value``, ``exception``, ``timeout``, ``memory``, ``stack`` or ``output_limit``."""
    text: str = ""
    """The value's rendering, or the exception's type."""
    message: str = ""
    """The exception's message, without call stack and position."""

    @property
    def ended(self) -> bool:
        """Whether the program itself came to an end, so that the outcome may be compared."""
        return self.kind in (Reason.VALUE, Reason.EXCEPTION)

    def __str__(self) -> str:
        if self.kind is Reason.VALUE:
            return self.text
        if self.kind is Reason.EXCEPTION:
            return f"exception {self.text}" + (f": {self.message}" if self.message else "")
        return f"<{self.kind}>"


class Result(Record):
    """What every question to the executor is answered with."""

    verdict: Verdict
    reason: Reason
    message: str
    """One sentence: what was wrong and where, or what was found."""
    entry: Entry | None = None
    """P's entry."""

    @property
    def exit_code(self) -> int:
        """The command line's exit code: 0 accepted, 1 the opposite, 2 invalid input, 3 a tool failed."""
        if self.verdict is Verdict.ACCEPTED:
            return 0
        if self.verdict is Verdict.INFRA_ERROR:
            return 3
        return 2 if self.reason in UNFIT else 1


class Checked(Result):
    """Whether a program can play as P."""


class Ran(Result):
    """What a program gave on one input."""

    output: str | None = None
    """The value's rendering."""
    exception: str | None = None
    """The exception's type, and its message after a colon."""


class Diverged(Result):
    """Whether two programs differ on one input."""

    q_entry: str | None = None
    p_output: str | None = None
    """The value's rendering, or ``exception TYPE: MESSAGE``, or the limit that was hit in angle brackets."""
    q_output: str | None = None


class Tried(Result):
    """Whether an answer passes a task's test."""


class Compared(Result):
    """What differential testing found."""

    q_entry: str | None = None
    witness: list[str] | None = None
    """A diverging input, shrunk: one Haskell expression for each argument."""
    one_sided: list[str] | None = None
    """A small input on which one program ends and the other does not: neither a difference nor agreement."""
    p_output: str | None = None
    q_output: str | None = None
    evaluations: int = 0
    """Inputs that were tried."""
    agreed: int = 0
    """Inputs on which both programs ended with the same."""
    returned: int = 0
    """Of these: both gave a value, and did not throw."""
    coverage: Coverage | None = None
    """What the agreeing inputs reached of both programs."""
    unbuilt: int = 0
    """Inputs that could not be built (a key's order that throws, say): nothing was run on them."""
    complete: bool = False
    """Whether these were all inputs of a finite type."""
    instances: list[str] = Field(default_factory=list)
    """What the type variables ran at, one text an instance; the last is the witness's."""
