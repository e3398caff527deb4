"""Which of a program's accepted proposals are put before Bob: the most promising by difficulty, then by novelty, first
that of the edit, then that of the text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from seqplay.config import CurriculumConfig
from seqplay.dataset.similarity.shingles import Shingles
from seqplay.dataset.similarity.shingles import program as shingles
from seqplay.files import write_records
from seqplay.game.predictions import mean_predictions
from seqplay.game.variety import worths
from seqplay.records import Example, Pair, Prediction

MIDDLE = 5.0
"""The difficulty at which 4p(1 - p) is largest."""


def choose_pairs(
    pairs: Sequence[Pair],
    predictions: Iterable[Prediction],
    earlier: Sequence[Example],
    output: Path,
    *,
    ask: int,
    curriculum: CurriculumConfig,
) -> None:
    """Write the pairs that Bob is asked about: at most ``ask`` of each program, in the order of ``pairs``."""
    predicted = mean_predictions(predictions)
    worth = worths(pairs, earlier, curriculum.max_same_edit)
    asked: dict[str, list[Shingles]] = defaultdict(list)
    for example in earlier:
        asked[example.pair.program_id].append(shingles(example.pair.q))
    by_program: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_program[pair.program_id].append(pair)
    chosen = {
        pair.id
        for program_id, candidates in by_program.items()
        for pair in _most_promising(candidates, asked[program_id], predicted, worth, ask, curriculum)
    }
    write_records(output, (pair for pair in pairs if pair.id in chosen))


def _most_promising(
    candidates: Sequence[Pair],
    asked: Sequence[Shingles],
    predicted: Mapping[str, float],
    worth: Mapping[str, float],
    ask: int,
    curriculum: CurriculumConfig,
) -> list[Pair]:
    """Return the best ``ask`` candidates; each that is taken makes those like it less novel."""
    known, left = list(asked), list(candidates)
    taken: list[Pair] = []

    def order(pair: Pair) -> tuple[float, float, float]:
        # By tenths of worth: what was accepted once more would else leave the likeness without a say.
        return -_promise(predicted.get(pair.id), curriculum), -round(worth[pair.id], 1), likeness(pair, known)

    while left and len(taken) < ask:
        best = min(left, key=order)
        left.remove(best)
        taken.append(best)
        known.append(shingles(best.q))
    return taken


def _promise(predicted: float | None, curriculum: CurriculumConfig) -> float:
    """Return how much a pair of this predicted difficulty promises: hard ones, or those that Bob solves sometimes.

    To whole points of difficulty: a finer number of a guess would leave novelty without a say.
    """
    if predicted is None:
        return 0.0
    if curriculum.select == "learnability":
        return -round(abs(predicted - MIDDLE))
    return round(predicted)


def likeness(pair: Pair, known: Iterable[Shingles]) -> float:
    """Return the largest Jaccard similarity of Q to P and to what was asked about before."""
    own = shingles(pair.q)
    others = [shingles(pair.p), *known]
    return max(len(own & other) / len(own | other) if own | other else 1.0 for other in others)
