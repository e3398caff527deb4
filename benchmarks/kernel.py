"""What the tactics prove with the kernel alone, and what it says of proofs: counts by reason, processor seconds each.

    python benchmarks/kernel.py [--suite pairs|apart|false_theorems|cheats] [--step N] [--steps N]

Neither GHC nor Liquid Haskell is used, and nothing is run: the theorem, the search, the kernel's opinion. So the second
opinion, which refuses what overflows, is not in these figures; of how many pairs that the kernel agrees with overflow
of Int is excluded is. Of ``cheats`` the given proofs are judged, without the audit. All in one process, outside the
jail; seconds are its processor time.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from seqplay.errors import InputError
from seqplay.haskell.analysis.source import choose_entry, parse
from seqplay.proof.kernel.opinion import opinion
from seqplay.proof.kernel.trial import candidates_that_fail, definitions_refused
from seqplay.proof.kernel.worker import with_deep_stack
from seqplay.proof.language.refusal import Refused
from seqplay.proof.overflow.analysis import excludes_overflow
from seqplay.proof.tactics.batch import Answer
from seqplay.proof.tactics.discovery.discover import WORK
from seqplay.proof.tactics.search import OutOfTime, search
from seqplay.proof.tactics.setting import task_of
from seqplay.proof.theorem.problem import Problem, TypeClash, pose

SUITE = Path(__file__).parents[1] / "tests" / "proof" / "suite"
SECONDS = 600.0
"""Wall seconds of a search: its counted steps come first."""


class Suite(StrEnum):
    """What is measured."""

    PAIRS = "pairs"
    APART = "apart"
    FALSE = "false_theorems"
    CHEATS = "cheats"


def main(
    suite: Annotated[Suite, typer.Option(help="the suite")] = Suite.PAIRS,
    step: Annotated[int, typer.Option(help="every so many items")] = 1,
    steps: Annotated[int, typer.Option(help="counted steps of the search for lemmas")] = WORK,
) -> None:
    """Print what becomes of each item that the kernel does not agree with, and the counts."""
    items = [json.loads(line) for line in (SUITE / f"{suite}.jsonl").read_text(encoding="utf-8").splitlines()][::step]
    ends: Counter[str] = Counter()
    seconds: dict[str, list[float]] = {}
    excluded = 0
    for item in items:
        began = time.process_time()
        end, message = _judged(item, steps)
        spent = time.process_time() - began
        ends[end] += 1
        seconds.setdefault(end.partition(":")[0], []).append(spent)
        if end != "agrees":
            print(f"{item['name']}: {end}: {message[:120]} ({spent:.2f} s)")
        elif message:
            print(f"{item['name']}: agrees, overflow not excluded: {message}")
        excluded += end == "agrees" and not message
    print(f"\n{len(items)} items of {suite}")
    for end, count in ends.most_common():
        print(f"  {end}: {count}")
    print(f"  overflow excluded, of those it agrees with: {excluded}")
    for end, found in seconds.items():
        found.sort()
        shown = f"median {found[len(found) // 2]:.2f}, nine of ten within {found[len(found) * 9 // 10]:.2f}"
        print(f"  processor seconds, {end}: {shown}, at most {found[-1]:.2f}, {sum(found):.0f} in all")


def _judged(item: dict[str, Any], steps: int) -> tuple[str, str]:
    """Return what becomes of an item, and why; where the kernel agrees, why overflow is not excluded."""
    try:
        left, right = parse(item["p"]), parse(item["q"])
        entry = choose_entry(left, item.get("entry")).name
        problem = pose(left, right, entry, choose_entry(right, None, reference=entry).name)
    except (Refused, TypeClash, InputError, AssertionError) as error:
        return "no theorem", str(error)
    proof = item.get("proof")
    if proof is None:
        refused = definitions_refused(problem)
        if refused is not None:
            return f"definitions: {refused[0]}", refused[1]
        try:
            proof = _found(problem, steps)
        except OutOfTime:
            return "timeout", ""
        if proof is None:
            return "not found", ""
    said = opinion(problem, proof)
    if said.stand == "agrees":
        return "agrees", excludes_overflow(problem).why
    return f"{said.stand}: {said.reason}", said.message


def _found(problem: Problem, steps: int) -> str | None:
    def check(text: str) -> Answer:
        lines = candidates_that_fail(problem, text)
        return Answer(lines is not None, tuple((line, line) for line in lines or ()))

    found = search(replace(task_of(problem), assemble=lambda text: (text, 0)), check, SECONDS, steps)
    return found.text if found is not None else None


if __name__ == "__main__":
    with_deep_stack(lambda: typer.run(main))
