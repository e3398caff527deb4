"""A conversation with z3 about 64-bit integers: terms that are named once, and values that make conditions true."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import files
from types import TracebackType
from typing import IO, Self

from seqplay.errors import ToolError

MEMORY_MIB = 1024
STEPS = 1_000_000
"""z3's own count of what one question may cost, the same on any machine; a fast core does it in about a second."""
MILLISECONDS = 10_000
"""Wall limit of a question, for what z3 does not count; a tenth of it once z3 gave up ``PATIENCE`` times."""
PATIENCE = 2
_WIDTH = 64
_PREAMBLE = f"""(set-option :print-success false)
(define-sort Word () (_ BitVec {_WIDTH}))
(define-fun word-div ((a Word) (b Word)) Word
  (ite (or (= (bvsmod a b) (_ bv0 {_WIDTH})) (= (bvslt a (_ bv0 {_WIDTH})) (bvslt b (_ bv0 {_WIDTH}))))
    (bvsdiv a b) (bvsub (bvsdiv a b) (_ bv1 {_WIDTH}))))
"""
_WORD = {
    "+": "bvadd", "-": "bvsub", "*": "bvmul", "negate": "bvneg", "<": "bvslt", "<=": "bvsle", "==": "=",
    "Prelude.div": "word-div", "Prelude.mod": "bvsmod",
}  # fmt: skip
_WHOLE = {
    "+": "+", "-": "-", "*": "*", "negate": "-", "<": "<", "<=": "<=", "==": "=", "Prelude.div": "div",
    "Prelude.mod": "mod",
}  # fmt: skip
COMPARISONS = frozenset({"<", "<=", "=="})


def wrapped(value: int) -> int:
    """Return what a 64-bit Int makes of a number."""
    half = 1 << (_WIDTH - 1)
    return (value + half) % (2 * half) - half


@cache
def _program() -> str:
    """Return the z3 of the installed package, so that what is found depends neither on the system nor on its path."""
    found = [file.locate() for file in files("z3-solver") or () if file.name == "z3"]
    return str(found[0]) if found else "z3"


class Solver:
    """One z3 process; use as a context manager. It ends by itself after ``seconds``."""

    def __init__(self, seconds: float, steps: int = STEPS) -> None:
        self._deadline = time.monotonic() + seconds
        self._steps = steps
        limits = [f"-T:{max(1, round(seconds + 1))}", f"-memory:{MEMORY_MIB}"]
        try:
            self._process = subprocess.Popen(
                [_program(), "-in", "-smt2", *limits],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise ToolError(f"z3 cannot be started: {error}") from error
        self.given_up = 0
        """Questions without an answer."""
        self.questions = 0
        self._names: dict[tuple[str, ...], str] = {}
        self._sorts: dict[str, bool] = {}
        self._lines: list[str] = [_PREAMBLE]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    @property
    def answered(self) -> bool:
        """Whether every question has had an answer."""
        return not self.given_up

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self._deadline - time.monotonic()

    # ------------------------------------------------------------ terms

    def variable(self, name: str, whole: bool, most: int | None = None) -> None:
        """Declare a variable, once: a word of 64 bits or a whole number, perhaps between 0 and a bound."""
        if name in self._sorts:
            return
        self._sorts[name] = whole
        self._lines.append(f"(declare-const {name} {'Int' if whole else 'Word'})")
        if most is not None:
            order = (_WHOLE if whole else _WORD)["<="]
            low, high = constant(0, whole), constant(most, whole)
            self._lines.append(f"(assert (and ({order} {low} {name}) ({order} {name} {high})))")

    def term(self, operator: str, whole: bool, *operands: str) -> str:
        """Return the name of an operator's answer."""
        key = (operator, str(whole), *operands)
        if key not in self._names:
            name = self._names[key] = f"t{len(self._names)}"
            sort = "Bool" if operator in COMPARISONS else "Int" if whole else "Word"
            spelled = (_WHOLE if whole else _WORD)[operator]
            self._lines.append(f"(define-fun {name} () {sort} ({spelled} {' '.join(operands)}))")
        return self._names[key]

    # ------------------------------------------------------------ questions

    def solve(self, conditions: Iterable[tuple[str, bool]]) -> Mapping[str, int] | None:
        """Return values under which all conditions hold as told; none where there are none, or z3 does not find any."""
        self.questions += 1
        if self.left <= 0:
            self.given_up += 1
            return None
        asserted = [f"(assert {name if holds else f'(not {name})'})" for name, holds in conditions]
        # For words alone: it solves equations before it makes bits of them, which the solver of mixed terms does not.
        # What it leaves open, the other solver of words often finds.
        ways = ["(check-sat)"] if any(self._sorts.values()) else ["(check-sat-using qfbv)", "(check-sat-using smt)"]
        patient = MILLISECONDS if self.given_up < PATIENCE else MILLISECONDS // 10
        limits = [
            f"(set-option :timeout {max(1, min(patient, int(1000 * self.left)))})",
            f"(set-option :rlimit {self._steps})",
        ]
        lines = [*self._lines, *limits, "(push)", *asserted]
        self._lines = []
        try:
            for way in ways:
                said = self._said([*lines, way, '(echo "end")'])
                lines = []
                if said != ["unknown"]:
                    break
            found = said == ["sat"]
            self.given_up += said == ["unknown"]
            values = self._values() if found and self._sorts else {}
            self._said(["(pop)", '(echo "end")'])
        except (OSError, ValueError):
            self.given_up += 1
            return None
        return values if found else None

    def _values(self) -> dict[str, int]:
        text = " ".join(self._said([f"(get-value ({' '.join(self._sorts)}))", '(echo "end")']))
        words = text.replace("(", " ").replace(")", " ").split()
        values: dict[str, int] = {}
        name, sign = "", 1
        for word in words:
            if word in self._sorts:
                name, sign = word, 1
            elif word == "-":
                sign = -1
            elif word.startswith("#x"):
                values[name] = wrapped(int(word[2:], 16))
            else:
                values[name] = sign * int(word)
        return values

    def _said(self, lines: Iterable[str]) -> list[str]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write("\n".join([*lines, ""]).encode())
        stdin.flush()
        return list(_until_end(stdout))


def _until_end(stream: IO[bytes]) -> Iterable[str]:
    while True:
        line = stream.readline().decode().strip()
        if line == "end":
            return
        if not line:
            raise ValueError("z3 has ended")
        yield line


def constant(value: int, whole: bool) -> str:
    """Return a number as z3 reads it."""
    if whole:
        return str(value) if value >= 0 else f"(- {-value})"
    return f"(_ bv{value % (1 << _WIDTH)} {_WIDTH})"
