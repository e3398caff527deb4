"""Whether Bob learned to read or to look: his held-out accuracy beside what looks alone would tell.

A classifier that sees only looks is trained on the pairs that Bob was asked about in the game, and judges the held-out
pairs. Where it is right, a Bob who learned nothing but the looks of the game's pairs gets better; where it is wrong, he
gets worse. So what he gained on the pairs that mislead is what he learned beyond looks.
"""

from __future__ import annotations

from collections.abc import Sequence

from seqplay.game.intervals import Bootstrap
from seqplay.game.looks import SurfaceClassifier, TextPair
from seqplay.game.measures import BALANCED, Measures, Question
from seqplay.records import Example, Goal, LooksScores, Pair

LEAST = 20
"""Pairs of each label without which nothing is said."""
MOST = 2000
"""Pairs that the classifier is trained on, evenly from all iterations: it takes some milliseconds each."""
BOB = Question("bob", BALANCED)


def learnt_looks(
    pairs: Sequence[Pair], found: Measures, base: Measures, asked: Sequence[Example], bootstrap: Bootstrap
) -> LooksScores | None:
    """Return Bob's sampled accuracy where looks tell the label of a held-out pair and where they mislead.

    ``asked`` are the pairs of the game so far; none where they, or the held-out pairs, are too few of either label.
    """
    taught = [_texts(example.pair) for example in asked if example.votes]
    taught = taught[:: 1 + len(taught) // MOST]
    if not pairs or min(sum(one.label is label for one in taught) for label in (True, False)) < LEAST:
        return None
    classifier = SurfaceClassifier.fit(taught)
    told = {pair.id: (classifier.log_odds(pair.p, pair.q) > 0) is (pair.goal is Goal.SEQ) for pair in pairs}

    def of(measures: Measures, right: bool) -> Measures:
        return Measures(line for line in measures.lines if line.measure == BOB.measure and told.get(line.item) is right)

    mine = {right: of(found, right).classes(BOB) for right in (True, False)}
    before = {right: of(base, right).classes(BOB) for right in (True, False)}
    return LooksScores(
        accuracy=classifier.balanced_accuracy([_texts(pair) for pair in pairs]),
        told=bootstrap.estimate(mine[True]),
        misled=bootstrap.estimate(mine[False]),
        told_difference=bootstrap.difference(mine[True], before[True]),
        misled_difference=bootstrap.difference(mine[False], before[False]),
    )


def _texts(pair: Pair) -> TextPair:
    return TextPair(pair.p, pair.q, pair.goal is Goal.SEQ)
