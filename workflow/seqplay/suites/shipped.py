"""The suites that come with seqplay: built from their sources, and every claim of theirs checked by GHC.

``python benchmarks/shipped_suites.py`` does both, and looks for proofs; tests check what is built.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from seqplay import mutate
from seqplay.config.suites import SHIPPED_FOLDER
from seqplay.dataset.similarity.near_duplicates import NearIndex
from seqplay.dataset.similarity.shingles import program
from seqplay.errors import InputError
from seqplay.game.looks import TextPair
from seqplay.haskell import Executor
from seqplay.haskell.analysis.normalise import normal_id
from seqplay.mutate import Rewrite
from seqplay.proof.prover_pool import ProverPool
from seqplay.records import Goal, Verdict
from seqplay.suites.authoring import ShippedPair, ShippedTask
from seqplay.suites.records import TestItem

PAIRS, TASKS = SHIPPED_FOLDER / "haskell_pairs.jsonl", SHIPPED_FOLDER / "haskell_tasks.jsonl"
PAIR_SOURCES, TASK_SOURCES = SHIPPED_FOLDER / "pairs", SHIPPED_FOLDER / "tasks"
EVALUATIONS = 1000
"""Inputs on which a SEQ pair is compared; most of them are different ones."""
NEAR = 0.6
"""Stricter than ``evaluation.near_duplicate``: a name that differs costs a short program much of its similarity."""


def with_witness(executor: Executor, pair: ShippedPair) -> ShippedPair:
    """Return a pair with a diverging input, if it is SINQ and its source names none.

    Raises ``InputError`` where none is found: the source then has to name one.
    """
    if pair.label is Goal.SEQ or pair.witness is not None:
        return pair
    found = executor.compare(pair.p, pair.q, pair.entry, evaluations=EVALUATIONS)
    if found.witness is None:
        raise InputError(f"{pair.id}: no input was found on which the programs differ; name one (@ ARG ; ARG)")
    return pair.model_copy(update={"witness": found.witness})


def with_proof(prover: ProverPool, pair: ShippedPair) -> ShippedPair:
    """Return a SEQ pair with the proof that the tactics find, if they do; one that is proved already as it is."""
    if pair.label is Goal.SINQ or pair.proof is not None:
        return pair
    found = prover.prove(pair.p, pair.q, pair.entry)
    if found.verdict is not Verdict.ACCEPTED:
        return pair
    return pair.model_copy(update={"evidence": found.evidence, "proof": found.proof})


def keep_proofs(built: Sequence[ShippedPair], before: Sequence[ShippedPair]) -> list[ShippedPair]:
    """Return pairs with the proofs that were found before of the same two programs."""
    proved = {(one.p, one.q, one.entry): one for one in before if one.proof is not None}
    return [
        pair.model_copy(update={"evidence": one.evidence, "proof": one.proof})
        if pair.label is Goal.SEQ and (one := proved.get((pair.p, pair.q, pair.entry)))
        else pair
        for pair in built
    ]


def fault(executor: Executor, pair: ShippedPair, seed: int, evaluations: int = EVALUATIONS) -> str:
    """Return what is wrong with a pair's label, in one line; empty where it holds.

    SEQ: both agree on so many inputs, and these reach what a label asks for. SINQ: they differ on the witness.
    """
    if pair.label is Goal.SINQ:
        differs = executor.diverge(pair.p, pair.q, pair.witness or [], pair.entry)
        return "" if differs.verdict is Verdict.ACCEPTED else f"{pair.id}: {differs.reason}: {differs.message}"
    agrees = executor.compare(pair.p, pair.q, pair.entry, seed, evaluations)
    return "" if agrees.verdict is Verdict.ACCEPTED else f"{pair.id}: {agrees.reason}: {agrees.message}"


def item(task: ShippedTask) -> TestItem:
    """Return a task as the scorer takes it."""
    return TestItem(
        task_id=task.task_id,
        prompt=task.prompt,
        test=task.test,
        entry=task.entry_point,
        canonical_solution=task.canonical_solution,
        category=task.category,
    )


def wrong_solutions(task: ShippedTask, count: int) -> list[Rewrite]:
    """Return so many of the task's solution with a mistake; a few of them may be right all the same."""
    return list(islice(mutate.each_breaking(task.canonical_solution, task.entry_point, 1), count))


def texts(pairs: Iterable[ShippedPair]) -> list[TextPair]:
    """Return what the surface classifier sees of pairs."""
    return [TextPair(pair.p, pair.q, pair.label is Goal.SEQ) for pair in pairs]


def near_programs(programs: Sequence[tuple[str, str]], others: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the codes of ``others`` that are like one of ``programs``: near in words, or equal up to names and layout.

    Both are codes with their entries; likeness goes both ways, so it does not matter which side is which.
    """
    index = NearIndex(NEAR)
    normal = set()
    for number, (code, entry) in enumerate(programs):
        index.add(str(number), program(code))
        normal.add(normal_id(code, entry))
    for code, entry in others:
        if index.near(program(code)) or normal_id(code, entry) in normal:
            yield code
