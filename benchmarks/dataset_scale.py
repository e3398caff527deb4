"""Many synthetic programs through the whole dataset pipeline, killed and resumed, in bounded memory.

``python benchmarks/dataset_scale.py prepare FOLDER [--programs 20000]`` writes the instructions (pipelines over lists,
in Python, with unit tests) and a recorded completion for each (the same in Haskell; some wrong, ill-typed, unparsed or
endless). ``… play FOLDER [--kill check=5000]`` runs ``snakemake dataset`` there and kills it, with all its processes,
when the stage has so many items; the next one goes on. ``… report FOLDER...`` says what time and memory each stage
took, and whether everything that was done before a kill is in the finished files.
"""

from __future__ import annotations

import json
import math
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer
import yaml
from haskell_common import write_table

from seqplay.config import Sampling
from seqplay.config.dataset import ColumnsConfig
from seqplay.dataset.records import Instruction, Sampled
from seqplay.dataset.rows import read_row
from seqplay.engines.base import Request, Sample
from seqplay.engines.replay import Recording, recording_key
from seqplay.files import derive_seed, dump_line, iterate_records
from seqplay.prompts import haskell_from_python

ROOT = Path(__file__).resolve().parent.parent
NAME = "scale"
EVERY = 0.5
"""Seconds between two looks at the processes."""
DRAW = 0.005
"""Seconds that a recorded completion takes, so that generating can be killed too."""
FOLDERS = {
    "instructions": ".instructions.jsonl.partial",
    "generate": "completions",
    "extract": ".candidates.jsonl.partial",
    "check": "checked",
    "agree": "agreement",
    "build": "",
}
"""Where each stage's partial files are: a name or a folder. Building has none: it begins anew."""
STEPS = (
    ("map (+ {n})", "[v + {n} for v in xs]"),
    ("map (* {n})", "[v * {n} for v in xs]"),
    ("map (subtract {n})", "[v - {n} for v in xs]"),
    ("map (`mod` {n})", "[v % {n} for v in xs]"),
    ("map (`div` {n})", "[v // {n} for v in xs]"),
    ("map negate", "[-v for v in xs]"),
    ("map abs", "[abs(v) for v in xs]"),
    ("map (max {n})", "[max({n}, v) for v in xs]"),
    ("map (min {n})", "[min({n}, v) for v in xs]"),
    ("filter even", "[v for v in xs if v % 2 == 0]"),
    ("filter odd", "[v for v in xs if v % 2 == 1]"),
    ("filter (> {n})", "[v for v in xs if v > {n}]"),
    ("filter (/= {n})", "[v for v in xs if v != {n}]"),
    ("take {n}", "xs[:{n}]"),
    ("drop {n}", "xs[{n}:]"),
    ("reverse", "xs[::-1]"),
    ("scanl1 (+)", "[sum(xs[: n + 1]) for n in range(len(xs))]"),
    ("(\\ys -> zipWith (+) ys (drop {n} ys))", "[a + b for a, b in zip(xs, xs[{n}:])]"),
    ("(\\ys -> ys ++ [{n}])", "xs + [{n}]"),
    ("({n} :)", "[{n}] + xs"),
    ("(\\ys -> ys ++ ys)", "xs + xs"),
    ("concatMap (\\v -> [v, v + {n}])", "[w for v in xs for w in (v, v + {n})]"),
    ("takeWhile (< {n})", "list(__import__('itertools').takewhile(lambda v: v < {n}, xs))"),
    ("dropWhile (< {n})", "list(__import__('itertools').dropwhile(lambda v: v < {n}, xs))"),
)
ENDS = (("sum", "sum(xs)", "Int"), ("length", "len(xs)", "Int"), ("id", "xs", "[Int]"), ("null", "not xs", "Bool"))
app = typer.Typer(help=__doc__)


def task(number: int) -> tuple[dict[str, Any], str]:
    """Return an instruction's row and the completion that is recorded for it."""
    draw = random.Random(number)
    words = " ".join(
        "".join(draw.choices("bcdfglmnprstv", k=2)) + draw.choice(("ane", "ile", "oru")) for _ in range(12)
    )
    chosen = [(step, draw.randint(1, 99)) for step in draw.sample(STEPS, draw.randint(4, 8))]
    end, python_end, result = draw.choice(ENDS)
    body = "".join(f"    xs = {python.format(n=n)}\n" for (_, python), n in chosen)
    python = f"def task_{number}(xs: list[int]):\n{body}    return {python_end}\n"
    tests = [f"assert task_{number}({value}) is not None" for value in ([], [3, 1, 2])]
    text = f"Task {number}, {words}: bring a list of integers through {len(chosen)} steps."
    row = {"id": f"t{number}", "input": text, "output": python, "domain": "generic", "unit_tests": json.dumps(tests)}
    steps = " . ".join([end, *(haskell.format(n=n) for (haskell, _), n in reversed(chosen))])
    code = f"task{number} :: [Int] -> {result}\ntask{number} = {steps}\n"
    return {**row, "generation_algorithm": "self-instruct"}, completion(code, number, result)


