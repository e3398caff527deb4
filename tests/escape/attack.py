"""What an attack is. Each says what it tries, why it fails, and which answers count as contained.

In texts, ``@SCRIPT@`` is an executable that leaves a witness file when run, ``@WITNESS@`` a path that must never
come to exist, ``@SECRET@`` a readable file of the host whose content must never show up, ``@FOLDER@`` the folder
they are in.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from seqplay.haskell import Reason

REFUSED = frozenset({Reason.UNSAFE_PRAGMA, Reason.UNSAFE_IMPORT})
"""The inner wall says no."""
NOT_HASKELL = frozenset({Reason.PARSE_ERROR, Reason.TYPE_ERROR})
"""GHC says no."""
LIMITED = frozenset({Reason.TIMEOUT, Reason.MEMORY, Reason.STACK, Reason.OUTPUT_LIMIT})
"""A limit ended it."""
ANSWERED = frozenset({Reason.VALUE})
EXCEPTION = frozenset({Reason.EXCEPTION})
BAD_INPUT = frozenset({Reason.BAD_INPUT})
DIFFERS = frozenset({Reason.DIVERGES})


class Ask(StrEnum):
    """Which question the attack is put into."""

    RUN = "run"
    DIVERGE = "diverge"


class Attack(NamedTuple):
    """A hostile program (or pair, or argument)."""

    name: str
    tries: str
    fails_because: str
    code: str
    contained: frozenset[Reason]
    args: tuple[str, ...] = ("1",)
    ask: Ask = Ask.RUN
    other: str = ""
    """Q, where two programs are run."""
    output: str | None = None
    """What the answer must be, where it is a value."""
