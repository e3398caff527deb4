"""How proving grows with the cores: whole stages of tactics, each with the same pairs once for every worker.

``python benchmarks/proof_scaling.py 1,2,4,8,16 [--shards N] [--step N]``. Pairs are equivalent programs that `mutate`
proposes for the shipped ones, not tested before, at the default configuration, with the kernel as the only checker;
start of Python and of the sessions, the slow items at the end and writing included. Workers (``haskell.workers``) are
threads of the stage's process: theorem, search and the paths of the second opinion run in these, and so share one core;
the kernel, z3 and the programs run in processes of their own. Beside the wall time: the processor time of the stage's
own Python process, which stops growth first. ``--shards``: the workers are shared out among so many stages at once, as
``shards.prove`` does.

The prover keeps the definitions of a pair of texts once it has checked them, and shares them among equal pairs of a
stage. So each worker's copy of a pair calls its entry another name, of the same length: no answer is shared, and the
work is the same. No copy has lemmas of another, for the stage adds none to the store with which it begins.
"""

from __future__ import annotations

import json
import os
import random
import re
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from haskell_common import PROGRAMS, write_table

from seqplay.config import HaskellConfig, ProofConfig
from seqplay.files import read_records
from seqplay.game.proof_rounds import verify_proofs
from seqplay.game.rewrites import first_rewrites
from seqplay.proof.liquid.locate import VARIABLE
from seqplay.records import Goal, Program, ProofAttempt, Proposal, ProposedBy, SampledProgram, Verdict

Pair = tuple[SampledProgram, Proposal, ProofAttempt | None]
"""What the stage takes: a program, what was proposed for it, and no earlier attempt."""


def pairs(programs: list[Program]) -> list[Pair]:
    """Return up to two equivalent pairs for each program."""
    return [
        (
            SampledProgram(program=program, goal=Goal.SEQ, proposer=ProposedBy.MUTATE, target_difficulty=8.0),
            Proposal.make(
                program_id=program.id,
                goal=Goal.SEQ,
                proposer=ProposedBy.MUTATE,
                attempt=number,
                code=one.code,
                rule=one.rule,
            ),
            None,
        )
        for program in programs
        for number, one in enumerate(first_rewrites(program.code, program.entry, Goal.SEQ, 0, 2))
    ]


class Stage(NamedTuple):
    """What one stage did."""

    proved: int
    own: float
    """Processor seconds of its own Python process."""


def copied(pair: Pair, turn: int) -> Pair:
    """Return a pair whose entry has a name, and which has an id, of this turn's."""
    item, proposal, _ = pair
    entry = f"{item.program.entry}_{turn:02}"
    renamed = partial(re.compile(rf"(?<![\w']){re.escape(item.program.entry)}(?![\w'])").sub, entry)
    program = item.program.model_copy(update={"code": renamed(item.program.code), "entry": entry})
    code = renamed(proposal.code or "")
    return (
        item.model_copy(update={"program": program}),
        proposal.model_copy(update={"id": f"{proposal.id}-{turn}", "code": code}),
        None,
    )


def stage(taken: list[Pair], workers: int) -> Stage:
    """Run a stage, without Liquid Haskell also where it is installed."""
    os.environ[VARIABLE] = ""
    haskell, own = HaskellConfig(workers=workers), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "proofs.jsonl"
        verify_proofs(taken, [], output, haskell=haskell, proof=ProofConfig(), seed=0, round_=0)
        own = time.process_time() - own
        return Stage(sum(each.verdict is Verdict.ACCEPTED for each in read_records(output, ProofAttempt)), own)


def main(
    workers: Annotated[str, typer.Argument(help="Numbers of workers, by commas.")],
    shards: Annotated[int, typer.Option(help="Stages at once, where there are as many workers.")] = 1,
    step: Annotated[int, typer.Option(help="Every so many-th program.")] = 40,
) -> None:
    """Measure, and write the table."""
    rows = [json.loads(line) for line in PROGRAMS.read_text(encoding="utf-8").splitlines()][::step]
    programs = [
        Program(id=row["name"], code=row["code"], entry=row["entry"], type="", name=row["name"]) for row in rows
    ]
    found, lines, alone = pairs(programs), list[str](), 0.0
    for count in map(int, workers.split(",")):
        taken, stages = [copied(pair, turn) for turn in range(count) for pair in found], min(shards, count)
        random.Random(0).shuffle(taken)
        # A process each: what a stage before has left in memory is of no use to it.
        wall = time.perf_counter()
        with ProcessPoolExecutor(stages, get_context("spawn")) as processes:
            parts = [taken[part::stages] for part in range(stages)]
            ended = list(processes.map(partial(stage, workers=count // stages), parts))
        wall = time.perf_counter() - wall
        rate, own = len(taken) / wall, sum(each.own for each in ended)
        alone = alone or rate / count
        lines.append(
            f"| {count} | {len(taken)} | {sum(each.proved for each in ended)} | {wall:.1f} | {60 * rate:,.0f} "
            f"| {rate / count / alone:.0%} | {1000 * own / len(taken):.1f} |"
        )
        print(lines[-1], flush=True)
    head = "| workers | pairs | proved | s | a minute | efficiency | own Python, ms a pair |"
    write_table("proof_scaling.md", [head, "|" + " --- |" * 7, *lines])


if __name__ == "__main__":
    typer.run(main)
