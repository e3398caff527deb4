"""Scoring a suite of tests by warm jailed sessions, against compiling and running each answer, in the same run.

``python benchmarks/suites_throughput.py ITEMS.jsonl [--samples N] [--cold N]``. Warm: the items' own solutions, each
``--samples`` times, in one session. Cold: for every ``--cold``-th item the solution and the test in one file,
``ghc -O0``, link and run, in a jail of its own. Items whose solution does not pass are in the rates all the same; those
whose tests run for more than a second are named, and left out of both. Processor time of the whole jail is what counts,
since a busy machine changes the clock.
"""

from __future__ import annotations

import contextlib
import re
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Annotated, NamedTuple

import psutil
import typer

from seqplay.config import HaskellConfig
from seqplay.haskell import Executor
from seqplay.haskell.sandbox.build import find_compiler
from seqplay.haskell.sandbox.jail import PROGRAMS, Jail, open_jail
from seqplay.suites.records import TestItem
from seqplay.suites.scorers import HaskellScorer
from seqplay.suites.scoring import read_items

SLOW = 1.0
"""Seconds from which on running, not compiling, is what is measured."""


class Cost(NamedTuple):
    """Seconds by the clock, and of the processor."""

    wall: float
    processor: float


def below() -> float:
    """Return the processor time of all processes below this one, living and waited for."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = ended.ru_utime + ended.ru_stime
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # the child of a test ends behind its reply
            total += sum(process.cpu_times()[:4])
    return total


def warm(items: list[TestItem], samples: int, seconds: float) -> tuple[list[Cost], dict[str, int], list[TestItem]]:
    """Score every item's solution so many times; return costs, counts of reasons, and what is slow."""
    costs: list[Cost] = []
    reasons: dict[str, int] = {}
    slow: list[TestItem] = []
    with Executor.open_for_trials(HaskellConfig(workers=1, seconds=seconds)) as executor:
        for item in items:
            for _ in range(samples):  # by the scorer that does not remember answers
                before, started = below(), time.perf_counter()
                score = HaskellScorer(executor).score(item, item.canonical_solution or "")
                cost = Cost(time.perf_counter() - started, below() - before)
                reasons[score.reason] = reasons.get(score.reason, 0) + 1
                if score.seconds > SLOW:
                    slow.append(item)
                    print(f"left out: {item.task_id}: {score.reason} after {score.seconds:.1f} s")
                    break
                costs.append(cost)
    return costs, reasons, slow


def cold(jail: Jail, item: TestItem, seconds: float) -> Cost:
    """Compile, link and run one item's solution and test; return the cost."""
    compiler = find_compiler("ghc")
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "Main.hs").write_text(f"{item.canonical_solution}\n{item.test}\n")
        script = f"cd {place} && ghc -v0 -O0 Main.hs -o main && timeout {seconds} ./main; times >&2"
        readable = [*PROGRAMS, Path("/usr/include"), compiler.libraries, compiler.packages]
        environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/nowhere"}
        command = jail.command(
            ["/bin/bash", "-c", script], readable=readable, writable=[Path(place)], environment=environment
        )
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        return Cost(time.perf_counter() - started, processor_time(done.stderr))


def processor_time(shown: str) -> float:
    """Return the seconds that bash's ``times`` shows last: user and system of the shell, then of its children."""
    parts = re.findall(r"(\d+)m([\d.]+)s", shown)[-4:]
    return sum(60 * int(minutes) + float(seconds) for minutes, seconds in parts)


def main(
    source: Path,
    samples: Annotated[int, typer.Option(min=1)] = 10,
    every: Annotated[int, typer.Option("--cold", min=1)] = 8,
    seconds: Annotated[float, typer.Option(min=1)] = 10,
) -> None:
    """Measure both, and print items a second of one core."""
    items = [item for item in read_items(source).by_id.values() if isinstance(item, TestItem)]
    costs, reasons, slow = warm(items, samples, seconds)
    jail = open_jail("auto")
    compiled = [cold(jail, item, seconds) for item in items[::every] if item not in slow]
    print(f"warm: {len(costs)} answers, {reasons}")
    for name, found in (("warm", costs), ("compile and run", compiled)):
        wall, processor = (sum(cost[n] for cost in found) / len(found) for n in (0, 1))
        print(f"{name}: {1 / processor:.1f} a second of a core ({processor:.4f} s), {1 / wall:.1f} by the clock")
    ratios = [
        sum(cost[n] for cost in compiled) / len(compiled) / (sum(cost[n] for cost in costs) / len(costs))
        for n in (0, 1)
    ]
    print(f"ratio: {ratios[1]:.1f} by processor time, {ratios[0]:.1f} by the clock")


if __name__ == "__main__":
    typer.run(main)
