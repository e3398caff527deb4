"""Whether pairs that people wrote teach what those of ``mutate`` do not: there Q is another algorithm.

    python benchmarks/cross_validation.py train MODEL [--pairs PAIRS.jsonl] [--folds N] [--only 0,1]
    python benchmarks/cross_validation.py pool ANSWERS.jsonl...

``train`` parts the programs of the shipped suite into folds, near ones into the same; an adapter for each fold is
trained on the other folds' pairs, and on ``mutate``'s of ``--pairs`` too (`learning_curve.py pairs`), of programs that
are near none of the suite's, and is asked about its own fold's. ``pool`` makes a row of all folds with the same
settings; folds can run side by side (``--only``), each process with a file of its own, and at several seeds, which part
the programs in other ways.

*gain* is the difference of the area to the base's on the same pairs, *right* the share of pairs whose odds are on the
label's side. Several seeds that are pooled only average over how much trainings differ.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer
from labelled_pairs import (
    Asked,
    Judged,
    Labelled,
    by_looks,
    estimate,
    evenly,
    fit_looks,
    gain,
    judge,
    read_made,
    right,
    shipped_pairs,
    train,
)

from seqplay.suites.shipped import near_programs

STEPS = 200
"""Optimiser steps of a training where no number of epochs is asked for."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)


def near_groups(pairs: Sequence[Labelled]) -> dict[str, str]:
    """Return the group of each program, by one of its members; near programs are in the same."""
    texts: dict[str, list[tuple[str, str]]] = {}
    for one in pairs:
        texts.setdefault(one.program, []).extend(((one.p, one.entry), (one.q, one.entry)))
    group = {name: name for name in texts}
    names = list(texts)
    for number, name in enumerate(names):
        later = {text: other for other in names[number + 1 :] for text in texts[other]}
        owner = {code: other for (code, _), other in later.items()}
        for code in near_programs(texts[name], later):
            # The other's whole group moves, so that nearness is passed on.
            joined = group[owner[code]]
            group |= {other: group[name] for other in names if group[other] == joined}
    return group


def part(pairs: Sequence[Labelled], folds: int, seed: int) -> list[list[Labelled]]:
    """Part pairs into folds of as many groups of near programs each, give or take one."""
    group = near_groups(pairs)
    order = sorted(set(group.values()))
    random.Random(seed).shuffle(order)
    fold = {name: number % folds for number, name in enumerate(order)}
    return [[one for one in pairs if fold[group[one.program]] == number] for number in range(folds)]


def apart(made_ones: Sequence[Labelled], suite: Sequence[Labelled], most: int) -> list[Labelled]:
    """Return at most so many pairs, of programs that are near none of the suite's."""
    usable = [one for one in made_ones if one.kind == "train"]
    texts = [(code, one.entry) for one in suite for code in (one.p, one.q)]
    near = set(near_programs(list(dict.fromkeys(texts)), dict.fromkeys((one.program, one.entry) for one in usable)))
    return evenly([one for one in usable if one.program not in near], most)


class Fold(NamedTuple):
    """What the adapter of a fold said, and how it was trained."""

    settings: dict[str, Any]
    """Equal in all folds that are pooled into a row."""
    seed: int
    fold: int
    pairs: int
    steps: int
    training_seconds: float
    seconds: float
    judged: dict[str, list[Judged]]


@app.command("train")
def cross_validate(
    model: Path,
    pairs: Annotated[Path | None, typer.Option(help="Pairs by mutate to train on as well.")] = None,
    most: Annotated[int, typer.Option(help="Pairs by mutate, at most.")] = 2000,
    folds: int = 4,
    only: Annotated[str, typer.Option(help="Folds to train, from 0, with commas; empty: all.")] = "",
    epochs: Annotated[float, typer.Option(help=f"0: as many as {STEPS} steps take.")] = 0,
    rate: float = 3e-4,
    rank: int = 16,
    seed: Annotated[int, typer.Option(help="How the programs are parted, and the adapters' start.")] = 1,
    answers: Annotated[Path, typer.Option(help="A line a fold is added.")] = Path("cross_validation.jsonl"),
) -> None:
    """Train an adapter for each fold of the shipped suite, ask it about that fold, and pool what all of them said."""
    suite = shipped_pairs()
    made_ones = read_made(pairs) if pairs else []
    added = apart(made_ones, suite, most) if made_ones else []
    settings = {
        "model": model.name, "by mutate": len(added), "folds": folds, "epochs": epochs, "rate": rate, "rank": rank,
    }  # fmt: skip
    parts = part(suite, folds, seed)
    for number in [int(one) for one in only.split(",") if one] or range(folds):
        hands = [one for other, some in enumerate(parts) if other != number for one in some]
        begun = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "adapter"
            result = train(
                model, hands + added, place, rate=rate, rank=rank, seed=seed,
                # An epoch has a step at least, so that many epochs always reach the limit of steps.
                epochs=epochs or STEPS, max_steps=0 if epochs else STEPS,
            )  # fmt: skip
            seconds = time.perf_counter() - begun
            asked, looks = Asked(model, place), fit_looks(hands + added)
            sets = {"trained on": hands, "held out": parts[number]}
            sets |= {"held out, by mutate": [one for one in made_ones if one.kind == "heldout"]} if made_ones else {}
            name = f"{seed}/{number}"
            judged = {which: judge(name, some, asked.odds(some), looks) for which, some in sets.items()}
            judged["base"] = judge(name, parts[number], asked.base_odds(parts[number]), looks)
        taken = round(time.perf_counter() - begun, 1)
        fold = Fold(settings, seed, number, len(hands + added), result.steps, round(seconds, 1), taken, judged)
        with answers.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(fold._asdict()) + "\n")
        print(f"fold {number}: {fold.pairs} pairs, {fold.steps} steps, {fold.seconds} s", flush=True)
    pool([answers])


@app.command()
def pool(answers: list[Path]) -> None:
    """Print a row for all folds with the same settings; of a fold that was trained twice, the last counts."""
    runs: dict[str, dict[tuple[int, int], Fold]] = {}
    for path in answers:
        for line in path.read_text(encoding="utf-8").splitlines():
            read = json.loads(line)
            judged = {name: [Judged(*one) for one in some] for name, some in read["judged"].items()}
            one = Fold(**{**read, "judged": judged})
            runs.setdefault(json.dumps(one.settings), {})[one.seed, one.fold] = one
    for found in runs.values():
        print(json.dumps(pooled(list(found.values())), ensure_ascii=False))


def pooled(folds: Sequence[Fold]) -> dict[str, Any]:
    """Return the row of folds with the same settings."""
    judged = {name: [said for one in folds for said in one.judged[name]] for name in folds[0].judged}
    base = judged.pop("base")
    row: dict[str, Any] = {**folds[0].settings, "trained": sorted(f"{one.seed}/{one.fold}" for one in folds)}
    for name in ("pairs", "steps", "training_seconds", "seconds"):
        row[name] = round(float(np.mean([getattr(one, name) for one in folds])), 1)
    for name, some in judged.items():
        row |= {name: estimate(some), f"{name}, right": right(some)}
    heldout = judged["held out"]
    return row | by_looks(heldout) | {"base": estimate(base), "gain": gain(heldout, base)}


if __name__ == "__main__":
    app()
