"""One refused construct."""

from __future__ import annotations

from typing import NamedTuple


class Refusal(NamedTuple):
    """What was refused: the construct as written, its line (from 1), and why."""

    construct: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: `{self.construct}`: {self.why}"