def completion(code: str, number: int, result: str) -> str:
    """Return the answer: mostly right, one in forty wrong in some way."""
    kind = number % 400
    if kind == 0:
        code = f"task :: [Int] -> {result}\ntask xs = task ({number} : xs)\n"
    elif kind % 40 == 1:
        return "I cannot do that."
    elif kind % 40 == 2:
        code = code.replace("[Int] ->", "Bool ->")
    elif kind % 40 == 3:
        code = code.replace(f"task{number} = ", f"task{number} = (\\answer -> answer) . ").replace("map (+", "map (*")
    return f"```haskell\n{code}```"


@app.command()
def prepare(
    folder: Path,
    programs: Annotated[int, typer.Option()] = 20_000,
    workers: Annotated[int, typer.Option(help="sessions at once; 0: one a core")] = 0,
) -> None:
    """Write the experiment."""
    folder.mkdir(parents=True)
    (folder / "config").symlink_to(ROOT / "config")
    with (folder / "in.jsonl").open("w") as rows, (folder / "answers.jsonl").open("w") as answers:
        for number in range(programs):
            row, text = task(number)
            rows.write(json.dumps(row) + "\n")
            found = read_row(row, number, ColumnsConfig()).instruction
            if found is None:
                raise ValueError(f"task {number} is no instruction")
            answers.write(dump_line(Recording(key=key(found), texts=(text,), seconds=DRAW)) + "\n")
    settings = {
        "experiment": NAME,
        "engine": {"kind": "replay", "replay_file": "answers.jsonl"},
        "haskell": {"seconds": 1, "workers": workers},
        "dataset": {"instructions": {"source": "in.jsonl"}, "inputs": 2, "shards": {"generate": 2}},
    }
    (folder / "own.yaml").write_text(yaml.safe_dump(settings))


def key(found: Instruction) -> str:
    """Return the key of a recorded completion."""
    messages = haskell_from_python(found.instruction, found.python, True)
    seed = derive_seed(0, "dataset", found.id)
    request = Request(id=found.id, messages=messages, n=1, sampling=Sampling(), seed=seed)
    return recording_key(messages, Sample(request, 0).seed)


@app.command()
def play(
    folder: Path,
    seconds: Annotated[float, typer.Option(help="kill after so many seconds; 0: never")] = 0,
    kill: Annotated[str, typer.Option(help="STAGE=ITEMS: kill when a stage has done so many (build: seconds)")] = "",
    cores: Annotated[int, typer.Option()] = os.cpu_count() or 1,
) -> None:
    """Run the pipeline to its end, or until it is killed."""
    folder = folder.resolve()
    where = ["--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder), "--cores", str(cores)]
    profile = ["--workflow-profile", str(ROOT / "profiles/default"), "--nolock", "--rerun-incomplete"]
    command = [sys.executable, "-m", "snakemake", *where, *profile, "--configfile", "own.yaml", "--", "dataset"]
    environment = {**os.environ, "SEQPLAY_ALLOW_EDITS": "1"}
    looked = began = time.time()
    limit = began + (seconds or math.inf)
    stages = defaultdict[str, dict[str, float]](lambda: defaultdict(float))
    with (folder / "play.log").open("a") as log:
        run = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )  # fmt: skip
        while run.poll() is None and looked < limit and not reached(folder, kill, stages):
            time.sleep(EVERY)
            last, looked = looked, time.time()
            watch(run.pid, stages, looked - last)
        killed = run.poll() is None
        if killed:
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    fields = {"killed": kill or f"{seconds:g} s" if killed else "", "code": run.returncode, "cores": cores}
    fields |= {"seconds": time.time() - began, "stages": stages, "progress": told(folder, began)}
    with (folder / "plays.jsonl").open("a") as plays:
        plays.write(json.dumps(fields) + "\n")
    keep_aside(folder)
    print(json.dumps(fields, indent=1))


def partials(folder: Path) -> list[Path]:
    """Return the partial files that there are."""
    return sorted((folder / f"results/{NAME}/dataset").rglob(".*.partial"))


def reached(folder: Path, kill: str, stages: dict[str, dict[str, float]]) -> bool:
    """Tell whether the stage that is to be killed is running, and has come so far."""
    stage, _, items = kill.partition("=")
    if stage not in stages:
        return False
    if stage == "build":
        return stages[stage]["seconds"] >= int(items)
    found = [path for path in partials(folder) if FOLDERS[stage] in (*path.parts, path.name)]
    return sum(path.read_bytes().count(b"\n") - 1 for path in found) >= int(items)


