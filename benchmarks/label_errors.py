"""How many SEQ labels by testing alone are wrong: pairs that are accepted are tested again, harder.

``python benchmarks/label_errors.py [--pairs FILE] [--accepted N] [--again N] [--seed N] [--answers FILE]``. The pairs
are those that a weak proposer would get accepted: of every shipped program, random compositions of rewrites that
preserve meaning and of mistakes (`seqplay.mutate`), by a seed of their own; with ``--pairs`` also recorded ones, JSON
lines with ``p``, ``q`` and ``entry``. Each is compared at the default configuration. One that is accepted is compared
again with 20,000 inputs of another seed by the plain supply of inputs, which looks at nothing the programs do; and
where a mistake is among what was done to it, or nobody knows what was, by the guided search too. A difference is a
wrong label. What one of the two programs does not compute on a small input, and the default did not meet, is counted
by itself.

Each harder test ends after ``LONGEST`` seconds; how many did before all inputs were tried is in the table. Each answer
is kept in the answers file as it comes, and not asked for again: a run that was stopped goes on, and ``--accepted 0``
only prints the table of the answers there are. The table has the share of wrong labels with its upper 95 % bound
(Clopper and Pearson), by coverage too: what a higher ``haskell.min_coverage`` would have refused.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from seqplay.config import HaskellConfig
from seqplay.files import content_id
from seqplay.haskell import Executor, Reason
from seqplay.mutate import breaking, preserving

HERE = Path(__file__).parent
PROGRAMS = HERE.parent / "config" / "data" / "programs.jsonl"
SEED = 20261130
"""Of the compositions, and of the tests that look again."""
STEPS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
LONGEST = 5.0
"""Wall seconds of one harder test."""


class Composed(NamedTuple):
    """A pair to be judged, and what was done to make it."""

    name: str
    entry: str
    p: str
    q: str
    rules: list[str]
    mistakes: int
    """How many of what was done are mistakes; -1: nobody knows."""

    @property
    def id(self) -> str:
        """What the answers file calls it."""
        return content_id("composed", self.p, self.q)


class Answer(NamedTuple):
    """What the default said, and what looking again did."""

    id: str
    mistakes: int
    reason: str
    seconds: float
    coverage: float | None
    again: str
    """``no_difference``, or the reason of the first of both that says something else; nothing where not accepted."""
    witness: list[str] | None
    message: str
    tried: int
    """Inputs of the shortest harder test."""


def compositions(seed: int) -> Iterator[Composed]:
    """Yield pairs without end, program by program in turns: up to two rewrites, two mistakes, and two rewrites."""
    rows = [json.loads(line) for line in PROGRAMS.read_text().splitlines()]
    draw = random.Random(seed)
    while True:
        for row in rows:
            mistakes = draw.choice((0, 1, 1, 2))
            plan = [True] * draw.randint(0, 2) + [False] * mistakes + [True] * draw.randint(0, 2)
            code = row["code"]
            rules: list[str] = []
            for keep in plan:
                found = (preserving if keep else breaking)(code, row["entry"], draw.randrange(2**30), 1)
                if found:
                    code, rules = found[0].code, [*rules, found[0].rule]
            if code != row["code"]:
                yield Composed(row["name"], row["entry"], row["code"], code, rules, mistakes)


def recorded(path: Path) -> Iterator[Composed]:
    """Yield the pairs of a file."""
    for line in path.read_text().splitlines():
        fields = json.loads(line)
        yield Composed(fields.get("name", fields["entry"]), fields["entry"], fields["p"], fields["q"], ["recorded"], -1)


def ask(executor: Executor, pair: Composed, again: int) -> Answer:
    """Compare a pair, and once or twice more where it is accepted."""
    start = time.monotonic()
    found = executor.compare(pair.p, pair.q, pair.entry)
    seconds = time.monotonic() - start
    coverage = found.coverage.share if found.coverage is not None else None
    first = Answer(pair.id, pair.mistakes, found.reason, seconds, coverage, "", None, found.message, 0)
    if found.reason is not Reason.NO_DIFFERENCE:
        return first
    tried = again
    for guided in (False, True)[: 1 if pair.mistakes == 0 else 2]:
        harder = executor.compare(
            pair.p,
            pair.q,
            pair.entry,
            seed=SEED,
            evaluations=again,
            min_coverage=0,
            guided=guided,
            probed=guided,
            seconds=LONGEST,
        )
        tried = min(tried, again if harder.complete else harder.evaluations)
        if harder.reason is not Reason.NO_DIFFERENCE:
            return first._replace(
                again=harder.reason, witness=harder.witness, message=harder.message, tried=harder.evaluations
            )
    return first._replace(again=Reason.NO_DIFFERENCE, tried=tried)


def upper_bound(errors: int, total: int) -> float:
    """Return the one-sided 95 % bound of a share, by bisection of the binomial tail."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        below, term = 0.0, (1 - middle) ** total
        for k in range(errors + 1):
            below += term
            term *= (total - k) / (k + 1) * middle / (1 - middle) if middle < 1 else 0
        low, high = (middle, high) if below > 0.05 else (low, middle)
    return high


