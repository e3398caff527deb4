"""Curriculum: from votes to difficulty, from difficulty to what is trained on.

``difficulty = 10 * (1 - correct / votes)``, over the votes of an earlier Bob as well where he is asked. ``select:
threshold`` keeps the pairs above the threshold, and of the others a sample, stratified by difficulty; ``learnability``
keeps those that Bob solves sometimes. A pair that an earlier iteration trained on (normalised), one near the held-out
side, and one whose votes could mostly not be read are not trained on. What Alice imitates of the kept ones is thinned
by kinds of edits (``variety``); Bob's may be limited to those that he solves neither too seldom nor too often. Nothing
is dropped to balance the classes: that is done over all iterations, when an adapter is trained.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from seqplay.config import CurriculumConfig
from seqplay.files import derive_seed, write_records
from seqplay.game.bob import agrees
from seqplay.game.edits import edit_kind
from seqplay.game.guards import check_guards
from seqplay.game.intervals import beta_interval
from seqplay.game.outcomes import outcomes, proposal_outcomes
from seqplay.game.predictions import mean_predictions
from seqplay.game.rewards import proposal_rollouts, vote_rollouts
from seqplay.game.training_examples import (
    Players,
    bob_examples,
    prediction_examples,
    proof_examples,
    proposal_examples,
)
from seqplay.game.variety import is_drawn, worths
from seqplay.records import (
    Answer,
    Ballot,
    Example,
    GuardReport,
    Judgement,
    Kept,
    Pair,
    Prediction,
    ProofAttempt,
    Proposal,
    Role,
    SampledProgram,
    TrainingExample,
    Vote,
)


def difficulty(correct: int, votes: int) -> float:
    """Return ``10 * (1 - correct / votes)``, from 0 (always solved) to 10 (never)."""
    return 10 * (1 - correct / votes)


def learnability(share: float) -> float:
    """Return ``4p(1 - p)`` of a share of right votes: 1 where Bob is right half the time, 0 where always or never."""
    return 4 * share * (1 - share)


@dataclass(frozen=True)
class PlayedIteration:
    """What an iteration played, up to Bob's votes."""

    sampled: Sequence[SampledProgram]
    proposals: Sequence[Proposal]
    judgements: Sequence[Judgement]
    attempts: Sequence[ProofAttempt]
    pairs: Sequence[Pair]
    """Every accepted pair."""
    asked: Sequence[Pair]
    """Those that Bob was asked about."""
    predictions: Sequence[Prediction]
    ballots: Sequence[Ballot]
    votes: Sequence[Vote]
    guard: GuardReport
    earlier_ballots: Sequence[Ballot] = ()
    """Answers to the same pairs by Bob as he was after an earlier iteration."""


@dataclass(frozen=True)
class Memory:
    """What earlier iterations and the held-out side keep out of this one's training."""

    earlier: Sequence[Example]
    """The examples of all earlier iterations."""
    near_heldout: Callable[[str], bool]
    """Says whether a program is a near-duplicate of a held-out one."""

    @property
    def seen(self) -> set[str]:
        """The normal ids of the pairs that were trained on."""
        return {example.pair.normal_id for example in self.earlier if example.kept.trained_on}


def select_examples(
    played: PlayedIteration, memory: Memory, *, curriculum: CurriculumConfig, seed: int, iteration: int
) -> list[Example]:
    """Return every accepted pair with its difficulty and what becomes of it, in the order of the pairs."""
    by_pair: dict[str, list[Vote]] = defaultdict(list)
    for cast in played.votes:
        by_pair[cast.pair_id].append(cast)
    told: dict[str, list[Ballot]] = defaultdict(list)
    for ballot in played.earlier_ballots:
        told[ballot.pair_id].append(ballot)
    asked = {pair.id for pair in played.asked}
    predicted = mean_predictions(played.predictions)
    known = memory.seen
    worth = worths(played.pairs, memory.earlier, curriculum.max_same_edit)
    examples = []
    for pair in played.pairs:
        example = _example(pair, by_pair[pair.id], told[pair.id], predicted.get(pair.id), iteration, worth[pair.id])
        kept = _kept(example, asked, known, memory.near_heldout, curriculum)
        if kept in {Kept.HARD, Kept.EASY_NOT_SAMPLED, Kept.LEARNABLE, Kept.NOT_LEARNABLE}:
            known.add(pair.normal_id)
        examples.append(example.model_copy(update={"kept": kept}))
    sampled = _sample_easy(examples, curriculum, derive_seed(seed, "easy", iteration))
    return [
        example.model_copy(update={"kept": Kept.EASY_SAMPLE}) if example.pair.id in sampled else example
        for example in examples
    ]


def _kept(
    example: Example,
    asked: set[str],
    known: set[str],
    near_heldout: Callable[[str], bool],
    curriculum: CurriculumConfig,
) -> Kept:
    """Say what becomes of a pair, before the easy ones are drawn."""
    if example.pair.id not in asked:
        return Kept.NOT_ASKED
    if example.difficulty is None:
        return Kept.NO_VOTES
    if example.unparsed > curriculum.max_unparsed * example.votes:
        return Kept.UNRELIABLE
    if example.pair.normal_id in known:
        return Kept.SEEN_BEFORE
    if near_heldout(example.pair.q):
        return Kept.NEAR_HELDOUT
    if curriculum.select == "learnability":
        enough = learnability(example.solved) >= curriculum.min_learnability
        return Kept.LEARNABLE if enough else Kept.NOT_LEARNABLE
    return Kept.HARD if example.difficulty > curriculum.threshold else Kept.EASY_NOT_SAMPLED


