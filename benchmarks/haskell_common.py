"""What the benchmarks of the Haskell core share: the shipped programs with an input each, and the table they write."""

from __future__ import annotations

import json
import os
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


def processor_seconds(root: int) -> float:
    """Return what this process's descendants have used, those that have ended in hundredths of a second."""
    children: dict[int, list[int]] = {}
    ended: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(folder.name))
        ended[int(folder.name)] = int(fields[13]) + int(fields[14])
    todo, total = list(children.get(root, ())), 0.0
    while todo:
        process = todo.pop()
        todo += children.get(process, [])
        try:
            for thread in Path(f"/proc/{process}/task").iterdir():
                total += int((thread / "schedstat").read_text().split()[0]) / 1e9
        except OSError:
            continue
        total += ended[process] / os.sysconf("SC_CLK_TCK")
    return total


def write_table(name: str, lines: list[str]) -> None:
    """Print a table and keep it in ``benchmarks/out``."""
    out = HERE / "out"
    out.mkdir(exist_ok=True)
    (out / name).write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
