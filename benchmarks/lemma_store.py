"""What the lemma store saves: pairs proved, and counted steps, in a second half of pairs with the lemmas of the first.

    python benchmarks/lemma_store.py rewrites|pairs|apart|chain [--steps N] [--step N]

``rewrites``: what ``mutate`` proposes for the shipped programs, first and then next, as two iterations of a game do.
``pairs``, ``apart``: every other pair of a suite of ``tests/proof``, whose programs differ. The second half is searched
with an empty store and with the first half's. ``chain``: theorems about one program's own sum and product, each with
an empty store and with the lemmas of those before. The kernel alone checks, in this process; seconds are its
processor time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from seqplay.errors import InputError
from seqplay.game.lemma_store import gathered
from seqplay.game.rewrites import first_rewrites
from seqplay.haskell.analysis.source import choose_entry, parse
from seqplay.proof.kernel.trial import candidates_that_fail, definitions_refused
from seqplay.proof.kernel.worker import with_deep_stack
from seqplay.proof.language.refusal import Refused
from seqplay.proof.tactics.batch import Answer
from seqplay.proof.tactics.lemma_store.recall import LemmaStore
from seqplay.proof.tactics.search import Outcome, OutOfTime, search_with_store
from seqplay.proof.tactics.setting import task_of
from seqplay.proof.theorem.problem import Problem, TypeClash, pose
from seqplay.records import Goal, StoredLemma

ROOT = Path(__file__).parents[1]
SECONDS = 300.0
"""Wall seconds of a search, where its counted steps should come first: what they end is said, and left out."""


class Of(StrEnum):
    """What is measured."""

    REWRITES = "rewrites"
    PAIRS = "pairs"
    APART = "apart"
    CHAIN = "chain"


@dataclass(frozen=True)
class Pair:
    """Two programs that are equal."""

    name: str
    p: str
    q: str
    entry: str | None


@dataclass(frozen=True)
class Searched:
    """What became of a pair."""

    name: str
    found: bool
    steps: int
    """Of the search for lemmas; 0 where it was not needed."""
    recalled: bool
    """Whether the proof uses a lemma of the store."""
    seconds: float
    lemmas: tuple[StoredLemma, ...]


def main(
    of: Annotated[Of, typer.Argument(help="the pairs")],
    steps: Annotated[int, typer.Option(help="counted steps of the search for lemmas")] = 300_000,
    step: Annotated[int, typer.Option(help="every so many pairs of a half")] = 1,
) -> None:
    """Print what becomes of the second half, without the lemmas of the first and with them."""
    if of is Of.CHAIN:
        _chain(steps)
        return
    first, second = _rewrites(step) if of is Of.REWRITES else (half[::step] for half in _suite(of))
    earlier = _searched(first, steps, [])
    store = gathered(lemma for each in earlier for lemma in each.lemmas)
    print(f"{of}: {len(earlier)} theorems in the first half, whose {len(store)} lemmas are stored")
    alone, helped = (_searched(second, steps, lemmas) for lemmas in ([], store))
    both = {each.name for each in alone} & {each.name for each in helped}
    alone, helped = ([each for each in half if each.name in both] for half in (alone, helped))
    for one, other in zip(alone, helped, strict=True):
        if one.found != other.found:
            print(f"  {one.name}: {'found' if other.found else 'lost'} with the store")
    for name, half in (("without", alone), ("with", helped)):
        needed = sum(each.steps > 0 for each in half)
        print(
            f"  {name}: {sum(each.found for each in half)} of {len(half)} proved, {needed} searches for lemmas, "
            f"{sum(each.steps for each in half):,} steps, {sum(each.recalled for each in half)} proofs by stored "
            f"lemmas, {sum(each.seconds for each in half):.0f} s"
        )
    fewer = sum(other.steps < one.steps for one, other in zip(alone, helped, strict=True))
    more = sum(other.steps > one.steps for one, other in zip(alone, helped, strict=True))
    print(f"  steps: fewer in {fewer}, more in {more}")


DATA = "data N = Z | S N\n\n"
PLUS = "\nplus :: N -> N -> N\nplus Z y = y\nplus (S x) y = S (plus x y)\n"
TIMES = "\ntimes :: N -> N -> N\ntimes Z y = Z\ntimes (S x) y = plus y (times x y)\n"
THEOREMS = (
    ("x y", "plus x y", "plus y x"),
    ("x y z", "plus x (plus y z)", "plus y (plus x z)"),
    ("x y", "times x y", "times y x"),
    ("x y z", "times x (plus y z)", "plus (times x y) (times x z)"),
)


def _chain(steps: int) -> None:
    store: list[StoredLemma] = []
    for names, *sides in THEOREMS:
        kind = " -> ".join(["N"] * (len(names.split()) + 1))
        p, q = (f"{DATA}f :: {kind}\nf {names} = {side}\n{PLUS}{TIMES}" for side in sides)
        (alone,), (helped,) = (_searched([Pair(" == ".join(sides), p, q, "f")], steps, held) for held in ([], store))
        shown = [f"{'proved' if each.found else 'not proved'} in {each.steps:,} steps" for each in (alone, helped)]
        print(f"{alone.name}: {shown[0]}, with {len(store)} lemmas {shown[1]}")
        store = gathered([*store, *helped.lemmas])


def _rewrites(step: int) -> tuple[list[Pair], list[Pair]]:
    """Return a pair for every so many shipped programs, if they can be rewritten twice, and another one."""
    halves: tuple[list[Pair], list[Pair]] = ([], [])
    for line in (ROOT / "config/data/programs.jsonl").read_text(encoding="utf-8").splitlines()[::step]:
        one = json.loads(line)
        rewrites = first_rewrites(one["code"], one["entry"], Goal.SEQ, 0, 2)
        if len(rewrites) == 2:
            for half, rewrite in zip(halves, rewrites, strict=True):
                half.append(Pair(one["name"], one["code"], rewrite.code, one["entry"]))
    return halves


def _suite(name: str) -> tuple[list[Pair], list[Pair]]:
    lines = (ROOT / f"tests/proof/suite/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    items = [Pair(each["name"], each["p"], each["q"], each.get("entry")) for each in map(json.loads, lines)]
    return items[::2], items[1::2]


def _searched(pairs: Iterable[Pair], steps: int, store: list[StoredLemma]) -> list[Searched]:
    """Return what becomes of those pairs of which there is a theorem."""
    found = []
    for pair in pairs:
        began = time.process_time()
        try:
            outcome = _outcome(_problem(pair), steps, LemmaStore(store))
        except (Refused, TypeClash, InputError, AssertionError):
            continue
        except OutOfTime:
            print(f"  {pair.name}: ended by the clock")
            continue
        recalled = outcome.found is not None and "stored" in outcome.found.tactic
        spent = time.process_time() - began
        proved = outcome.found is not None
        found.append(Searched(pair.name, proved, outcome.steps, recalled, spent, tuple(outcome.lemmas)))
    return found


def _problem(pair: Pair) -> Problem:
    left, right = parse(pair.p), parse(pair.q)
    entry = choose_entry(left, pair.entry).name
    problem = pose(left, right, entry, choose_entry(right, None, reference=entry).name)
    refused = definitions_refused(problem)
    if refused is not None:
        raise InputError(refused[1])
    return problem


def _outcome(problem: Problem, steps: int, store: LemmaStore) -> Outcome:
    def check(text: str) -> Answer:
        lines = candidates_that_fail(problem, text)
        return Answer(lines is not None, tuple((line, line) for line in lines or ()))

    task = replace(task_of(problem), assemble=lambda text: (text, 0))
    return search_with_store(task, check, SECONDS, steps, store)


if __name__ == "__main__":
    with_deep_stack(lambda: typer.run(main))
