"""Warm jailed sessions against a cold compiler in the same kind of jail, on the same programs and inputs.

``python benchmarks/haskell_throughput.py [--step N] [--cold N]``. Warm: one session, one core; load, evaluate and judge
every program, recycling included. Cold: for every N-th of them ``ghc -O0``, link and run in a jail of its own, start
included. Outputs must be equal. Also `check` alone, and with how many workers the rate grows.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer
from haskell_common import Job, jobs, write_table

from seqplay.config import HaskellConfig
from seqplay.haskell import Executor
from seqplay.haskell.build import find_compiler
from seqplay.haskell.jail import PROGRAMS, Jail, open_jail


def cold(jail: Jail, job: Job, ghc: str) -> tuple[float, str] | None:
    """Compile, link and run one program in a jail of its own; return seconds and what it printed.

    The program prints by ``show``; none where it does not compile so, for lack of a Show instance.
    """
    compiler = find_compiler(ghc)
    arguments = " ".join(f"({arg})" for arg in job.args)
    operator = not (job.entry[0].isalpha() or job.entry[0] == "_")
    call = f"({job.entry})" if operator else job.entry
    header = "" if job.code.lstrip().startswith("module ") else "module Main where\n"
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "Main.hs"
        source.write_text(f"{header}{job.code}\nmain :: IO ()\nmain = print ({call} {arguments})\n")
        script = f"cd {place} && {ghc} -v0 -O0 Main.hs -o main && ./main"
        readable = [*PROGRAMS, Path("/usr/include"), compiler.libraries, compiler.packages]
        environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/nowhere"}
        command = jail.command(
            ["/bin/sh", "-c", script], readable=readable, writable=[Path(place)], environment=environment
        )
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        taken = time.perf_counter() - started
        return (taken, done.stdout.strip()) if (Path(place) / "main").exists() else None


def warm(executor: Executor, todo: list[Job]) -> tuple[list[float], list[str | None]]:
    """Return seconds and output of each."""
    taken, outputs = [], []
    for job in todo:
        started = time.perf_counter()
        answer = executor.run(job.code, job.args, job.entry)
        taken.append(time.perf_counter() - started)
        outputs.append(answer.output)
    return taken, outputs


def scaling(todo: list[Job]) -> list[str]:
    """Return how the rate grows with workers."""
    lines, first = [], 0.0
    for workers in range(1, len(os.sched_getaffinity(0)) + 1):
        with Executor.open(HaskellConfig(workers=workers)) as executor, ThreadPoolExecutor(workers) as threads:
            list(threads.map(lambda job: executor.run(job.code, job.args, job.entry), todo[:20]))
            started = time.perf_counter()
            list(threads.map(lambda job: executor.run(job.code, job.args, job.entry), todo))
            rate = len(todo) / (time.perf_counter() - started)
        first = first or rate
        lines.append(f"| {workers} | {60 * rate:,.0f} | {rate / first:.2f} × |")
    return lines


def main(
    step: Annotated[int, typer.Option(help="Every so many-th program.")] = 1,
    cold_step: Annotated[int, typer.Option("--cold", help="Compile every so many-th of them cold.")] = 1,
) -> None:
    """Measure, and write the tables."""
    config = HaskellConfig(workers=1)
    with Executor.open(config) as executor:
        todo = jobs(executor, step)
        warm(executor, todo[:20])
        started = time.perf_counter()
        taken, outputs = warm(executor, todo)
        wall = (time.perf_counter() - started) / len(todo)
        started = time.perf_counter()
        for job in todo:
            executor.check(job.code, job.entry)
        check = (time.perf_counter() - started) / len(todo)
    jail = open_jail(config.jail)
    made = [
        (job, output, cold(jail, job, config.ghc)) for job, output in list(zip(todo, outputs, strict=True))[::cold_step]
    ]
    runs = [(job, output, *run) for job, output, run in made if run is not None]
    if len(runs) < len(made) // 2:
        raise RuntimeError("the cold compiler fails on most programs: there is nothing to compare with")
    other = [job.name for job, output, _, shown in runs if output != shown]
    mean = statistics.mean(seconds for _, _, seconds, _ in runs)
    centiles = statistics.quantiles(taken, n=100)
    write_table(
        "haskell_throughput.md",
        [
            "| | ms a program |",
            "| --- | --- |",
            f"| cold: `ghc -O0`, link, run, each in its own jail ({len(runs)} programs) | {1000 * mean:.0f} |",
            f"| warm: load, evaluate, judge ({len(todo)} programs) | {1000 * wall:.2f} |",
            f"| warm, p50 and p99 | {1000 * centiles[49]:.2f}, {1000 * centiles[98]:.2f} |",
            f"| `check` alone | {1000 * check:.2f} |",
            f"| ratio cold : warm | **{mean / wall:.0f} ×** |",
            "",
            f"Same output as cold: {len(runs) - len(other)} of {len(runs)}"
            + (f" (written differently by show: {', '.join(other)})." if other else ".")
            + f" Without a Show instance: {len(made) - len(runs)}.",
            "",
            "| workers | programs a minute | |",
            "| --- | --- | --- |",
            *scaling(todo),
        ],
    )


if __name__ == "__main__":
    typer.run(main)
