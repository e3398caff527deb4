"""What the jail costs a warm session: each program with and without, in turns, in one run.

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


def seconds(executor: Executor, job: Job) -> float:
    """Run a program; return the seconds it took."""
    started = time.perf_counter()
    executor.run(job.code, job.args, job.entry)
    return time.perf_counter() - started


def main(
    step: Annotated[int, typer.Option(help="Every so many-th program.")] = 1,
    rounds: Annotated[int, typer.Option(help="Turns of each.")] = 5,
) -> None:
    """Measure, and write the table."""
    jailed, free = HaskellConfig(workers=1), HaskellConfig(workers=1, jail="i-accept-no-jail")
    with Executor.open(jailed) as inside, Executor.open(free) as outside:
        todo = jobs(inside, step)
        both = (inside, outside)
        for job in todo[:20]:
            for executor in both:
                seconds(executor, job)
        taken: dict[Executor, list[float]] = {inside: [], outside: []}
        for number in range(rounds):
            for job in todo:
                for executor in both if number % 2 == 0 else reversed(both):
                    taken[executor].append(seconds(executor, job))
    medians = {executor: statistics.median(times) for executor, times in taken.items()}
    means = {executor: statistics.mean(times) for executor, times in taken.items()}
    write_table(
        "haskell_jail_cost.md",
        [
            f"| jail | ms a program (mean of {rounds} turns) | median |",
            "| --- | --- | --- |",
            f"| {inside.jail.name} | {1000 * means[inside]:.2f} | {1000 * medians[inside]:.2f} |",
            f"| none | {1000 * means[outside]:.2f} | {1000 * medians[outside]:.2f} |",
            f"| cost | {100 * (means[inside] / means[outside] - 1):+.1f} % "
            f"| {100 * (medians[inside] / medians[outside] - 1):+.1f} % |",
        ],
    )


if __name__ == "__main__":
    typer.run(main)
