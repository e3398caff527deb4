"""How the workflow scales: building the DAG, finding nothing to do, a long chain, the overhead of a job.

``python benchmarks/scale.py [dag] [noop] [chain] [jobs] [huge]`` prints a table (docs/scale.md holds one). Seconds are
wall and CPU; a busy machine shows in their difference, and in the reference loop (0.5 s on a quiet core of 3 GHz).
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[1]
SNAKEMAKE = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
NO_MODEL: dict[str, Any] = {
    "engine": {"kind": "none"},
    "model": {"name": "none"},
    "alice": {"proposers": [{"name": "mutate", "weight": 1}]},
    "proof": {"evidence": "bounded"},
}


class Timed(NamedTuple):
    """A finished command."""

    wall: float
    cpu: float
    printed: str


def timed(command: list[str], folder: Path, *, expect: int = 0) -> Timed:
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    run = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "SEQPLAY_ALLOW_EDITS": "1"},
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode != expect:
        sys.exit((run.stdout + run.stderr)[-3000:])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Timed(time.monotonic() - start, cpu, run.stdout + run.stderr)


def experiment(folder: Path, settings: dict[str, Any]) -> list[str]:
    """Write a configuration into a folder; return the call of Snakemake there."""
    (folder / "config").symlink_to(ROOT / "config")
    (folder / "own.yaml").write_text(yaml.safe_dump({**NO_MODEL, **settings}))
    profile = ["--workflow-profile", str(ROOT / "profiles/default")]
    return [*SNAKEMAKE, *profile, "--cores", "2", "--configfile", "own.yaml"]


def size(iterations: int, experiments: int, shards: int) -> dict[str, Any]:
    """Experiments of published sizes that share nothing but the programs."""
    names = ("propose", "validate", "prove", "vote")
    return {
        "iterations": iterations,
        "shards": dict.fromkeys(names, shards),
        "programs": {"per_iteration": 500, "heldout": 100},
        "bob": {"votes": 10},
        "evaluation": {"pairs": 100, "votes": 4},
        "experiments": {f"e{n}": {"seed": n} for n in range(experiments)} if experiments > 1 else None,
    }


def dag(iterations: int, experiments: int, shards: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        command = experiment(Path(name), size(iterations, experiments, shards))
        for how, flags in (("-n", ["-n"]), ("-n -q", ["-n", "-q"])):
            found = timed([*command, *flags], Path(name))
            total = re.search(r"^total\s+(\d+)", found.printed, re.MULTILINE)
            jobs = f", {total.group(1)} jobs" if total else ""
            row(
                f"`snakemake {how}`, {iterations} iterations x {experiments} experiments x {shards} shards{jobs}", found
            )


def noop() -> None:
    """A finished experiment of 10 iterations: every declared file exists and is recorded."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = experiment(folder, {"iterations": 10})
        for line in timed([*command, "--summary"], folder).printed.splitlines():
            path = folder / line.split("\t")[0]
            if line.startswith("results/") and path.name.endswith("_adapters"):
                path.mkdir(parents=True, exist_ok=True)
            elif line.startswith("results/"):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("")
        timed([*command, "--touch"], folder)
        found = timed(command, folder)
        if "Nothing to be done" not in found.printed:
            sys.exit(found.printed[-3000:])
        row("`snakemake` on a finished experiment of 10 iterations", found)


def chain() -> None:
    with tempfile.TemporaryDirectory() as name:
        command = experiment(Path(name), {"iterations": 1000, "evaluation": {"enabled": False}})
        row("`snakemake -n -q`, 1,000 iterations chained", timed([*command, "-n", "-q"], Path(name)))


TINY = """
rule all:
    input: expand("out/{i}", i=range(4))
rule one:
    output: "out/{i}"
    resources: mem_mb=500, runtime=5
    script: "one.py"
"""


def jobs() -> None:
    """Four jobs that do nothing, here and through the Slurm lab."""
    sys.path.insert(0, str(ROOT))
    from tests.slurm import lab

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "Snakefile").write_text(TINY)
        (folder / "one.py").write_text("open(snakemake.output[0], 'w').close()\n")
        plain = [sys.executable, "-m", "snakemake"]
        empty = timed([*plain, "-n"], folder)
        local = timed([*plain, "--cores", "1"], folder)
        each = (local.wall - empty.wall) / 4
        row("a local job that does nothing", Timed(each, (local.cpu - empty.cpu) / 4, ""))
        reason = lab.lacking()
        if reason:
            print(f"no Slurm: {reason}", file=sys.stderr)
            return
        lab.up()
        (folder / "slurm").symlink_to(ROOT / "profiles/slurm")
        waits = ["--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "3"]
        timed([*plain, "--profile", "slurm", *waits, "--forceall"], folder)
        seconds = []
        for line in (lab.FOLDER / "finished_jobs").read_text().splitlines():
            times = dict(re.findall(r"(SubmitTime|EndTime)=(\S+)", line))
            if f"WorkDir={folder}" in line:
                ends = (datetime.fromisoformat(times[key]) for key in ("SubmitTime", "EndTime"))
                first, last = ends
                seconds.append((last - first).total_seconds())
        print(
            f"| a Slurm job that does nothing, submitted to ended (4 at once) | {sum(seconds) / len(seconds):.1f} | – |"
        )


def row(what: str, found: Timed) -> None:
    print(f"| {what} | {found.wall:.1f} | {found.cpu:.1f} |", flush=True)


def reference() -> None:
    start, wall, total = time.process_time(), time.monotonic(), 0
    for number in range(10_000_000):
        total += number
    row("reference: adding ten million numbers", Timed(time.monotonic() - wall, time.process_time() - start, ""))


def main(wanted: list[str]) -> None:
    parts = {
        "dag": lambda: dag(10, 4, 16),
        "noop": noop,
        "chain": chain,
        "jobs": jobs,
        "huge": lambda: dag(100, 8, 16),
    }
    print("| what | wall s | CPU s |\n| --- | --- | --- |")
    reference()
    for name in wanted or ["dag", "noop", "chain", "jobs"]:
        parts[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
