"""A played evaluation: what Alice and Bob said about the held-out programs and pairs, item by item."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from seqplay.game.intervals import Count, Items
from seqplay.game.measures import measured
from seqplay.haskell.results import Reason
from seqplay.records import (
    Decoding,
    Goal,
    Judgement,
    Measured,
    Pair,
    Prediction,
    ProofAttempt,
    Proposal,
    SampledProgram,
    Verdict,
    Vote,
)

BOB = {Decoding.SAMPLED: "bob", Decoding.GREEDY: "bob_greedy"}
ALICE = {Decoding.SAMPLED: "alice", Decoding.GREEDY: "alice_greedy"}


class Result(NamedTuple):
    """What came of a held-out program: of the proposal that was accepted, otherwise of the last one."""

    accepted: bool
    reason: str


@dataclass(frozen=True)
class PlayedEvaluation:
    """The records of one evaluation."""

    sampled: Sequence[SampledProgram] = ()
    proposals: Sequence[Proposal] = ()
    judgements: Sequence[Judgement] = ()
    attempts: Sequence[ProofAttempt] = ()
    """The tactics' attempts on Alice's SEQ proposals."""
    pairs: Sequence[Pair] = ()
    votes: Sequence[Vote] = ()
    predictions: Sequence[Prediction] = ()
    proving: Sequence[ProofAttempt] = ()
    """What Alice's own proofs of the held-out theorems are worth."""
    needs_proof: bool = False
    """A SEQ proposal is accepted only with a proof."""

    def results(self, decoding: Decoding) -> dict[str, Result]:
        """Return what came of each program by its id, one way of decoding; empty where nothing was proposed so."""
        verdicts = {judgement.proposal_id: judgement for judgement in self.judgements}
        proved = {attempt.proposal_id for attempt in self.attempts if attempt.verdict is Verdict.ACCEPTED}
        found: dict[str, Result] = {}
        tried = (proposal for proposal in self.proposals if proposal.decoding is decoding)
        for proposal in sorted(tried, key=lambda proposal: (proposal.attempt, proposal.sample)):
            judgement = verdicts[proposal.id]
            lacks_proof = self.needs_proof and proposal.goal is Goal.SEQ and proposal.id not in proved
            result = Result(judgement.verdict is Verdict.ACCEPTED and not lacks_proof, judgement.reason)
            earlier = found.get(proposal.program_id)
            found[proposal.program_id] = earlier if earlier and earlier.accepted else result
        return found

    def votes_by(self, decoding: Decoding) -> list[Vote]:
        """Return the votes that were drawn one way."""
        return [vote for vote in self.votes if vote.decoding is decoding]

    def right(self, decoding: Decoding) -> Items:
        """Return the right votes of all votes, by pair."""
        total = Counter(vote.pair_id for vote in self.votes_by(decoding))
        hits = Counter(vote.pair_id for vote in self.votes_by(decoding) if vote.correct)
        return {pair.id: Count(hits[pair.id], total[pair.id]) for pair in self.pairs if total[pair.id]}

    def predicted(self) -> dict[str, tuple[float, float]]:
        """Return each pair's predicted difficulty (the mean of what could be read) and that of Bob's sampled votes."""
        said: dict[str, list[float]] = defaultdict(list)
        for prediction in self.predictions:
            if prediction.difficulty is not None:
                said[prediction.pair_id].append(prediction.difficulty)
        right = self.right(Decoding.SAMPLED)
        return {
            key: (sum(said[key]) / len(said[key]), 10 * (1 - count.hits / count.total))
            for key, count in right.items()
            if key in said
        }

    def measures(self) -> Iterator[Measured]:
        """Yield what was measured, item by item."""
        labels = {pair.id: pair.goal for pair in self.pairs}
        goals = {item.program.id: item.goal for item in self.sampled}
        for decoding in Decoding:
            yield from _by_goal(BOB[decoding], self.right(decoding), labels)
            results = self.results(decoding)
            yield from _by_goal(ALICE[decoding], {key: Count(one.accepted, 1) for key, one in results.items()}, goals)
        copies = {
            key: Count(result.reason == Reason.SAME_PROGRAM, 1)
            for key, result in self.results(Decoding.SAMPLED).items()
        }
        yield from _by_goal("same_program", copies, goals)
        errors = {key: Count(abs(said - found), 1) for key, (said, found) in self.predicted().items()}
        yield from _by_goal("prediction_error", errors, labels)
        judged = (attempt for attempt in self.proving if attempt.verdict is not Verdict.INFRA_ERROR)
        proofs = {attempt.proposal_id: Count(attempt.verdict is Verdict.ACCEPTED, 1) for attempt in judged}
        yield from measured("proving", Goal.SEQ, proofs)


def _by_goal(measure: str, items: Items, goals: Mapping[str, Goal]) -> Iterator[Measured]:
    for goal in Goal:
        yield from measured(measure, goal, {key: count for key, count in items.items() if goals[key] is goal})
