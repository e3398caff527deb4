"""Many synthetic programs through the whole dataset pipeline, killed and resumed, in bounded memory.

``python benchmarks/dataset_scale.py prepare FOLDER [--programs 20000]`` writes the instructions (pipelines over lists,
in Python, with unit tests) and a recorded completion for each (the same in Haskell; some wrong, ill-typed, unparsed or
endless). ``… play FOLDER --seconds S`` runs ``snakemake dataset`` there and kills it, with all its processes, after so
many seconds; again until it ends. ``… report FOLDER`` says how long it took, what memory it took, and whether anything
that was done before a kill was done again.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer
import yaml
from haskell_common import write_table

from seqplay.config import Sampling
from seqplay.dataset.records import Instruction
from seqplay.dataset.rows import read_row
from seqplay.dataset_config import ColumnsConfig
from seqplay.engines.base import Draw, Request
from seqplay.engines.replay import Recording, recording_key
from seqplay.files import derive_seed, dump_line
from seqplay.prompts import haskell_from_python

ROOT = Path(__file__).resolve().parent.parent
NAME = "scale"
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
def prepare(folder: Path, programs: Annotated[int, typer.Option()] = 20_000) -> None:
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
            answers.write(dump_line(Recording(key=key(found), texts=(text,))) + "\n")
    settings = {
        "experiment": NAME,
        "engine": {"kind": "replay", "replay_file": "answers.jsonl"},
        "haskell": {"seconds": 1},
        "dataset": {"instructions": {"source": "in.jsonl"}, "inputs": 2, "shards": {"generate": 2}},
    }
    (folder / "own.yaml").write_text(yaml.safe_dump(settings))


def key(found: Instruction) -> str:
    """Return the key of a recorded completion."""
    messages = haskell_from_python(found.instruction, found.python, True)
    seed = derive_seed(0, "dataset", found.id)
    request = Request(id=found.id, messages=messages, n=1, sampling=Sampling(), seed=seed)
    return recording_key(messages, Draw(request, 0).seed)


@app.command()
def play(folder: Path, seconds: Annotated[float, typer.Option()] = 240) -> None:
    """Run the pipeline; kill it after so many seconds if it is not done."""
    where = ["--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder), "--cores", str(os.cpu_count())]
    profile = ["--workflow-profile", str(ROOT / "profiles/default"), "--nolock", "--rerun-incomplete"]
    command = [sys.executable, "-m", "snakemake", *where, *profile, "--configfile", "own.yaml", "--", "dataset"]
    environment = {**os.environ, "SEQPLAY_ALLOW_EDITS": "1"}
    with (folder / "play.log").open("a") as log:
        run = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )  # fmt: skip
        started, most = time.monotonic(), {"python": 0, "all": 0}
        while run.poll() is None and time.monotonic() - started < seconds:
            watch(run.pid, most)
            time.sleep(0.5)
        killed = run.poll() is None
        if killed:
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    wall = time.monotonic() - started
    fields = {"killed": killed, "code": run.returncode, "seconds": wall, "memory": most, "left": left(folder)}
    with (folder / "plays.jsonl").open("a") as plays:
        plays.write(json.dumps(fields) + "\n")
    print(json.dumps(fields))


def watch(pid: int, most: dict[str, int]) -> None:
    """Take the memory of the largest Python process, and of all processes together (shared pages counted once)."""
    try:
        tree = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return
    total = 0
    for process in tree:
        try:
            total += process.memory_full_info().pss
            if process.name().startswith("python"):
                most["python"] = max(most["python"], process.memory_info().rss)
        except psutil.Error:
            continue
    most["all"] = max(most["all"], total)


def left(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the partial files that a kill has left: how many items, and a hash of them."""
    found = {}
    for path in sorted((folder / "results").rglob(".*.partial")):
        _, _, text = path.read_bytes().partition(b"\n")
        whole = text[: text.rfind(b"\n") + 1]
        name = str(path.relative_to(folder)).replace("/.", "/").removesuffix(".partial")
        found[name] = {"items": whole.count(b"\n"), "bytes": len(whole), "hash": hashlib.sha256(whole).hexdigest()}
    return found


@app.command()
def report(folder: Path) -> None:
    """Write the table."""
    plays = [json.loads(line) for line in (folder / "plays.jsonl").read_text().splitlines()]
    counts = json.loads((folder / f"results/{NAME}/dataset/published/counts.json").read_text())
    kept = []
    for run in plays:
        for name, mark in run["left"].items():
            text = (folder / name).read_bytes()[: mark["bytes"]]
            same = hashlib.sha256(text).hexdigest() == mark["hash"]
            stage = "/".join(Path(name).parts[-2:])
            kept.append(f"{stage}: {mark['items']} {'kept, byte for byte' if same else 'not kept as they were'}")
    wall = sum(run["seconds"] for run in plays)
    python, every = (max(run["memory"][name] for run in plays) >> 20 for name in ("python", "all"))
    write_table(
        "dataset_scale.md",
        [
            "| | |",
            "| --- | --- |",
            f"| rows | {counts['rows']} |",
            f"| tiers | {json.dumps(counts['tiers'])} |",
            f"| runs | {len(plays)}, of which killed with SIGKILL: {sum(run['killed'] for run in plays)} |",
            f"| done when killed | {'; '.join(kept)} |",
            f"| wall time of all runs | {wall / 60:.1f} min on {os.cpu_count()} cores |",
            f"| memory: largest Python process, all processes | {python} MiB, {every} MiB |",
        ],
    )


if __name__ == "__main__":
    app()
