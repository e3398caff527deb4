"""How many SEQ labels by testing alone are wrong: pairs that are accepted are tested again, harder.

``python benchmarks/label_errors.py [--workers N] [--limit-seconds N] [--accepted N] [--pairs FILE] [--answers FILE]``.
The pairs are those that a weak proposer would get accepted: of every shipped program, random compositions of rewrites
that preserve meaning and of mistakes (`seqplay.mutate`), each by the seed and its number; with ``--pairs`` recorded
ones, JSON lines with ``p``, ``q`` and ``entry``. Each is compared at the default configuration. One that is accepted is
compared again with 20,000 inputs of another seed by the plain supply of inputs, which looks at nothing the programs do;
and where a mistake is among what was done to it, or nobody knows what was, by the guided search too. A difference is a
wrong label. What one of the two programs does not compute on a small input, and the default did not meet, is counted
by itself.

Each harder test ends when its evaluations have allocated ``AGAIN_WORK``, which no load changes, so that the same pair
gets the same answer on any machine with the same compiler; how many ended before all inputs were tried is in the table.
Pairs go to as many processes as there are workers, each with one warm session. Each answer is written to the answers
file as it comes, and not asked for again: a run that was stopped or killed goes on with the pairs that are missing.
``--limit-seconds`` begins no pair after so long, and waits for those that were begun, so that slow ones are not left
out. ``--accepted 0`` only prints the table of the answers there are. The table has the share of wrong labels with its
upper 95 % bound (Clopper and Pearson), by coverage too: what a higher ``haskell.min_coverage`` would have refused.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import cache
from itertools import count
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from seqplay.config import HaskellConfig
from seqplay.files import content_id
from seqplay.haskell import Executor, Reason
from seqplay.haskell.results import Compared
from seqplay.mutate import breaking, preserving
from seqplay.records import Verdict

HERE = Path(__file__).parent
PROGRAMS = HERE.parent / "config" / "data" / "programs.jsonl"
SEED = 20261130
"""Of the compositions, and of the tests that look again."""
STEPS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
AGAIN_WORK = 4_000_000
"""KiB that the evaluations of one harder test may allocate: mostly two to ten seconds of a processor."""
WALL_SECONDS = 900.0
"""No comparison takes so long; the default's wall limit would make its answer depend on what else the machine does."""


class Composed(NamedTuple):
    """A pair to be judged, and what was done to make it."""

    number: int
    name: str
    entry: str
    p: str
    q: str
    rules: list[str]
    mistakes: int
    """How many of what was done are mistakes; -1: nobody knows."""


class Answer(NamedTuple):
    """What the default said, and what looking again did."""

    seed: int
    """Of the compositions; -1 for recorded pairs."""
    number: int
    id: str
    """The same for the same two programs."""
    name: str
    rules: list[str]
    mistakes: int
    reason: str
    seconds: float
    """Wall time of the default comparison."""
    coverage: float | None = None
    again: str = ""
    """``no_difference``, or the reason of the first of both that says something else; nothing where not accepted."""
    witness: list[str] | None = None
    message: str = ""
    tried: int = 0
    """Inputs of the shortest harder test; all that were asked for where there are no more."""
    programs: list[str] | None = None
    """P and Q of a wrong label."""


@cache
def programs() -> list[dict[str, Any]]:
    """Return the shipped programs."""
    return [json.loads(line) for line in PROGRAMS.read_text().splitlines()]


def composed(seed: int, number: int) -> Composed:
    """Return the pair of a number: up to two rewrites, two mistakes, and two rewrites, of the programs in turns."""
    row = programs()[number % len(programs())]
    draw = random.Random(f"{seed} {number}")
    mistakes = draw.choice((0, 1, 1, 2))
    plan = [True] * draw.randint(0, 2) + [False] * mistakes + [True] * draw.randint(0, 2)
    code = row["code"]
    rules: list[str] = []
    for keep in plan:
        found = (preserving if keep else breaking)(code, row["entry"], draw.randrange(2**30), 1)
        if found:
            code, rules = found[0].code, [*rules, found[0].rule]
    return Composed(number, row["name"], row["entry"], row["code"], code, rules, mistakes)


@cache
def lines_of(path: Path) -> list[str]:
    """Return the lines of a file of recorded pairs."""
    return path.read_text().splitlines()


def recorded(path: Path, number: int) -> Composed:
    """Return the pair of a line of a file."""
    fields = json.loads(lines_of(path)[number])
    name = fields.get("name", fields["entry"])
    return Composed(number, name, fields["entry"], fields["p"], fields["q"], ["recorded"], -1)


@cache
def session() -> Executor:
    """Return this process's executor, with one session; it ends with the process."""
    return Executor.open(HaskellConfig(workers=1))


def ask(pairs: Path | None, seed: int, number: int, again: int) -> Answer | None:
    """Make a pair and compare it, and once or twice more where it is accepted; none where it cannot be known."""
    pair = composed(seed, number) if pairs is None else recorded(pairs, number)
    name = content_id("composed", pair.p, pair.q)
    first = Answer(seed, number, name, pair.name, pair.rules, pair.mistakes, Reason.SAME_PROGRAM, 0.0)
    if pair.p == pair.q:
        return first
    start = time.monotonic()
    found = session().compare(pair.p, pair.q, pair.entry, seconds=WALL_SECONDS)
    coverage = found.coverage.share if found.coverage is not None else None
    first = first._replace(reason=found.reason, seconds=round(time.monotonic() - start, 3), coverage=coverage)
    if found.verdict is Verdict.INFRA_ERROR:
        return None
    return looked_again(pair, first, again) if found.reason is Reason.NO_DIFFERENCE else first


