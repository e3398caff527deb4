"""What Bob learns from how many labelled pairs, outside the game: is it data that stands in the way of reading?

    python benchmarks/learning_curve.py pairs OUT.jsonl [--programs FILE] [--turns N]
    python benchmarks/learning_curve.py learn MODEL PAIRS.jsonl [--counts 500,2000,8000] [--epochs N] [--rate X]

``pairs`` makes twins as ``mutate`` proposes them in the game (`game.rewrites`), again and again of each program, with
the labels that the rules promise: a few SINQ ones are equivalent all the same. Every sixth program is held out; no
other program is near one of them. ``learn`` trains one adapter for each count, from the base, on the bare label and
without worked examples, and asks it for the odds of both answers: about the pairs it was trained on, other pairs of the
same programs, pairs of the held-out programs, and of these the ones whose label looks tell and those where looks
mislead (`game.looks`, fitted on the pairs of training); and about the shipped suite, which people wrote.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import typer
from labelled_pairs import (
    Asked,
    Kind,
    Labelled,
    by_looks,
    estimate,
    evenly,
    fit_looks,
    judge,
    read_made,
    shipped_pairs,
    train,
)

from seqplay.errors import SeqplayError
from seqplay.files import derive_seed
from seqplay.game.rewrites import EDITS, twins
from seqplay.haskell.analysis.normalise import normal_id
from seqplay.haskell.analysis.source import choose_entry, parse
from seqplay.records import Goal
from seqplay.suites.shipped import near_programs

PROGRAMS = Path(__file__).parents[1] / "config/data/programs.jsonl"
HELD_OUT = 6
"""Every so many-th program is held out."""
HELD_OUT_TURNS = 4
LONGEST = 1000
"""Characters of a program, as in the measured games."""
SHOWN = 1000
"""Pairs that are asked about, of those trained on and of the others of their programs."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)


def read_programs(path: Path) -> list[tuple[str, str]]:
    """Return code and entry of each program that has an entry, shuffled."""
    found = dict[str, tuple[str, str]]()
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        try:
            entry = row.get("entry") or choose_entry(parse(row["code"]), None).name
            form = normal_id(row["code"], entry)
        except SeqplayError:
            continue
        if len(row["code"]) <= LONGEST:
            found.setdefault(form, (row["code"], entry))
    programs = list(found.values())
    random.Random(0).shuffle(programs)
    return programs


def made(item: tuple[Kind, str, str, int]) -> list[Labelled]:
    """Return a program's twins of a turn, each in one of both directions; none where a rule fails."""
    kind, code, entry, turn = item
    drawn = derive_seed(0, "learning curve", code, turn)
    try:
        both = twins(code, entry, EDITS[turn % len(EDITS)], drawn)
    except Exception as error:  # one odd program is that program's outcome
        print(f"{entry}: {type(error).__name__}: {error}", file=sys.stderr)
        return []
    turned = drawn % 2 == 0
    sides = {goal: (one.code, code) if turned else (code, one.code) for goal, one in both.items()}
    return [Labelled(kind, code, turn, entry, p, q, goal is Goal.SEQ) for goal, (p, q) in sides.items()]


@app.command("pairs")
def make_pairs(
    out: Path,
    programs: Annotated[Path, typer.Option(help="JSON lines with code, and perhaps entry.")] = PROGRAMS,
    turns: Annotated[int, typer.Option(help="How often each program is taken for training.")] = 16,
    workers: Annotated[int, typer.Option(help="Processes; 0: as many as there are cores.")] = 0,
) -> None:
    """Make the pairs; a file that is there is gone on with, at the turn after its last."""
    every = read_programs(programs)
    heldout = every[::HELD_OUT]
    others = [one for number, one in enumerate(every) if number % HELD_OUT]
    near = set(near_programs(heldout, others))
    trained = [one for one in others if one[0] not in near]
    there = [json.loads(line)["turn"] for line in out.read_text().splitlines()] if out.exists() else []
    print(f"{len(trained)} programs to train on, {len(heldout)} held out, {len(near)} near those left out", flush=True)
    with out.open("a", encoding="utf-8") as handle, ProcessPoolExecutor(workers or os.cpu_count()) as pool:
        for turn in range(max(there, default=-1) + 1, turns):
            items: list[tuple[Kind, str, str, int]] = [("train", *one, turn) for one in trained]
            if turn < HELD_OUT_TURNS:
                items += [("heldout", *one, turn) for one in heldout]
            found = [pair for pairs in pool.map(made, items, chunksize=8) for pair in pairs]
            handle.writelines(json.dumps(pair._asdict()) + "\n" for pair in found)
            handle.flush()
            print(f"turn {turn}: {len(found)} pairs", flush=True)


@app.command()
def learn(
    model: Path,
    pairs: Path,
    counts: Annotated[str, typer.Option(help="Pairs to train on, with commas; 0: the base.")] = "0,500,2000,8000",
    epochs: int = 2,
    rate: float = 3e-4,
    rank: int = 16,
    seed: Annotated[int, typer.Option(help="Which pairs are taken, and the adapter's start.")] = 1,
    rows: Path = Path("learning_curve.jsonl"),
    keep: Annotated[Path | None, typer.Option(help="Folder of the adapters, which else are thrown away.")] = None,
) -> None:
    """Train an adapter on each count, and say what it tells apart."""
    every = read_made(pairs)
    groups = {kind: [one for one in every if one.kind == kind] for kind in ("train", "heldout")}
    suite = shipped_pairs()
    draw = random.Random(seed)
    programs = sorted({one.program for one in groups["train"]})
    draw.shuffle(programs)
    # Whole litters, so that both labels are there as often; the last turns are kept for asking.
    last = max(one.turn for one in groups["train"])
    unseen = [one for one in groups["train"] if one.turn == last]
    usable = [one for one in groups["train"] if one.turn != last]
    litters: dict[tuple[str, int], list[Labelled]] = {}
    for one in usable:
        litters.setdefault((one.program, one.turn), []).append(one)
    order = list(litters)
    draw.shuffle(order)
    for count in map(int, counts.split(",")):
        taken = [one for key in order[: count // 2] for one in litters[key]]
        begun = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            place = (keep or Path(folder)) / f"adapter-{count}"
            if taken:
                train(model, taken, place, epochs=epochs, rate=rate, rank=rank, seed=seed)
            seconds = time.perf_counter() - begun
            asked = Asked(model, place if taken else None)
            looks = fit_looks(taken or usable)
            row: dict[str, Any] = {"pairs": len(taken), "epochs": epochs, "rate": rate, "rank": rank, "seed": seed}
            sets = {
                "trained on": evenly(taken, SHOWN),
                "same programs": evenly(unseen, SHOWN),
                "held out": groups["heldout"],
                "suite": suite,
            }
            for name, some in sets.items():
                judged = judge(str(count), some, asked.odds(some), looks)
                row[name] = estimate(judged)
                if name == "held out":
                    row |= by_looks(judged)
            row |= {"training_seconds": round(seconds, 1), "seconds": round(time.perf_counter() - begun, 1)}
        with rows.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(row, ensure_ascii=False) + "\n")
        print(json.dumps(row, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    app()
