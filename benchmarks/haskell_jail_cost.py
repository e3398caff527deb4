"""What the jail costs a warm session: the same programs with and without, in turns, in one run.

``python benchmarks/haskell_jail_cost.py [--step N] [--rounds N]``.
"""

from __future__ import annotations

import statistics
import time
from typing import Annotated

import typer
from haskell_common import Job, jobs, write_table

from seqplay.config import HaskellConfig
from seqplay.haskell import Executor


def seconds(executor: Executor, todo: list[Job]) -> float:
    """Run all programs; return seconds a program."""
    started = time.perf_counter()
    for job in todo:
        executor.run(job.code, job.args, job.entry)
    return (time.perf_counter() - started) / len(todo)


def main(
    step: Annotated[int, typer.Option(help="Every so many-th program.")] = 1,
    rounds: Annotated[int, typer.Option(help="Turns of each.")] = 5,
) -> None:
    """Measure, and write the table."""
    jailed, free = HaskellConfig(workers=1), HaskellConfig(workers=1, jail="i-accept-no-jail")
    with Executor.open(jailed) as inside, Executor.open(free) as outside:
        todo = jobs(inside, step)
        for executor in (inside, outside):
            seconds(executor, todo[:20])
        turns = [(seconds(inside, todo), seconds(outside, todo)) for _ in range(rounds)]
    within, without = (statistics.median(turn) for turn in zip(*turns, strict=True))
    write_table(
        "haskell_jail_cost.md",
        [
            f"| jail | ms a program (median of {rounds} turns) |",
            "| --- | --- |",
            f"| bubblewrap | {1000 * within:.2f} |",
            f"| none | {1000 * without:.2f} |",
            f"| cost | {100 * (within / without - 1):+.1f} % |",
        ],
    )


if __name__ == "__main__":
    typer.run(main)
