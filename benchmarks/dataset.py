"""Figures of the dataset pipeline: validation rate against the way of the paper, and programs that reach tier C.

``python benchmarks/dataset.py rate [--step N]``: `seqplay dataset validate` on the shipped programs, with one worker
and with all; as in the paper (`ghc -c`, then compile, link and run) on every N-th of them, one at a time, in a jail
of its own, in the same run.
``python benchmarks/dataset.py recall``: programs that are known to run (`odd_programs.jsonl` with its recorded outputs;
the shipped programs with an input each, whose outputs GHC's own `print` gives here), through `seqplay dataset
validate`; and all of them once more without their field `entry`.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from haskell_common import Job, jobs, write_table

from seqplay.config import HaskellConfig
from seqplay.dataset.lines import OUTPUT, validate_file
from seqplay.haskell import Executor
from seqplay.haskell.sandbox.build import find_compiler
from seqplay.haskell.sandbox.jail import PROGRAMS, Jail, open_jail
from seqplay.haskell.syntax.literals import decode

ODD = Path(__file__).parent.parent / "config" / "data" / "odd_programs.jsonl"
PRINTER = """module Main where
import Control.Exception
import System.Timeout
IMPORTS
one :: Show a => Int -> a -> IO ()
one n x = do
  let s = show x
  r <- timeout 2000000 (evaluate (length s))
  maybe (return ()) (const (putStrLn (show n ++ ' ' : show s))) r

lost :: SomeException -> IO ()
lost _ = return ()

