"""The shipped programs, as the property tests need them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

SHIPPED = Path(__file__).parents[2] / "config" / "data" / "programs.jsonl"


class Sample(NamedTuple):
    """A shipped program with its entry."""

    name: str
    code: str
    entry: str


def samples() -> list[Sample]:
    """All shipped programs, in file order."""
    records = [json.loads(line) for line in SHIPPED.read_text(encoding="utf-8").splitlines()]
    return [Sample(record["name"], record["code"], record["entry"]) for record in records]
