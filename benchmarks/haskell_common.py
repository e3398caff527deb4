"""What the benchmarks of the Haskell core share: the shipped programs with an input each, and the table they write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from seqplay.haskell import Executor

HERE = Path(__file__).parent
PROGRAMS = HERE.parent / "config" / "data" / "programs.jsonl"


class Job(NamedTuple):
    """A program, its entry, and one input for it."""

    name: str
    code: str
    entry: str
    args: list[str]


def jobs(executor: Executor, step: int = 1) -> list[Job]:
    """Return every ``step``-th shipped program with an input that the executor makes."""
    rows = [json.loads(line) for line in PROGRAMS.read_text().splitlines()][::step]
    made = []
    for row in rows:
        inputs = executor.examples(row["code"], row["entry"], count=1)
        if inputs:
            made.append(Job(row["name"], row["code"], row["entry"], inputs[0]))
    return made


def write_table(name: str, lines: list[str]) -> None:
    """Print a table and keep it in ``benchmarks/out``."""
    out = HERE / "out"
    out.mkdir(exist_ok=True)
    (out / name).write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
