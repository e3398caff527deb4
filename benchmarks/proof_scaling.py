"""How proving grows with the cores: whole stages of tactics, each with the same pairs once for every worker.

``python benchmarks/proof_scaling.py 1,2,4,8,16 [--step N]``. Pairs are equivalent programs that `mutate` proposes for
the shipped ones, not tested before, at the default configuration, with the kernel as the only checker; start of Python
and of the sessions, the slow items at the end and writing included. Each worker (``haskell.workers``) is a process of
its own, with jailed ones below it for the kernel, z3 and the programs. Beside the wall time: the processor time of the
stage's own Python process, which all workers share and which would stop growth first, and the largest worker's memory
(its Python alone).

A worker keeps the definitions of a pair of texts once it has checked them, for equal pairs of a stage. So each worker's
copy of a pair calls its entry another name, of the same length: no answer is shared, and the work is the same. No copy
has lemmas of another, for the stage adds none to the store with which it begins.
"""

from __future__ import annotations

import json
import os
import random
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, NamedTuple

import psutil
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


LOOK_SECONDS = 2.0


class Stage(NamedTuple):
    """What one stage did."""

    proved: int
    own: float
    """Processor seconds of its own Python process."""
    memory: int
    """The largest peak of a worker's own Python process, in MiB."""


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


@contextmanager
def peaks(kept: dict[int, int]) -> Iterator[None]:
    """Keep the peak memory, in MiB, of each child of this process, as seen every few seconds."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            for child in psutil.Process().children():
                with suppress(OSError):  # it ends at this moment
                    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{child.pid}/status").read_text())
                    kept[child.pid] = int(found[1]) >> 10 if found else 0

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield
    finally:
        over.set()
        looking.join()


def stage(taken: list[Pair], workers: int) -> Stage:
    """Run a stage, without Liquid Haskell also where it is installed."""
    os.environ[VARIABLE] = ""
    haskell, own, memory = HaskellConfig(workers=workers), time.process_time(), dict[int, int]()
    with tempfile.TemporaryDirectory() as folder, peaks(memory):
        output = Path(folder) / "proofs.jsonl"
        verify_proofs(taken, [], output, haskell=haskell, proof=ProofConfig(), seed=0, round_=0)
        own = time.process_time() - own
        proved = sum(each.verdict is Verdict.ACCEPTED for each in read_records(output, ProofAttempt))
        return Stage(proved, own, max(memory.values(), default=0))


def main(
    workers: Annotated[str, typer.Argument(help="Numbers of workers, by commas.")],
    step: Annotated[int, typer.Option(help="Every so many-th program.")] = 40,
) -> None:
    """Measure, and write the table."""
    rows = [json.loads(line) for line in PROGRAMS.read_text(encoding="utf-8").splitlines()][::step]
    programs = [
        Program(id=row["name"], code=row["code"], entry=row["entry"], type="", name=row["name"]) for row in rows
    ]
    found, lines, alone = pairs(programs), list[str](), 0.0
    for count in map(int, workers.split(",")):
        taken = [copied(pair, turn) for turn in range(count) for pair in found]
        random.Random(0).shuffle(taken)
        # A process for each stage: what a stage before has left in memory is of no use to it.
        wall = time.perf_counter()
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            ended = process.submit(stage, taken, count).result()
        wall = time.perf_counter() - wall
        rate = len(taken) / wall
        alone = alone or rate / count
        lines.append(
            f"| {count} | {len(taken)} | {ended.proved} | {wall:.1f} | {60 * rate:,.0f} "
            f"| {rate / count / alone:.0%} | {1000 * ended.own / len(taken):.1f} | {ended.memory} |"
        )
        print(lines[-1], flush=True)
    head = "| workers | pairs | proved | s | a minute | efficiency | own Python, ms a pair | MiB of a worker |"
    write_table("proof_scaling.md", [head, "|" + " --- |" * 8, *lines])


if __name__ == "__main__":
    typer.run(main)