def table(answers: list[Answer], again: int) -> list[str]:
    """Return the shares, for each least coverage."""
    accepted = [answer for answer in answers if answer.again]
    mistaken = sum(answer.mistakes != 0 for answer in accepted)
    whole = sum(answer.tried >= again for answer in accepted)
    lines = [
        f"{len(answers)} pairs, {len(accepted)} accepted at the default configuration, {mistaken} of them with a "
        f"mistake among what was done; {whole} tested again with all {again} inputs; median "
        f"{sorted(answer.seconds for answer in answers)[len(answers) // 2]:.3f} s a pair",
        "",
        "| `haskell.min_coverage` | accepted | wrong | share | upper 95 % bound | only one ends |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for least in STEPS:
        kept = [answer for answer in accepted if answer.coverage is None or answer.coverage >= least]
        wrong = sum(answer.again == Reason.DIVERGES for answer in kept)
        ends = sum(answer.again not in (Reason.DIVERGES, Reason.NO_DIFFERENCE) for answer in kept)
        share, bound = (100 * wrong / len(kept), 100 * upper_bound(wrong, len(kept))) if kept else (0.0, 100.0)
        lines.append(f"| {least:g} | {len(kept)} | {wrong} | {share:.2f} % | {bound:.2f} % | {ends} |")
    return lines


def read_answers(path: Path) -> dict[str, Answer]:
    """Read the answers so far; a torn last line is dropped."""
    lines = path.read_text().splitlines() if path.exists() else []
    found: list[dict[str, Any]] = [json.loads(line) for line in lines if line.endswith("}")]
    return {fields["id"]: Answer(**fields) for fields in found}


def main(
    pairs: Annotated[Path | None, typer.Option(help="Recorded pairs: JSON lines with p, q and entry.")] = None,
    accepted: Annotated[int, typer.Option(help="Go on until so many pairs are accepted.")] = 3000,
    again: Annotated[int, typer.Option(help="Inputs of each harder test.")] = 20000,
    workers: Annotated[int, typer.Option(help="Sessions; 0: as many as there are cores.")] = 0,
    seed: Annotated[int, typer.Option(help="Of the compositions: another one makes other pairs.")] = SEED,
    answers: Annotated[Path, typer.Option(help="Where answers are kept.")] = HERE / "out" / "label_errors.jsonl",
) -> None:
    """Count, and list the wrong labels."""
    answers.parent.mkdir(exist_ok=True)
    have = read_answers(answers)
    lock = threading.Lock()
    supply = chain(recorded(pairs) if pairs else (), compositions(seed))
    with Executor.open(HaskellConfig(workers=workers)) as executor, answers.open("a") as kept:

        def work() -> None:
            while True:
                with lock:
                    if sum(bool(answer.again) for answer in have.values()) >= accepted:
                        return
                    pair = next(supply)
                    if pair.id in have:
                        continue
                answer = ask(executor, pair, again)
                with lock:
                    have[answer.id] = answer
                    kept.write(json.dumps(answer._asdict()) + "\n")
                    kept.flush()
                    if answer.again == Reason.DIVERGES:
                        print(json.dumps({**pair._asdict(), **answer._asdict()}), flush=True)

        # One more thread than sessions: while these compare, it composes.
        with ThreadPoolExecutor(executor.workers + 1) as threads:
            for done in [threads.submit(work) for _ in range(executor.workers + 1)]:
                done.result()
    lines = table(list(have.values()), again)
    (HERE / "out").mkdir(exist_ok=True)
    (HERE / "out" / "label_errors.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    typer.run(main)
