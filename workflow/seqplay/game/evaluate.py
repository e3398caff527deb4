"""Does it learn? Bob and Alice on the held-out programs, for the base and after each iteration.

Bob is asked about the fixed held-out pairs (``heldout_pairs``), Alice proposes for the held-out programs anew, predicts
how hard the pairs are for Bob, and proves their theorems. Nothing of it is ever trained on. Items and seeds stay the
same over the iterations, so that two evaluations are compared item by item.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from seqplay.config import GuardsConfig
from seqplay.files import write_records
from seqplay.game.guards import evaluation_alarms
from seqplay.game.intervals import NOTHING, Bootstrap
from seqplay.game.learnt_looks import learnt_looks
from seqplay.game.measures import BALANCED, Measures, Question, differences
from seqplay.game.played_evaluation import ALICE, BOB, PlayedEvaluation
from seqplay.records import (
    Accuracy,
    Answer,
    BobScores,
    Decoding,
    Evaluation,
    Example,
    Measured,
    PredictionScores,
)

GROUPS = (*BALANCED, "all")


class Beside(NamedTuple):
    """The earlier evaluations that one is held beside; nothing for the base itself."""

    base: Sequence[Measured] = ()
    """The measures of ``eval_0``."""
    previous: Sequence[Measured] = ()
    """The measures of the evaluation before."""
    base_evaluation: Sequence[Evaluation] = ()
    """The line of ``eval_0``."""
    asked: Sequence[Example] = ()
    """The pairs of the game so far."""


def evaluate(
    played: PlayedEvaluation,
    output: Path,
    measures: Path,
    *,
    experiment: str,
    iteration: int,
    beside: Beside,
    guards: GuardsConfig,
    bootstrap: Bootstrap,
) -> None:
    """Write the one line of ``evaluation.jsonl`` for an iteration (0: the base), and what was measured on each item."""
    found = Measures(played.measures())
    line = evaluation(played, found, bootstrap, experiment=experiment, iteration=iteration)
    base = Measures(beside.base)
    line = line.model_copy(
        update={
            "looks": learnt_looks(played.pairs, found, base, beside.asked, bootstrap),
            "against_base": differences(found, base, bootstrap),
            "against_previous": differences(found, Measures(beside.previous), bootstrap),
            "alarms": [alarm for first in beside.base_evaluation for alarm in evaluation_alarms(first, line, guards)],
        }
    )
    write_records(measures, found.lines)
    write_records(output, [line])


def evaluation(
    played: PlayedEvaluation, found: Measures, bootstrap: Bootstrap, *, experiment: str, iteration: int
) -> Evaluation:
    """Return what an evaluation says by itself, not yet beside an earlier one; ``found`` are its own measures."""
    sampled = played.votes_by(Decoding.SAMPLED)
    copies, proofs = (found.items(measure) for measure in ("same_program", "proving"))
    return Evaluation(
        experiment=experiment,
        iteration=iteration,
        bob=_shares(found, "bob", bootstrap),
        bob_unparsed=sum(vote.answer is Answer.UNPARSED for vote in sampled),
        bob_sampled=_bob(played, found, Decoding.SAMPLED, bootstrap),
        bob_greedy=_bob(played, found, Decoding.GREEDY, bootstrap),
        alice=_shares(found, "alice", bootstrap),
        alice_greedy=_shares(found, "alice_greedy", bootstrap) if found.items(ALICE[Decoding.GREEDY]) else {},
        same_program=bootstrap.share(copies) if copies else None,
        proving=bootstrap.share(proofs) if proofs else None,
        prediction=_prediction(played, found, bootstrap),
        pairs=len(played.pairs),
        programs=len(played.sampled),
    )


def _shares(found: Measures, measure: str, bootstrap: Bootstrap) -> dict[str, Accuracy]:
    return {group: bootstrap.share(found.items(measure, group)) for group in GROUPS}


def _bob(played: PlayedEvaluation, found: Measures, decoding: Decoding, bootstrap: Bootstrap) -> BobScores | None:
    """Return Bob's scores one way of decoding; none where nobody voted so."""
    votes = played.votes_by(decoding)
    if not votes:
        return None
    return BobScores(
        accuracy=_shares(found, BOB[decoding], bootstrap),
        balanced=bootstrap.estimate(found.classes(Question(BOB[decoding], BALANCED))),
        answers={answer.value: count for answer, count in sorted(Counter(vote.answer for vote in votes).items())},
    )


def _prediction(played: PlayedEvaluation, found: Measures, bootstrap: Bootstrap) -> PredictionScores | None:
    """Return how near Alice's predictions come to what Bob's votes gave; none where she was not asked."""
    if not played.predictions:
        return None
    return PredictionScores(
        absolute_error=bootstrap.estimate(found.classes(Question("prediction_error")), NOTHING),
        rank_correlation=bootstrap.rank_correlation(played.predicted()),
        unparsed=sum(prediction.difficulty is None for prediction in played.predictions),
        predictions=len(played.predictions),
    )