main :: IO ()
main = do"""
"""Prints the output of each program as a literal behind its number."""
app = typer.Typer(help=__doc__)


def published(jail: Jail, job: Job, ghc: str) -> tuple[float, str] | None:
    """Do what the published pipeline does; return seconds and what was printed, or none where it does not compile."""
    compiler = find_compiler(ghc)
    operator = not (job.entry[0].isalpha() or job.entry[0] == "_")
    call = f"({job.entry})" if operator else job.entry
    main = f"main :: IO ()\nmain = print ({' '.join([call, *(f'({arg})' for arg in job.args)])})\n"
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "Program.hs").write_text(headed(job.code, "Program"))
        (Path(place) / "Main.hs").write_text(f"{headed(job.code, 'Main')}\n{main}")
        script = f"cd {place} && {ghc} -v0 -c Program.hs && {ghc} -v0 Main.hs -o main && ./main"
        readable = [*PROGRAMS, Path("/usr/include"), compiler.libraries, compiler.packages]
        environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/nowhere"}
        command = jail.command(
            ["/bin/sh", "-c", script], readable=readable, writable=[Path(place)], environment=environment
        )
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        taken = time.perf_counter() - started
        return (taken, done.stdout.strip()) if done.returncode == 0 else None


def headed(code: str, name: str) -> str:
    """Return a program with a module header, after its pragmas, where it has none."""
    lines = code.split("\n")
    place = next((n for n, line in enumerate(lines) if not line.startswith("{-#")), 0)
    if any(line.startswith("module ") for line in lines):
        return code
    return "\n".join([*lines[:place], f"module {name} where", *lines[place:]])


def write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def shipped() -> list[Job]:
    """Return the shipped programs with an input that the executor makes."""
    with Executor.open(HaskellConfig(workers=1)) as executor:
        return jobs(executor)


def printed(jail: Jail, todo: list[Job], ghc: str) -> dict[int, str]:
    """Return what GHC's own ``print`` prints of each program: one module each, interpreted together.

    A program is left out that has no Show instance (a type error put off to when it runs), throws or does not end.
    """
    compiler = find_compiler(ghc)
    with tempfile.TemporaryDirectory() as place:
        imports = "".join(f"import qualified P{number}\n" for number in range(len(todo)))
        lines = [PRINTER.replace("IMPORTS\n", imports)]
        for number, job in enumerate(todo):
            (Path(place) / f"P{number}.hs").write_text(headed(job.code, f"P{number}"))
            operator = not (job.entry[0].isalpha() or job.entry[0] == "_")
            call = f"(P{number}.{job.entry})" if operator else f"P{number}.{job.entry}"
            lines.append(f"  one {number} ({' '.join([call, *(f'({arg})' for arg in job.args)])}) `catch` lost")
        (Path(place) / "Main.hs").write_text("\n".join(lines) + "\n")
        script = f"cd {place} && {ghc} -v0 -w -fdefer-type-errors -e main Main.hs"
        readable = [*PROGRAMS, Path("/usr/include"), compiler.libraries, compiler.packages]
        environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/nowhere"}
        command = jail.command(
            ["/bin/sh", "-c", script], readable=readable, writable=[Path(place)], environment=environment
        )
        done = subprocess.run(command, capture_output=True, text=True)
    found = (line.partition(" ") for line in done.stdout.splitlines())
    outputs = {int(number): "".join(map(chr, decode(text[1:-1]))) for number, _, text in found}
    if not outputs:
        raise RuntimeError(f"GHC prints nothing: {done.stderr[:2000]}")
    return outputs


@app.command()
def rate(step: Annotated[int, typer.Option(help="The paper's way on every so many-th.")] = 8) -> None:
    """Figure 1: programs a second and core, warm against published."""
    todo = shipped()
    odd = [json.loads(line) for line in ODD.read_text().splitlines()]
    rows = [{"code": job.code, "entry": job.entry, "input": job.args} for job in todo]
    rows += [{"code": row["code"], "entry": row["entry"], "input": row["input"]} for row in odd]
    cores = len(os.sched_getaffinity(0))
    rates = {}
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "in.jsonl"
        write_lines(source, rows)
        for workers in dict.fromkeys([1, cores]):
            started = time.perf_counter()
            counts = validate_file(source, Path(place) / str(workers), HaskellConfig(workers=workers))
            rates[workers] = counts.lines / (time.perf_counter() - started)
    jail = open_jail("auto")
    runs = [run for job in todo[::step] if (run := published(jail, job, "ghc")) is not None]
    if not runs:
        raise RuntimeError("the cold compiler fails on every program: there is nothing to compare with")
    cold = statistics.mean(seconds for seconds, _ in runs)
    warm, both = rates[1], rates[cores]
    write_table(
        "dataset_rate.md",
        [
            "| | programs/s | |",
            "| --- | --- | --- |",
            f"| published: `ghc -c`, compile, link, run ({len(runs)} programs, one core) | {1 / cold:.2f} | 1 × |",
            f"| `dataset validate`, one worker ({len(rows)} lines) | {warm:.1f} | **{warm * cold:.0f} ×** |",
            f"| `dataset validate`, {cores} workers | {both:.1f} | {both * cold:.0f} × |",
            "",
            f"100,000 programs: {100_000 / both / 60:.0f} min on {cores} cores (from the measured rate), "
            f"{100_000 / (both / cores * 64) / 60:.1f} min on 64 (extrapolated linearly); "
            f"published, one core: {100_000 * cold / 3600:.0f} h.",
        ],
    )


@app.command()
def recall() -> None:
    """Figure 2: programs known to run that reach tier C with the same output."""
    rows = [{**json.loads(line), "kind": "odd"} for line in ODD.read_text().splitlines()]
    todo = [job for job in shipped() if not any(line.startswith("module ") for line in job.code.split("\n"))]
    outputs = printed(open_jail("auto"), todo, "ghc")
    for number, job in enumerate(todo):
        if number in outputs:
            fields = {"name": job.name, "code": job.code, "entry": job.entry, "input": job.args}
            rows.append({**fields, "output": outputs[number], "kind": "shipped"})
    bare = [{key: value for key, value in row.items() if key != "entry"} | {"kind": "no entry"} for row in rows]
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "in.jsonl"
        write_lines(source, rows + bare)
        validate_file(source, Path(place), HaskellConfig())
        found = [json.loads(line) for line in (Path(place) / OUTPUT).read_text().splitlines()]
    table = ["| programs | known to run | tier C, same output | |", "| --- | --- | --- | --- |"]
    for kind in ("odd", "shipped", "no entry"):
        mine = [row for row in found if row["kind"] == kind]
        good = [row for row in mine if row["tier"] == "C" and row.get("output_matches")]
        others = ", ".join(f"{row['name']} ({row['reason']})" for row in mine if row not in good)
        share = f"{100 * len(good) / len(mine):.1f} %"
        table.append(f"| {kind} | {len(mine)} | {len(good)} | {share}{': ' if others else ''}{others} |")
    silent = len(todo) - len(outputs)
    write_table(
        "dataset_recall.md", [*table, "", f"{silent} more shipped programs print nothing by GHC's own `print`."]
    )


if __name__ == "__main__":
    app()