def looked_again(pair: Composed, first: Answer, again: int) -> Answer | None:
    """Compare an accepted pair harder."""
    tried = again
    for guided in (False, True)[: 1 if pair.mistakes == 0 else 2]:
        harder = harder_test(pair, again, guided)
        if harder.verdict is Verdict.INFRA_ERROR:
            return None
        tried = min(tried, again if harder.complete else harder.evaluations)
        if harder.reason is not Reason.NO_DIFFERENCE:
            wrong = [pair.p, pair.q] if harder.reason is Reason.DIVERGES else None
            return first._replace(
                again=harder.reason,
                witness=harder.witness,
                message=harder.message,
                tried=harder.evaluations,
                programs=wrong,
            )
    return first._replace(again=Reason.NO_DIFFERENCE, tried=tried)


def harder_test(pair: Composed, again: int, guided: bool) -> Compared:
    """Compare with so many inputs of another seed, within ``AGAIN_WORK``."""
    return session().compare(
        pair.p,
        pair.q,
        pair.entry,
        seed=SEED,
        evaluations=again,
        min_coverage=0,
        guided=guided,
        probed=guided,
        work=AGAIN_WORK,
        seconds=WALL_SECONDS,
    )


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


def distinct(answers: list[Answer]) -> list[Answer]:
    """Return the first answer of each pair: the same two programs may be composed more than once."""
    return list({answer.id: answer for answer in reversed(answers)}.values())[::-1]


def table(found: list[Answer], again: int) -> list[str]:
    """Return the shares, for each least coverage."""
    answers = distinct(sorted(found, key=lambda answer: (answer.seed, answer.number)))
    accepted = [answer for answer in answers if answer.again]
    mistaken = sum(answer.mistakes != 0 for answer in accepted)
    whole = sum(answer.tried >= again for answer in accepted)
    missing = sum(1 + max(of) - len(of) for of in numbers(found).values())
    lines = [
        f"{len(answers)} pairs, {len(accepted)} accepted at the default configuration, {mistaken} of them with a "
        f"mistake among what was done; {whole} tested again with all {again} inputs; median "
        f"{sorted(answer.seconds for answer in answers)[len(answers) // 2]:.3f} s a pair; {missing} that were begun "
        "before these are missing",
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


def numbers(answers: list[Answer]) -> dict[int, set[int]]:
    """Return the numbers of the pairs that are answered, by the seed."""
    found: dict[int, set[int]] = {}
    for answer in answers:
        found.setdefault(answer.seed, set()).add(answer.number)
    return found


def read_answers(path: Path) -> list[Answer]:
    """Read the answers so far; a line that a kill tore is dropped."""
    answers = []
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            answers.append(Answer(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return answers


def ends_with(parent: int) -> None:
    """Have this process end soon after its parent is gone, killed perhaps: else it would wait for pairs for good."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def judge(
    wanted: Iterator[int], ask_for: Callable[[ProcessPoolExecutor, int], Future[Answer | None]], workers: int
) -> Iterator[Answer]:
    """Yield answers as they come, of as many pairs at once as there are processes, and one more each in waiting."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, spawn, ends_with, (os.getpid(),)) as pool:
        begun: set[Future[Answer | None]] = set()
        while True:
            # Not all at once: whether another is wanted depends on the answers.
            while len(begun) < 2 * workers and (number := next(wanted, None)) is not None:
                begun.add(ask_for(pool, number))
            if not begun:
                return
            done, begun = wait(begun, return_when=FIRST_COMPLETED)
            yield from (answer for future in done if (answer := future.result()) is not None)


def main(
    pairs: Annotated[Path | None, typer.Option(help="Recorded pairs: JSON lines with p, q and entry.")] = None,
    accepted: Annotated[int, typer.Option(help="Go on until so many pairs are accepted.")] = 3000,
    again: Annotated[int, typer.Option(help="Inputs of each harder test.")] = 20000,
    workers: Annotated[int, typer.Option(help="Processes; 0: as many as there are cores.")] = 0,
    limit_seconds: Annotated[float, typer.Option(help="Begin no pair after so long; 0: no limit.")] = 0,
    seed: Annotated[int, typer.Option(help="Of the compositions: another one makes other pairs.")] = SEED,
    answers: Annotated[Path, typer.Option(help="Where answers are kept.")] = HERE / "out" / "label_errors.jsonl",
) -> None:
    """Count, and list the wrong labels."""
    start = time.monotonic()
    answers.parent.mkdir(exist_ok=True, parents=True)
    have = read_answers(answers)
    of = -1 if pairs else seed
    there = numbers(have).get(of, set())
    good = {answer.id for answer in have if answer.again}

    def wanted() -> Iterator[int]:
        for number in range(len(lines_of(pairs))) if pairs else count():
            if len(good) >= accepted or (limit_seconds and time.monotonic() - start > limit_seconds):
                return
            if number not in there:
                yield number

    if accepted:
        # Before all the others, so that the worker is built once.
        Executor.open(HaskellConfig(workers=1)).close()
    with answers.open("a") as kept:
        # What a kill tore ends here.
        kept.write("\n" if have else "")
        for answer in judge(
            wanted(),
            lambda pool, number: pool.submit(ask, pairs, of, number, again),
            workers or len(os.sched_getaffinity(0)),
        ):
            have.append(answer)
            if answer.again:
                good.add(answer.id)
            kept.write(json.dumps(answer._asdict()) + "\n")
            kept.flush()
            if answer.programs:
                print(json.dumps(answer._asdict()), flush=True)
    if not have:
        raise SystemExit(f"{answers} has no answers")
    lines = table(have, again)
    (HERE / "out").mkdir(exist_ok=True)
    (HERE / "out" / "label_errors.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    typer.run(main)
