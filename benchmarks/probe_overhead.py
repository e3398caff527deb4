"""What probes cost: the same programs on the same inputs, compiled with probes and without.

``python benchmarks/probe_overhead.py [--step N] [--rounds N]``. Each shipped program stands beside a rewrite of it that
keeps its meaning; both are run on ``FEW`` and on ``MANY`` inputs that look at nothing the programs do. What the further
inputs take is the processor time of running the programs (compiling them is in both), least of the rounds, which take
turns. Evaluation by evaluation that is all that a comparison pays for knowing what its inputs reach: the programs' own
work, the harness's, and reading the probes. Pairs with an input that does not end are left out: there the limits cost.
"""

from __future__ import annotations

import os
import statistics
from typing import Annotated, NamedTuple

import typer
from haskell_common import Job, jobs, processor_seconds, write_table

from seqplay.config import HaskellConfig
from seqplay.haskell import Executor
from seqplay.mutate import preserving

FEW, MANY = 200, 2200


class Cost(NamedTuple):
    """Microseconds of processor time an input takes."""

    plain: float
    probed: float

    @property
    def overhead(self) -> float:
        """What probes add, as a share."""
        return self.probed / self.plain - 1


def spent(executor: Executor, job: Job, other: str, inputs: int, *, probed: bool) -> float | None:
    """Return the processor seconds of one comparison; none where not all inputs ended alike."""
    before = processor_seconds(os.getpid())
    found = executor.compare(
        job.code, other, job.entry, evaluations=inputs, min_coverage=0, guided=False, probed=probed
    )
    return processor_seconds(os.getpid()) - before if found.agreed >= inputs else None


def cost(executor: Executor, job: Job, other: str, rounds: int) -> Cost | None:
    """Return what an input takes with probes and without."""
    least: dict[tuple[bool, int], float] = {}
    for _ in range(rounds):
        for probed in (False, True):
            for inputs in (FEW, MANY):
                seconds = spent(executor, job, other, inputs, probed=probed)
                if seconds is None:
                    return None
                least[probed, inputs] = min(seconds, least.get((probed, inputs), seconds))
    plain, probed_ = (1e6 * (least[way, MANY] - least[way, FEW]) / (MANY - FEW) for way in (False, True))
    return Cost(plain, probed_) if plain > 0 else None


def main(
    step: Annotated[int, typer.Option(help="Every so many-th program.")] = 3,
    rounds: Annotated[int, typer.Option(help="Turns of each; the least counts.")] = 3,
) -> None:
    """Measure, and write the table."""
    costs = []
    with Executor.open(HaskellConfig(workers=1)) as executor:
        for job in jobs(executor, step):
            rewrites = preserving(job.code, job.entry, 1, 1)
            if rewrites and (found := cost(executor, job, rewrites[0].code, rounds)) is not None:
                costs.append(found)
    shares = [found.overhead for found in costs]
    deciles = statistics.quantiles(shares, n=10)
    plain, probed = sum(found.plain for found in costs), sum(found.probed for found in costs)
    write_table(
        "probe_overhead.md",
        [
            f"{len(costs)} pairs, {MANY - FEW} inputs each, processor time, least of {rounds}.",
            "",
            "| | without probes | with probes | overhead |",
            "| --- | --- | --- | --- |",
            f"| all inputs together, µs each | {plain / len(costs):.1f} | {probed / len(costs):.1f} "
            f"| {100 * (probed / plain - 1):.0f} % |",
            f"| median pair, µs an input | {statistics.median(found.plain for found in costs):.1f} "
            f"| {statistics.median(found.probed for found in costs):.1f} | {100 * statistics.median(shares):.0f} % |",
            f"| nine of ten pairs at most | | | {100 * deciles[8]:.0f} % |",
            f"| pairs over 30 % | | | {sum(share > 0.3 for share in shares)} |",
        ],
    )


if __name__ == "__main__":
    typer.run(main)
