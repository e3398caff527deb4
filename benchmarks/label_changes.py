"""Whose label changes between two tests: fewer inputs without a floor of coverage, and the default configuration.

``python benchmarks/label_changes.py [--step N] [--evaluations N]``. The pairs are each shipped program with a rewrite
of it that keeps its meaning and two that change it. Both tests are today's; ``git stash`` or a checkout shows another
version's. A change is a pair that one of the two accepts as SEQ by testing alone and the other does not. Of the pairs
that the default accepts, what no input reached is counted and listed.
"""

from __future__ import annotations

import json
from typing import Annotated, NamedTuple

import typer
from haskell_common import PROGRAMS, write_table

from seqplay.config import HaskellConfig
from seqplay.haskell import Executor
from seqplay.mutate import breaking, preserving


class Pair(NamedTuple):
    """A program and a rewrite of it."""

    name: str
    entry: str
    p: str
    q: str
    same: bool
    """Whether the rewrite keeps the meaning; one that changes it may still be equal at the entry."""


def pairs(step: int) -> list[Pair]:
    """Return the pairs of every ``step``-th shipped program."""
    made = []
    for row in [json.loads(line) for line in PROGRAMS.read_text().splitlines()][::step]:
        code, entry = row["code"], row["entry"]
        made += [Pair(row["name"], entry, code, found.code, True) for found in preserving(code, entry, 1, 1)[:1]]
        made += [Pair(row["name"], entry, code, found.code, False) for found in breaking(code, entry, 1, 2)[:2]]
    return made


def main(
    step: Annotated[int, typer.Option(help="Every so many-th program.")] = 1,
    evaluations: Annotated[int, typer.Option(help="Inputs of the smaller test.")] = 300,
) -> None:
    """Compare each pair twice, and list the changes."""
    lines = [
        "| pairs | | accepted by fewer inputs | by the default | label changes |",
        "| --- | --- | --- | --- | --- |",
    ]
    changed: list[str] = []
    unreached: list[str] = []
    probes = missed = 0
    counts = {same: [0, 0, 0, 0] for same in (True, False)}
    with Executor.open(HaskellConfig()) as executor:
        for pair in pairs(step):
            fewer = executor.compare(pair.p, pair.q, pair.entry, evaluations=evaluations, min_coverage=0)
            default = executor.compare(pair.p, pair.q, pair.entry)
            accepted = [found.verdict == "accepted" for found in (fewer, default)]
            row = counts[pair.same]
            for place, more in enumerate((True, *accepted, accepted[0] != accepted[1])):
                row[place] += more
            if accepted[1] and (coverage := default.coverage) is not None:
                probes += coverage.p + coverage.q
                missed += coverage.p + coverage.q - coverage.p_reached - coverage.q_reached
                unreached += [f"- {pair.name}: {', '.join(coverage.unreached)}"] if coverage.unreached else []
            if accepted[0] != accepted[1]:
                changed.append(f"- {pair.name}: {fewer.message} / {default.message}")
    for same, (total, few, all_, different) in counts.items():
        kind = "rewrites that keep the meaning" if same else "rewrites that change it"
        lines.append(f"| {total} | {kind} | {few} | {all_} | {different} ({100 * different / max(total, 1):.1f} %) |")
    head = f"Of {probes} probes of the accepted pairs {missed} were not reached, in {len(unreached)} pairs:"
    write_table("label_changes.md", [*lines, "", *changed, "", head, *unreached])


if __name__ == "__main__":
    typer.run(main)
