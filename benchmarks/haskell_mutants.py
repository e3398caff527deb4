"""How many meaning-breaking mutants differential testing catches, within a budget of evaluations each.

``python benchmarks/haskell_mutants.py [--step N] [--offset N] [--evaluations N] [--answers FILE]``. All mutants of the
rule-based Alice (`engines.mutate.breaking`) of every N-th shipped program that typecheck, less those in
``equivalent_mutants.jsonl`` (tracked, each with a reason why it means the same). A mutant may end in the same values
wherever it ends, and loop (or give output or take memory without end) where the program ends: then ``compare`` shows
that input and says neither agreement nor difference. Both shares are reported.

Each answer is kept in the answers file as it comes, and not asked for again: a run that was stopped goes on. Writes the
table to ``benchmarks/out`` and lists what was missed.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from seqplay.config import HaskellConfig
from seqplay.files import content_id
from seqplay.haskell import Executor, Reason
from seqplay.mutate import breaking

HERE = Path(__file__).parent
PROGRAMS = HERE.parent / "config" / "data" / "programs.jsonl"
EQUIVALENT = HERE / "equivalent_mutants.jsonl"
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


class Answer(NamedTuple):
    """What testing said of a mutant."""

    id: str
    reason: str
    """By values alone."""
    one_sided: bool
    """Whether an input was found on which just one of the two ends."""
    agreed: int
    message: str


def mutants(step: int, offset: int) -> Iterator[Mutant]:
    """Yield all mutants of every ``step``-th program."""
    rows = [json.loads(line) for line in PROGRAMS.read_text().splitlines()][offset::step]
    for row in rows:
        for rewrite in breaking(row["code"], row["entry"], 0):
            yield Mutant(row["name"], row["entry"], rewrite.rule, row["code"], rewrite.code)


def ask(executor: Executor, mutant: Mutant, evaluations: int) -> Answer:
    """Compare a mutant with its program."""
    found = executor.compare(mutant.p, mutant.q, mutant.entry, evaluations=evaluations)
    return Answer(mutant.id, found.reason.value, found.one_sided is not None, found.agreed, found.message)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read a file of JSON lines; a torn last line is dropped."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("}")]


def table(todo: list[Mutant], answers: dict[str, Answer], known: set[str]) -> list[str]:
    """Return the table; prints what was missed."""
    typed = [(mutant, answers[mutant.id]) for mutant in todo if answers[mutant.id].reason not in NO_MUTANT]
    caught = [mutant.id for mutant, answer in typed if answer.reason == Reason.DIVERGES]
    judged = [(mutant, answer) for mutant, answer in typed if mutant.id not in known or mutant.id in caught]
    one_sided = [mutant.id for mutant, answer in judged if answer.one_sided]
    for mutant, answer in judged:
        if mutant.id not in caught and not answer.one_sided:
            print(json.dumps({**mutant._asdict(), "id": mutant.id}))
            print(f"    {answer.reason}: {answer.message}")
    wrong = sorted(known & set(caught))
    if wrong:
        print(f"in {EQUIVALENT.name}, but found to differ: {wrong}")
    left_out, both = len(typed) - len(judged), len(caught) + len(one_sided)
    print(Counter(answer.reason for _, answer in typed))
    return [
        "| mutants that typecheck | left out as equivalent | differ in values | and where only one ends |",
        "| --- | --- | --- | --- |",
        f"| {len(typed)} | {left_out} ({100 * left_out / max(1, len(typed)):.1f} %) "
        f"| {len(caught)} of {len(judged)} ({100 * len(caught) / max(1, len(judged)):.1f} %) "
        f"| {both} of {len(judged)} ({100 * both / max(1, len(judged)):.1f} %) |",
    ]


def main(
    step: Annotated[int, typer.Option(help="Every so many-th program.")] = 1,
    offset: Annotated[int, typer.Option(help="From this program on.")] = 0,
    evaluations: Annotated[int, typer.Option(help="Inputs a mutant.")] = 2000,
    workers: Annotated[int, typer.Option(help="Sessions; 0: as many as there are cores.")] = 0,
    answers: Annotated[Path, typer.Option(help="Where answers are kept.")] = HERE / "out" / "haskell_mutants.jsonl",
) -> None:
    """Count, and list what was missed."""
    answers.parent.mkdir(exist_ok=True)
    todo = list(mutants(step, offset))
    have = {line["id"]: Answer(**line) for line in read_lines(answers)}
    left = [mutant for mutant in todo if mutant.id not in have]
    with (
        Executor.open(HaskellConfig(seconds=1, workers=workers)) as executor,
        ThreadPoolExecutor(executor.workers) as threads,
        answers.open("a") as kept,
    ):
        lock = threading.Lock()

        def one(mutant: Mutant) -> None:
            answer = ask(executor, mutant, evaluations)
            with lock:
                have[answer.id] = answer
                kept.write(json.dumps(answer._asdict()) + "\n")
                kept.flush()

        list(threads.map(one, left))
    known = {line["id"] for line in read_lines(EQUIVALENT)}
    lines = table(todo, have, known)
    (HERE / "out").mkdir(exist_ok=True)
    (HERE / "out" / "haskell_mutants.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    typer.run(main)
