"""Processor time of validating a proposal: the rate that `seqplay plan` counts with.

``python benchmarks/validation_rate.py [--step N]``. Proposals are rewrites of the shipped programs, one that keeps the
meaning and one that changes it, tested at the default configuration as a SEQ proposal is. Processor time of jail and
Python together, so that a busy machine does not matter much. The mean is far above the median: what loops on some
inputs costs seconds.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from typing import Annotated

import typer
from haskell_common import PROGRAMS, processor_seconds, write_table

from seqplay.config import HaskellConfig
from seqplay.haskell import Executor
from seqplay.mutate import breaking, preserving


def main(step: Annotated[int, typer.Option(help="Every so many-th program.")] = 1) -> None:
    """Measure, and write the table."""
    rows = [json.loads(line) for line in PROGRAMS.read_text().splitlines()][::step]
    lines = ["| proposals | | mean s | median s | programs/s a core |", "| --- | --- | --- | --- | --- |"]
    every: list[float] = []
    with Executor.open(HaskellConfig(workers=1)) as executor:
        for kind, rewritten in (("equal", preserving), ("changed", breaking)):
            taken = []
            for row in rows:
                for rewrite in rewritten(row["code"], row["entry"], 2, 1)[:1]:
                    before = processor_seconds(os.getpid()) + time.process_time()
                    executor.compare(row["code"], rewrite.code, row["entry"])
                    taken.append(processor_seconds(os.getpid()) + time.process_time() - before)
            every += taken
            lines.append(row_of(len(taken), kind, taken))
    write_table("validation_rate.md", [*lines, row_of(len(every), "all", every)])


def row_of(count: int, kind: str, taken: list[float]) -> str:
    """Return a row of the table."""
    mean = statistics.mean(taken)
    return f"| {count} | {kind} | {mean:.3f} | {statistics.median(taken):.3f} | {1 / mean:.1f} |"


if __name__ == "__main__":
    typer.run(main)
