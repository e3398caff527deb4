"""How many meaning-breaking mutants differential testing catches, within a budget of evaluations each.

``python benchmarks/haskell_mutants.py [--step N] [--evaluations N]``. All mutants of the rule-based Alice
(`engines.mutate.breaking`) of every N-th shipped program that typecheck; those in ``equivalent_mutants.jsonl``
(tracked, each with a reason why it means the same) are left out. A mutant that does not end where the program does is
no divergence by the design (it is a timeout): such are counted apart. Writes the table to ``benchmarks/out`` and lists
what was missed.
"""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from seqplay.config import HaskellConfig
from seqplay.engines.mutate import breaking
from seqplay.files import content_id
from seqplay.haskell import Compared, Executor, Reason

HERE = Path(__file__).parent
PROGRAMS = HERE.parent / "config" / "data" / "programs.jsonl"
EQUIVALENT = HERE / "equivalent_mutants.jsonl"
UNDECIDED = frozenset({Reason.INCONCLUSIVE, Reason.TIMEOUT, Reason.NO_DIFFERENCE})
NO_MUTANT = frozenset({Reason.TYPE_ERROR, Reason.PARSE_ERROR, Reason.SAME_PROGRAM, Reason.TYPE_MISMATCH})


class Mutant(NamedTuple):
    """A program and one mutant of it."""

    program: str
    entry: str
    rule: str
    p: str
    q: str

    @property
    def id(self) -> str:
        """What the tracked list calls it."""
        return content_id("mutant", self.p, self.q)


def mutants(step: int) -> list[Mutant]:
    """Return all mutants of every ``step``-th program."""
    rows = [json.loads(line) for line in PROGRAMS.read_text().splitlines()][::step]
    return [
        Mutant(row["name"], row["entry"], rewrite.rule, row["code"], rewrite.code)
        for row in rows
        for rewrite in breaking(row["code"], row["entry"], 0)
    ]


def doubtful(answer: Compared) -> bool:
    """Say whether some inputs did not end and no difference was found."""
    return answer.reason in UNDECIDED and answer.evaluations > answer.agreed


def loops_alone(executor: Executor, mutant: Mutant) -> bool:
    """Say whether a mutant runs into the time limit on an input on which the program ends."""
    for args in executor.examples(mutant.p, mutant.entry, count=12):
        answer = executor.diverge(mutant.p, mutant.q, args, mutant.entry)
        if answer.reason is Reason.TIMEOUT and answer.p_output != "<timeout>" and answer.q_output == "<timeout>":
            return True
    return False


def main(
    step: Annotated[int, typer.Option(help="Every so many-th program.")] = 1,
    evaluations: Annotated[int, typer.Option(help="Inputs a mutant.")] = 2000,
) -> None:
    """Count, and list what was missed."""
    known = {json.loads(line)["id"] for line in EQUIVALENT.read_text().splitlines()} if EQUIVALENT.exists() else set()
    with Executor.open(HaskellConfig(seconds=1)) as executor, ThreadPoolExecutor(executor.workers) as threads:
        todo = mutants(step)
        answers = list(threads.map(lambda m: executor.compare(m.p, m.q, m.entry, evaluations=evaluations), todo))
        loops = {m.id for m, answer in zip(todo, answers, strict=True) if doubtful(answer) and loops_alone(executor, m)}
    typed = [(m, answer) for m, answer in zip(todo, answers, strict=True) if answer.reason not in NO_MUTANT]
    judged = [(m, answer) for m, answer in typed if m.id not in known or answer.reason is Reason.DIVERGES]
    missed = [(m, answer) for m, answer in judged if answer.reason is not Reason.DIVERGES and m.id not in loops]
    for mutant, answer in missed:
        print(json.dumps({"id": mutant.id, "program": mutant.program, "rule": mutant.rule, "q": mutant.q}))
        print(f"    {answer.reason}: {answer.message}")
    left_out, ended = len(typed) - len(judged), len(judged) - len(loops)
    found = ended - len(missed)
    lines = [
        "| mutants that typecheck | left out as equivalent | do not end where the program does | found of the others |",
        "| --- | --- | --- | --- |",
        f"| {len(typed)} | {left_out} ({100 * left_out / max(1, len(typed)):.1f} %) | {len(loops)} "
        f"| {found} of {ended} ({100 * found / max(1, ended):.1f} %) |",
    ]
    out = HERE / "out"
    out.mkdir(exist_ok=True)
    (out / "haskell_mutants.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    print(Counter(answer.reason.value for _, answer in typed))


if __name__ == "__main__":
    typer.run(main)