def _example(
    pair: Pair,
    votes: Sequence[Vote],
    earlier: Sequence[Ballot],
    predicted: float | None,
    iteration: int,
    worth: float,
) -> Example:
    total, correct = len(votes), sum(cast.correct for cast in votes)
    earlier_correct = sum(agrees(ballot, pair) for ballot in earlier)
    every, right = total + len(earlier), correct + earlier_correct
    unparsed = sum(cast.answer is Answer.UNPARSED for cast in votes)
    parsed = every - unparsed - sum(ballot.answer is Answer.UNPARSED for ballot in earlier)
    low, high = beta_interval(right, every)
    return Example(
        iteration=iteration,
        pair=pair,
        votes=total,
        correct=correct,
        unparsed=unparsed,
        difficulty=difficulty(right, every) if total else None,
        difficulty_low=round(10 * (1 - high), 6),
        difficulty_high=round(10 * (1 - low), 6),
        difficulty_parsed=difficulty(right, parsed) if parsed else None,
        predicted=None if predicted is None else round(predicted, 6),
        edit=edit_kind(pair.p, pair.q),
        worth=worth,
        earlier_votes=len(earlier),
        earlier_correct=earlier_correct,
        kept=Kept.NO_VOTES,
    )


def _sample_easy(examples: Sequence[Example], curriculum: CurriculumConfig, seed: int) -> set[str]:
    """Draw the easy pairs that are kept, spread over the bins of difficulty.

    Each bin gives its share rounded down; the rest is drawn over the bins with the largest remainders.
    """
    bins: dict[int, list[str]] = defaultdict(list)
    for example in examples:
        if example.kept is Kept.EASY_NOT_SAMPLED and example.difficulty is not None:
            width = max(curriculum.threshold, 1e-9) / curriculum.bins
            bins[min(int(example.difficulty / width), curriculum.bins - 1)].append(example.pair.id)
    share = _easy_share(examples, curriculum)
    draw = random.Random(seed)
    quota = {key: len(members) * share for key, members in sorted(bins.items())}
    take = {key: int(part) for key, part in quota.items()}
    missing = round(sum(quota.values())) - sum(take.values())
    for key in sorted(quota, key=lambda key: (take[key] - quota[key], key))[:missing]:
        take[key] += 1
    return {pair_id for key, members in sorted(bins.items()) for pair_id in draw.sample(members, take[key])}


def _easy_share(examples: Sequence[Example], curriculum: CurriculumConfig) -> float:
    """Return which share of the easy pairs is kept."""
    if curriculum.easy_per_hard is None:
        return curriculum.easy_fraction
    hard = sum(example.kept is Kept.HARD for example in examples)
    easy = sum(example.kept is Kept.EASY_NOT_SAMPLED for example in examples)
    return min(1.0, curriculum.easy_per_hard * hard / easy) if easy else 0.0


def curriculum(
    played: PlayedIteration,
    memory: Memory,
    outputs: Mapping[str, Path],
    *,
    settings: CurriculumConfig,
    players: Players,
    seed: int,
    iteration: int,
) -> None:
    """Write ``iteration_data``, ``alice_training_data``, ``bob_training_data``, ``outcomes``, ``proposal_outcomes``.

    A player that collapses learns nothing from the iteration; where that stops the run, ``CollapseError`` is raised.
    """
    check_guards(played.guard)
    collapsed = {alarm.agent for alarm in played.guard.alarms}
    examples = select_examples(played, memory, curriculum=settings, seed=seed, iteration=iteration)
    found = proposal_outcomes(played.sampled, played.proposals, played.judgements, played.attempts, examples)
    write_records(outputs["iteration_data"], examples)
    write_records(outputs["proposal_outcomes"], found)
    write_records(outputs["outcomes"], outcomes(played.sampled, played.proposals, found))
    kept = [example for example in examples if example.kept.trained_on]
    clean = [example for example in examples if example.kept is not Kept.NEAR_HELDOUT]
    measured = [example for example in clean if example.kept not in UNMEASURED]
    for_bob = kept if settings.bob_pairs == "kept" else measured
    if players.train.method == "grpo":
        alice = proposal_rollouts(played.proposals, found, examples, players.train.grpo, iteration)
        bob = vote_rollouts(_solved_sometimes(clean, settings), played.votes, played.ballots, players)
        _write_training(outputs, alice, bob, collapsed)
        return
    programs = {item.program.id: item for item in played.sampled}
    imitated = [example for example in kept if is_drawn(example, derive_seed(seed, "variety", iteration))]
    alice = (
        proposal_examples(imitated, played.proposals, programs, players)
        + proof_examples(clean, played.attempts, players)
        + prediction_examples(measured, played.predictions, players, settings, derive_seed(seed, "predict", iteration))
    )
    bob = bob_examples(_solved_sometimes(for_bob, settings), played.votes, played.ballots, players)
    _write_training(outputs, alice, bob, collapsed)


def _solved_sometimes(examples: Sequence[Example], settings: CurriculumConfig) -> list[Example]:
    """Return the pairs of which Bob solves a share that is neither too small nor too large to teach him."""
    low, high = settings.bob_min_solved, settings.bob_max_solved
    return [one for one in examples if low <= (one.correct / one.votes if one.votes else 0.0) <= high]


def _write_training(
    outputs: Mapping[str, Path],
    alice: Sequence[TrainingExample],
    bob: Sequence[TrainingExample],
    collapsed: AbstractSet[Role],
) -> None:
    write_records(outputs["alice_training_data"], [] if Role.ALICE in collapsed else alice)
    write_records(outputs["bob_training_data"], [] if Role.BOB in collapsed else bob)


UNMEASURED = frozenset({Kept.NOT_ASKED, Kept.NO_VOTES, Kept.UNRELIABLE, Kept.SEEN_BEFORE})
"""Pairs without a difficulty to rely on, or that an earlier iteration measured."""
