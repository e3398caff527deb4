"""Many programs in one run: memory stays flat, no process and no descriptor is left.

``python benchmarks/haskell_soak.py [--items 20000]``. Runs the shipped programs over and over on all workers.
"""

from __future__ import annotations

import itertools
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import psutil
import typer
from haskell_common import jobs, write_table

from seqplay.config import HaskellConfig
from seqplay.haskell import Executor

SAMPLES = 10


def memory() -> float:
    """Return the proportional memory of all sessions, in MiB: pages that children share are counted once."""
    return sum(process.memory_full_info().pss for process in psutil.Process().children(recursive=True)) / (1 << 20)


def main(items: Annotated[int, typer.Option(help="Programs to run.")] = 20000) -> None:
    """Run them, and write the table."""
    descriptors = len(os.listdir("/proc/self/fd"))
    lines = ["| programs | MiB of all sessions | processes |", "| --- | --- | --- |"]
    started = time.perf_counter()
    with Executor.open(HaskellConfig()) as executor, ThreadPoolExecutor(executor.workers) as threads:
        todo = itertools.cycle(jobs(executor))
        for sample in range(1, SAMPLES + 1):
            batch = list(itertools.islice(todo, items // SAMPLES))
            verdicts = set(threads.map(lambda job: executor.run(job.code, job.args, job.entry).verdict, batch))
            assert "infra_error" not in verdicts
            processes = len(psutil.Process().children(recursive=True))
            lines.append(f"| {sample * (items // SAMPLES):,} | {memory():.0f} | {processes} |")
    rate = 60 * items / (time.perf_counter() - started)
    left = [process for process in psutil.Process().children(recursive=True) if process.is_running()]
    open_now = len(os.listdir("/proc/self/fd"))
    lines += [
        "",
        f"{rate:,.0f} programs a minute; left at the end: {len(left)} processes, {open_now - descriptors} descriptors.",
    ]
    write_table("haskell_soak.md", lines)


if __name__ == "__main__":
    typer.run(main)
