"""Warm jailed sessions against a cold compiler in the same kind of jail, on the same programs and inputs.

``python benchmarks/haskell_throughput.py [--step N] [--cold N] [--rounds N]``. Warm: one session, one core; load,
evaluate and judge every program, recycling included, once before and once after the cold runs. Cold: for every N-th of
them ``ghc -O0``, link and run in a jail of its own, start included. Both must give the same: the same value as ``show``
writes it, or an exception. Also `check` alone, and how the rate grows with workers.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from haskell_common import Job, jobs, write_table

from seqplay.config import HaskellConfig
from seqplay.haskell import Executor, Ran, Reason
from seqplay.haskell.analysis.source import parse
from seqplay.haskell.sandbox.build import find_compiler
from seqplay.haskell.sandbox.jail import PROGRAMS, Jail, open_jail
from seqplay.haskell.syntax import Body, DataDecl


class Cold(NamedTuple):
    """What came of a program, compiled, linked and run: seconds, exit code, and what it printed."""

    seconds: float
    code: int
    output: str


def cold(jail: Jail, job: Job, ghc: str) -> Cold | None:
    """Compile, link and run one program in a jail of its own; none where it does not compile.

    The program prints by ``show``; its own types without an instance get a derived one, which costs no more.
    """
    compiler = find_compiler(ghc)
    arguments = " ".join(f"({arg})" for arg in job.args)
    operator = not (job.entry[0].isalpha() or job.entry[0] == "_")
    call = f"({job.entry})" if operator else job.entry
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "Main.hs"
        main = f"main :: IO ()\nmain = print ({call} {arguments})\n"
        source.write_text(f"{job.code}\n{instances(job.code)}\n{main}")
        script = f"cd {place} && {ghc} -v0 -O0 -XStandaloneDeriving -XExtendedDefaultRules Main.hs -o main && ./main"
        readable = [*PROGRAMS, Path("/usr/include"), compiler.libraries, compiler.packages]
        environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/nowhere"}
        command = jail.command(
            ["/bin/sh", "-c", script], readable=readable, writable=[Path(place)], environment=environment
        )
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        taken = time.perf_counter() - started
        return Cold(taken, done.returncode, done.stdout.strip()) if (Path(place) / "main").exists() else None


def instances(code: str) -> str:
    """Return deriving declarations for the plain data types of a program that have no Show instance."""
    decls = parse(code).program.decls
    text = code.encode()
    shown = {word for decl in decls if isinstance(decl, Body) and decl.name == "Show" for word in decl.head}
    lines = []
    for decl in decls:
        if isinstance(decl, DataDecl) and decl.constructors and decl.name not in shown:
            if b"Show" not in text[decl.span[0] : decl.span[1]]:
                context = "".join(f"Show {name} => " for name in decl.params)
                lines.append(f"deriving instance {context}Show ({' '.join([decl.name, *decl.params])})")
    return "\n".join(lines)


def same(executor: Executor, job: Job, answer: Ran, run: Cold) -> bool:
    """Say whether warm and cold gave the same value, or both an exception."""
    if answer.reason is Reason.EXCEPTION or run.code != 0:
        return answer.reason is Reason.EXCEPTION and run.code == 1
    return answer.output == run.output or executor.show(job.code, [[job.args]], job.entry)[0].output == run.output


def warm(executor: Executor, todo: list[Job]) -> tuple[list[float], list[Ran]]:
    """Return seconds and answer of each."""
    taken, answers = [], []
    for job in todo:
        started = time.perf_counter()
        answers.append(executor.run(job.code, job.args, job.entry))
        taken.append(time.perf_counter() - started)
    return taken, answers


def rate(workers: int, todo: list[Job]) -> float:
    """Return programs a second with so many workers, each of which is warm before the clock starts."""
    with Executor.open(HaskellConfig(workers=workers)) as executor, ThreadPoolExecutor(workers) as threads:
        list(threads.map(lambda job: executor.run(job.code, job.args, job.entry), todo[: 20 * workers]))
        started = time.perf_counter()
        list(threads.map(lambda job: executor.run(job.code, job.args, job.entry), todo))
        return len(todo) / (time.perf_counter() - started)


def scaling(todo: list[Job], rounds: int) -> list[str]:
    """Return how the rate grows with workers: the same programs, in turns, medians."""
    counts = range(1, len(os.sched_getaffinity(0)) + 1)
    turns: dict[int, list[float]] = {workers: [] for workers in counts}
    for number in range(rounds):
        for workers in counts if number % 2 == 0 else reversed(counts):
            turns[workers].append(rate(workers, todo))
    return [
        "",
        f"| workers | programs a minute (median of {rounds}) | least to most | |",
        "| --- | --- | --- | --- |",
        *rows(turns),
    ]


def rows(turns: dict[int, list[float]]) -> list[str]:
    """Return a row for each number of workers."""
    medians = {workers: statistics.median(rates) for workers, rates in turns.items()}
    return [
        f"| {workers} | {60 * median:,.0f} | {60 * min(turns[workers]):,.0f} to {60 * max(turns[workers]):,.0f} "
        f"| {median / medians[1]:.2f} × |"
        for workers, median in medians.items()
    ]


def main(
    step: Annotated[int, typer.Option(help="Every so many-th program.")] = 1,
    cold_step: Annotated[int, typer.Option("--cold", help="Compile every so many-th of them cold.")] = 1,
    rounds: Annotated[int, typer.Option(help="Turns of each number of workers; 0 leaves that table out.")] = 3,
) -> None:
    """Measure, and write the tables."""
    config = HaskellConfig(workers=1)
    with Executor.open(config) as executor:
        todo = jobs(executor, step)
        warm(executor, todo[:20])
        taken, answers = warm(executor, todo)
        started = time.perf_counter()
        for job in todo:
            executor.check(job.code, job.entry)
        check = (time.perf_counter() - started) / len(todo)
        jail = open_jail(config.jail)
        chosen = list(zip(todo, answers, strict=True))[::cold_step]
        made = [(job, answer, cold(jail, job, config.ghc)) for job, answer in chosen]
        taken += warm(executor, todo)[0]
        runs = [(job, answer, run) for job, answer, run in made if run is not None]
        other = [job.name for job, answer, run in runs if not same(executor, job, answer, run)]
    if len(runs) < len(made) // 2:
        raise RuntimeError("the cold compiler fails on most programs: there is nothing to compare with")
    mean, wall = statistics.mean(run.seconds for _, _, run in runs), statistics.mean(taken)
    centiles = statistics.quantiles(taken, n=100)
    not_cold = [job.name for job, _, run in made if run is None]
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
            f"Same as cold: {len(runs) - len(other)} of {len(runs)}{in_brackets(other)}. Not compiled cold: "
            f"{len(not_cold)}{in_brackets(not_cold)}.",
            *(scaling(todo, rounds) if rounds else []),
        ],
    )


def in_brackets(names: list[str]) -> str:
    """Return names for a sentence, or nothing."""
    return f" ({', '.join(names)})" if names else ""


if __name__ == "__main__":
    typer.run(main)
