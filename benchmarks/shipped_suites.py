"""The shipped suites: built from their sources, checked, and measured by a classifier that cannot read.

``python benchmarks/shipped_suites.py build`` writes ``config/data/suites/*.jsonl`` from the sources beside them, with a
diverging input for every SINQ pair. ``… prove`` looks for proofs of the SEQ pairs that have none, by the tactics.
``… check`` checks every label (``--seeds``). ``… fit`` writes the classifiers by which ``mutate`` chooses pairs that
look alike (``seqplay/game/looks.json``). ``… surface`` trains the classifier of ``seqplay.game.looks`` on rewrites of
the training programs, as ``mutate`` proposes them in the game (labels as the rules promise, not validated), and prints
its balanced accuracy on the shipped pairs and on pairs made as held-out ones are.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from seqplay import mutate
from seqplay.config import HaskellConfig, ProofConfig
from seqplay.files import derive_seed, read_records, write_records
from seqplay.game.heldout_pairs import Litters
from seqplay.game.looks import SurfaceClassifier, TextPair, write_shipped
from seqplay.game.rewrites import EDITS, chain, first_rewrites
from seqplay.haskell import Executor
from seqplay.proof.prover_pool import ProverPool
from seqplay.proof.tactics.discovery.discover import WORK
from seqplay.records import Goal, Program
from seqplay.suites.authoring import ShippedPair, read_pairs, read_tasks
from seqplay.suites.shipped import (
    PAIR_SOURCES,
    PAIRS,
    TASK_SOURCES,
    TASKS,
    fault,
    keep_proofs,
    texts,
    with_proof,
    with_witness,
)

PROGRAMS = Path(__file__).parents[1] / "config/data/programs.jsonl"
PARTS = 5
FITTED = 15
"""Pairs of each program, goal and number of edits that a shipped classifier sees."""
app = typer.Typer(no_args_is_help=True, help=__doc__)


@app.command()
def build() -> None:
    """Write the items of both suites."""
    write_records(TASKS, read_tasks(TASK_SOURCES))
    with Executor.open(HaskellConfig()) as executor, ThreadPoolExecutor(executor.workers) as pool:
        built = list(pool.map(lambda pair: with_witness(executor, pair), read_pairs(PAIR_SOURCES)))
    write_records(PAIRS, keep_proofs(built, read_records(PAIRS, ShippedPair) if PAIRS.exists() else []))


@app.command()
def prove(steps: Annotated[int, typer.Option(help="Counted steps of discovery for a pair.")] = WORK) -> None:
    """Look for proofs, and say how many SEQ pairs have one."""
    pairs = read_records(PAIRS, ShippedPair)
    with (
        ProverPool(HaskellConfig(), ProofConfig(discovery_steps=steps, tactic_seconds=600)) as prover,
        ThreadPoolExecutor(prover.workers) as pool,
    ):
        found = list(pool.map(lambda pair: with_proof(prover, pair), pairs))
    write_records(PAIRS, found)
    seq = [pair for pair in found if pair.label is Goal.SEQ]
    for evidence, number in Counter(pair.evidence for pair in seq).most_common():
        print(f"{evidence}: {number} of {len(seq)} SEQ pairs")


@app.command()
def check(evaluations: Annotated[int, typer.Option(min=200)] = 1000, seeds: int = 1) -> None:
    """Check every label; exit 1 where one does not hold."""
    pairs = read_records(PAIRS, ShippedPair)
    with Executor.open(HaskellConfig()) as executor, ThreadPoolExecutor(executor.workers) as pool:
        jobs = [(pair, seed) for pair in pairs for seed in range(seeds)]
        faults = [said for said in pool.map(lambda job: fault(executor, job[0], job[1], evaluations), jobs) if said]
    print(*faults, f"{len(pairs)} pairs, {len(faults)} faults", sep="\n")
    raise SystemExit(bool(faults))


def game_pairs(programs: list[Program], attempts: int = 2) -> list[TextPair]:
    """Return what ``mutate`` proposes first for each program and goal."""
    return [
        TextPair(found.code, one.code, goal is Goal.SEQ)
        for found in programs
        for goal in Goal
        for one in first_rewrites(found.code, found.entry, goal, 0, attempts)
    ]


def like_heldout(programs: list[Program], level: int) -> list[TextPair]:
    """Return a pair of each program and goal, made as held-out pairs are."""
    found = []
    for number, one in enumerate(programs):
        for goal, rewrite in next(iter(Litters(one.code, one.entry, level, 0).made(number)), {}).items():
            p, q = (one.code, rewrite.code) if number % 2 else (rewrite.code, one.code)
            found.append(TextPair(p, q, goal is Goal.SEQ))
    return found


def corpus() -> list[Program]:
    """Return the training programs, unchecked."""
    raw = [json.loads(line) for line in PROGRAMS.read_text(encoding="utf-8").splitlines()]
    return [Program(id=one["name"], code=one["code"], entry=one["entry"], type="", name=one["name"]) for one in raw]


def alone(programs: list[Program]) -> list[TextPair]:
    """Return pairs as the game had them until 2026-11-30: one law, or one mistake."""
    return [
        TextPair(found.code, one.code, rewrites is mutate.each_preserving)
        for found in programs
        for rewrites in (mutate.each_preserving, mutate.each_breaking)
        for one in islice(rewrites(found.code, found.entry, 0), 1)
    ]


def unchosen(programs: list[Program], edits: int) -> list[TextPair]:
    """Return pairs so many edits apart, as they are before two that look alike are chosen."""
    return [
        TextPair(found.code, one.code, goal is Goal.SEQ)
        for found in programs
        for goal in Goal
        for number in range(FITTED)
        if (one := chain(found.code, found.entry, goal, edits, derive_seed("fit", number))) is not None
    ]


@app.command()
def fit() -> None:
    """Write the classifiers by which pairs that look alike are chosen."""
    programs = corpus()
    write_shipped({edits: SurfaceClassifier.fit(unchosen(programs, edits)) for edits in EDITS})


def in_parts(programs: list[Program], made: Callable[[list[Program]], list[TextPair]]) -> float:
    """Return the classifier's mean accuracy on the pairs of each fifth of the programs, trained on the other four."""
    fifths = [made(programs[part::PARTS]) for part in range(PARTS)]
    told = [
        SurfaceClassifier.fit([one for fifth in fifths if fifth is not held for one in fifth]).balanced_accuracy(held)
        for held in fifths
    ]
    return sum(told) / PARTS


@app.command()
def surface() -> None:
    """Print how far the surface classifier gets."""
    programs = corpus()
    trained = SurfaceClassifier.fit(game_pairs(programs))
    print(f"one law against one mistake, in {PARTS} parts: {in_parts(programs, alone):.3f}")
    print(f"the game's pairs, in {PARTS} parts: {in_parts(programs, game_pairs):.3f}")
    print(f"the game's pairs, on which it was trained: {trained.balanced_accuracy(game_pairs(programs)):.3f}")
    print(f"shipped pairs: {trained.balanced_accuracy(texts(read_records(PAIRS, ShippedPair))):.3f}")
    levels = [like_heldout(programs, level) for level in EDITS]
    print(f"held-out pairs: {trained.balanced_accuracy([pair for found in levels for pair in found]):.3f}")
    for level, found in zip(EDITS, levels, strict=True):
        print(f"  level {level}: {trained.balanced_accuracy(found):.3f} of {len(found)}")


if __name__ == "__main__":
    app()