def watch(pid: int, stages: dict[str, dict[str, float]], passed: float) -> None:
    """Take the memory of each stage: its Python process, and all its processes (shared pages counted once), in KiB.

    A stage that is running has run for all of the time that has passed since the last look.
    """
    try:
        running = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return
    for process in running:
        try:
            found = re.search(r"dataset_(\w+)\.py", " ".join(process.cmdline()))
            if found is None or not process.name().startswith("python"):
                continue
            stage, own = stages[found[1]], memory(process.pid)
            every = sum(memory(one.pid)["Pss"] for one in process.children(recursive=True)) + own["Pss"]
        except (psutil.Error, OSError):
            continue
        stage["seconds"] += passed
        for name, value in (("resident", own["Rss"]), ("own", own["Anonymous"]), ("all", every)):
            stage[name] = max(stage[name], value)


def memory(pid: int) -> dict[str, int]:
    """Return the kernel's sums over a process's pages, in KiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name.rstrip(":"): int(value) for name, value, *_ in map(str.split, lines)}


def told(folder: Path, since: float) -> dict[str, dict[str, int]]:
    """Return what the logs of this run say: items done, of how many, done before."""
    logs = folder / f"results/{NAME}/logs/dataset"
    found = {}
    for path in sorted(logs.rglob("*.log")):
        lines = [line[line.index("{") :] for line in path.read_text().splitlines() if "seqplay.progress: {" in line]
        if lines and path.stat().st_mtime > since:
            found[str(path.relative_to(logs).with_suffix(""))] = json.loads(lines[-1])
    return found


def keep_aside(folder: Path) -> None:
    """Copy what a kill has left, to hold it against the finished files."""
    place = folder / "left" / str(len((folder / "plays.jsonl").read_text().splitlines()))
    for path in partials(folder):
        target = place / path.relative_to(folder / f"results/{NAME}/dataset")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def kept(folder: Path) -> Iterator[tuple[str, str, int, bool]]:
    """Yield, for each file that a kill has left: the run, the file, its items, and whether the finished one has all."""
    for path in sorted((folder / "left").rglob(".*.partial")):
        number, *parts = path.relative_to(folder / "left").parts
        name = "/".join(parts).replace("/.", "/").removeprefix(".").removesuffix(".partial")
        _, _, text = path.read_bytes().partition(b"\n")
        whole = text[: text.rfind(b"\n") + 1]
        final = folder / f"results/{NAME}/dataset" / name.replace(".block", "")
        if ".block" in name:
            drawn = {dump_line(one.completion).encode() for one in iterate_records(final, Sampled)}
            same = set(whole.splitlines()) <= drawn
        else:
            same = final.read_bytes().startswith(whole)
        yield number, name, whole.count(b"\n"), same


@app.command()
def report(folders: list[Path]) -> None:
    """Write the tables: of each stage the time and the memory, for each folder; and what became of what was done."""
    lines = ["| stage |", "| --- |"]
    runs = {}
    for folder in folders:
        plays = [json.loads(line) for line in (folder / "plays.jsonl").read_text().splitlines()]
        counts = json.loads((folder / f"results/{NAME}/dataset/published/counts.json").read_text())
        runs[folder] = plays, counts
        lines[0] += f" {counts['rows']:,} rows: s | Python MiB: own, resident | all processes MiB |"
        lines[1] += " --- | --- | --- |"
    for stage in FOLDERS:
        line = f"| {stage} |"
        for plays, _ in runs.values():
            found = [play["stages"][stage] for play in plays if stage in play["stages"]]
            most = {name: max(one[name] for one in found) / 1024 for name in ("own", "resident", "all")}
            line += f" {sum(one['seconds'] for one in found):.0f} "
            line += f"| {most['own']:.0f}, {most['resident']:.0f} | {most['all']:.0f} |"
        lines.append(line)
    for folder, (plays, counts) in runs.items():
        lines += ["", f"{counts['rows']} rows, {counts['endings']} endings: {json.dumps(counts['tiers'])}; "]
        lines[-1] += f"{sum(play['seconds'] for play in plays) / 60:.1f} min in {len(plays)} runs"
        for number, play in enumerate(plays, start=1):
            lines.append(f"- run {number}, {play['seconds']:.0f} s, killed at: {play['killed'] or '-'}")
            lines += [f"  - {name}: {json.dumps(found)}" for name, found in play["progress"].items()]
        for number, name, items, same in kept(folder):
            lines.append(f"- run {number} left {items} in {name}: {'all in the finished file' if same else 'NOT KEPT'}")
    write_table("dataset_scale.md", lines)


if __name__ == "__main__":
    app()
