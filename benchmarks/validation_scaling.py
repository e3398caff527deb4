"""How validation grows with the cores: whole stages, each with the same proposals once for every worker.

``python benchmarks/validation_scaling.py 1,2,4,8,16 [--step N]``. Proposals are what `mutate` proposes for the shipped
programs, tested at the default configuration; start of the sessions, the slow items at the end and writing included.
Beside the wall time: the processor time of the stage's own Python process, which is what would stop growth first.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from haskell_common import PROGRAMS, write_table

from seqplay.config import HaskellConfig
from seqplay.game.rewrites import first_rewrites
from seqplay.game.validate import validate
from seqplay.records import Goal, Program, Proposal, ProposedBy


def proposals(programs: list[Program]) -> list[Proposal]:
    """Return up to two proposals of each goal for each program, mixed, so that slow ones do not come together."""
    found = [
        Proposal.make(
            program_id=program.id, goal=goal, proposer=ProposedBy.MUTATE, attempt=number, code=one.code, rule=one.rule
        )
        for program in programs
        for goal in Goal
        for number, one in enumerate(first_rewrites(program.code, program.entry, goal, 0, 2))
    ]
    random.Random(0).shuffle(found)
    return found


def main(
    workers: Annotated[str, typer.Argument(help="Numbers of workers, by commas.")],
    step: Annotated[int, typer.Option(help="Every so many-th program.")] = 9,
) -> None:
    """Measure, and write the table."""
    rows = [json.loads(line) for line in PROGRAMS.read_text(encoding="utf-8").splitlines()][::step]
    programs = [
        Program(id=row["name"], code=row["code"], entry=row["entry"], type="", name=row["name"]) for row in rows
    ]
    found, lines, alone = proposals(programs), list[str](), 0.0
    for count in map(int, workers.split(",")):
        taken = [one.model_copy(update={"id": f"{one.id}-{turn}"}) for turn in range(count) for one in found]
        wall, own = time.perf_counter(), time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            validate(
                {one.id: one for one in programs},
                taken,
                Path(folder) / "verdicts.jsonl",
                haskell=HaskellConfig(workers=count),
                seed=0,
                needs_proof=False,
            )
        wall, own = time.perf_counter() - wall, time.process_time() - own
        rate = len(taken) / wall
        alone = alone or rate / count
        lines.append(
            f"| {count} | {len(taken)} | {wall:.1f} | {60 * rate:,.0f} | {rate / count / alone:.0%} "
            f"| {1000 * own / len(taken):.1f} |"
        )
        print(lines[-1], flush=True)
    head = "| workers | proposals | s | a minute | efficiency | own Python, ms a proposal |"
    write_table("validation_scaling.md", [head, "|" + " --- |" * 6, *lines])


if __name__ == "__main__":
    typer.run(main)
