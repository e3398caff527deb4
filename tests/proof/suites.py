"""The suites that judge proofs, and the names that each of their pairs puts into scope."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from seqplay.haskell.analysis.source import parse
from seqplay.proof.audit import THEOREM, Scope

SUITE = Path(__file__).parent / "suite"
LIBRARY = frozenset({"map", "filter", "foldr", "foldl", "sum", "length", "null", "reverse", "append"})


def read_suite(name: str) -> list[dict[str, Any]]:
    """The lines of a suite."""
    return [json.loads(line) for line in (SUITE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def scope_of(pair: dict[str, Any]) -> Scope:
    """The names that P and Q of a pair put into scope."""
    sources = [parse(pair["p"]), parse(pair["q"])]
    functions = frozenset(name for source in sources for name in source.defined) - {THEOREM}
    types = [declared for source in sources for declared in source.types]
    constructors = frozenset(member for declared in types for member in declared.members)
    return Scope(functions | LIBRARY, constructors, frozenset(declared.name for declared in types))
