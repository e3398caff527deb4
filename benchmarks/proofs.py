"""What the tactics prove without any model: power over the equivalent pairs, false theorems, yield of the proposer.

    python benchmarks/proofs.py --suite pairs|false|yield [--limit N] [--seed S] [--step N]

Each pair goes the whole way of ``seqplay prove``: theorem, definitions, search, audit, Liquid Haskell warm and cold,
second opinion. ``pairs`` and ``false`` are suites of ``tests/proof/suite``; ``yield`` takes SEQ candidates of the
rule-based proposer over the shipped programs. A limit draws a sample by the seed. Seconds are wall and CPU of the whole
process tree but Liquid Haskell's cold check, half a second in a jail of its own; on a busy machine the first is the
longer one. An empty ``SEQPLAY_LIQUID_PACKAGE_DB`` measures the kernel alone.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from statistics import fmean, median
from typing import Annotated, Any, NamedTuple

import psutil
import typer

from seqplay.config import HaskellConfig, ProofConfig
from seqplay.mutate import preserving
from seqplay.proof.prover import Prover
from seqplay.proof.results import ProofResult
from seqplay.records import Overflow, Verdict

ROOT = Path(__file__).parents[1]
SUITE = ROOT / "tests" / "proof" / "suite"
PROGRAMS = ROOT / "config" / "data" / "programs.jsonl"
CANDIDATES = 2
"""How many of each program's candidates are tried."""


class Suite(StrEnum):
    """What is measured."""

    PAIRS = "pairs"
    FALSE = "false"
    YIELD = "yield"


class Item(NamedTuple):
    """A pair of programs."""

    name: str
    topic: str
    p: str
    q: str
    entry: str | None


class Outcome(NamedTuple):
    """What became of a pair."""

    item: Item
    result: ProofResult
    wall: float
    cpu: float

    @property
    def kind(self) -> str:
        """The tactic that proved it, or the reason why it is not proved."""
        return self.result.finder if self.result.verdict is Verdict.ACCEPTED else str(self.result.reason)


def main(
    suite: Annotated[Suite, typer.Option(help="what to measure")] = Suite.PAIRS,
    limit: Annotated[int, typer.Option(help="how many pairs (yield: programs), drawn by the seed; 0: all")] = 0,
    seed: Annotated[int, typer.Option(help="of the sample, of the proposer, of the second opinion")] = 0,
    step: Annotated[int, typer.Option(help="every so many pairs")] = 1,
    only: Annotated[str, typer.Option(help="pairs by name, with commas")] = "",
) -> None:
    """Prove what can be proved and print the table."""
    items = [each for each in items_of(suite, limit, seed)[::step] if not only or each.name in only.split(",")]
    outcomes = []
    with Prover.open(HaskellConfig(workers=1), ProofConfig()) as prover:
        for item in items:
            outcomes.append(prove(prover, item, seed))
            show(outcomes[-1])
    report(suite, outcomes)


def items_of(suite: Suite, limit: int, seed: int) -> list[Item]:
    """Return the pairs of a suite, or a sample."""
    if suite is Suite.YIELD:
        return proposals(limit, seed)
    name = "pairs" if suite is Suite.PAIRS else "false_theorems"
    rows = [json.loads(line) for line in (SUITE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    drawn = sampled(rows, limit, seed)
    return [Item(r["name"], r.get("topic", ""), r["p"], r["q"], r.get("entry")) for r in drawn]


def sampled(rows: list[dict[str, Any]], limit: int, seed: int) -> list[dict[str, Any]]:
    """Return all rows, or as many as the limit says."""
    return random.Random(seed).sample(rows, limit) if 0 < limit < len(rows) else rows


def proposals(limit: int, seed: int) -> list[Item]:
    """Return the first candidates of the rule-based proposer for the shipped programs, or for as many as the limit."""
    found = []
    rows = [json.loads(line) for line in PROGRAMS.read_text(encoding="utf-8").splitlines()]
    for row in sampled(rows, limit, seed):
        for rewrite in preserving(row["code"], row["entry"], seed)[:CANDIDATES]:
            found.append(Item(f"{row['name']}:{rewrite.line}", rewrite.rule, row["code"], rewrite.code, row["entry"]))
    return found


def prove(prover: Prover, item: Item, seed: int) -> Outcome:
    """Return what becomes of one pair, and what it costs."""
    began, spent = time.monotonic(), cpu_seconds()
    result = prover.prove(item.p, item.q, item.entry, seed=seed)
    return Outcome(item, result, time.monotonic() - began, max(0.0, cpu_seconds() - spent))


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and all below it."""
    total = 0.0
    own = psutil.Process()
    for process in [own, *own.children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
        if process != own:
            total += times.children_user + times.children_system
    return total + own.cpu_times().children_user + own.cpu_times().children_system


def show(outcome: Outcome) -> None:
    """Print one line about a pair."""
    said = "" if outcome.result.verdict is Verdict.ACCEPTED else " ".join(outcome.result.message.split())[:110]
    print(f"{outcome.item.name}\t{outcome.kind}\t{outcome.wall:.1f}\t{outcome.cpu:.1f}\t{said}", flush=True)


def report(suite: Suite, outcomes: Sequence[Outcome]) -> None:
    """Print the table of a run."""
    proved = [each for each in outcomes if each.result.verdict is Verdict.ACCEPTED]
    total = len(outcomes)
    print(f"\n{suite}: {len(proved)} of {total} proved ({len(proved) / max(1, total):.1%})")
    if suite is Suite.FALSE:
        print("none may be proved" if not proved else f"UNSOUND: {', '.join(each.item.name for each in proved)}")
    direct = sum(1 for each in proved if each.kind == "tactic:direct")
    print(f"by direct evaluation alone: {direct} ({direct / max(1, total):.1%})")
    known = Counter(str(each.result.overflow) for each in proved)
    print("overflow of Int, of those proved: " + ", ".join(f"{word} {known[word]}" for word in Overflow))
    if proved:
        for name, average in (("median", median), ("mean", fmean)):
            wall, cpu = average([e.wall for e in proved]), average([e.cpu for e in proved])
            print(f"seconds a proved pair, {name}: wall {wall:.2f}, cpu {cpu:.2f}")
    for title, group in (
        ("tactic", [_family(each.kind) for each in proved]),
        ("reason", [each.kind for each in outcomes if each not in proved]),
        ("not proved, by topic", [each.item.topic for each in outcomes if each not in proved]),
    ):
        print(f"\n{title}")
        for name, count in Counter(group).most_common():
            print(f"  {count:4}  {name}")


def _family(kind: str) -> str:
    return kind if not kind.startswith("tactic:lemma:") else "tactic:lemma"


if __name__ == "__main__":
    typer.run(main)
