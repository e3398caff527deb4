"""Why a program cannot be brought into the language of theorems."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """The constructs that are refused, each counted under its own name."""

    SYNTAX = "syntax"
    """A declaration or expression that the reader knows only as tokens."""
    OWN_CLASS = "own_class"
    """A class of the program's own, or its own instance of a class that the translation gives a meaning to."""
    UNMODELLED = "unmodelled"
    """A function of a library that the reflected Prelude does not have."""
    UNMODELLED_AT_TYPE = "unmodelled_at_type"
    """An overloaded function at a type for which the reflected Prelude has no version."""
    INFINITE = "infinite"
    """An endless list, or a value that is defined by itself."""
    MONAD = "monad"
    """A do block, or a monad's operator, outside Maybe, Either and lists."""
    RECORD = "record"
    """A record expression that has no positional form."""
    DATA = "data"
    """A data type outside plain sums of products: functions in fields, GADT syntax, higher kinds."""
    PATTERN = "pattern"
    """A pattern that has no form in the logic."""
    TYPE = "type"
    """A type that the translation cannot follow: higher rank, higher kinds, numbers of any type."""
    SIZE = "size"
    """The translated program is too large for the solver."""


class Refused(Exception):
    """A program that is refused: the reason, and one sentence that names what."""

    def __init__(self, reason: Refusal, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
