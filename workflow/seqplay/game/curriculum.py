"""Curriculum: from votes to difficulty, from difficulty to what is trained on.

``difficulty = 10 * (1 - correct / votes)``. Pairs above the threshold are kept, and of the others a sample, stratified
by difficulty. A pair that an earlier iteration trained on (normalised) is not kept again. Bob's data is balanced over
SEQ and SINQ; Alice's prompts state the difficulty that was measured where inference states the one that is wanted.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seqplay import prompts
from seqplay.config import AliceConfig, BobConfig, CurriculumConfig, ProofConfig
from seqplay.files import derive_seed, write_records
from seqplay.game.bob import vote_messages
from seqplay.game.intervals import beta_interval
from seqplay.game.validate import last_attempts
from seqplay.records import (
    Answer,
    Example,
    Goal,
    Judgement,
    Message,
    Outcome,
    Pair,
    ProofAttempt,
    Proposal,
    Role,
    SampledProgram,
    TrainingExample,
    Verdict,
    Vote,
)

KEPT = ("hard", "easy_sample")
"""The values of ``Example.kept`` that are trained on."""


def difficulty(correct: int, votes: int) -> float:
    """Return ``10 * (1 - correct / votes)``, from 0 (always solved) to 10 (never)."""
    return 10 * (1 - correct / votes)


@dataclass(frozen=True)
class Players:
    """What the prompts of training depend on: those of inference."""

    alice: AliceConfig
    bob: BobConfig
    proof: ProofConfig


def select_examples(
    pairs: Sequence[Pair],
    votes: Iterable[Vote],
    seen: Iterable[str],
    *,
    curriculum: CurriculumConfig,
    seed: int,
    iteration: int,
) -> list[Example]:
    """Return every accepted pair with its difficulty and whether it is kept, in the order of ``pairs``.

    ``seen`` holds the normal ids that earlier iterations kept.
    """
    by_pair: dict[str, list[Vote]] = defaultdict(list)
    for cast in votes:
        by_pair[cast.pair_id].append(cast)
    known = set(seen)
    examples = []
    for pair in pairs:
        example = _example(pair, by_pair[pair.id], iteration)
        if example.difficulty is not None and pair.normal_id in known:
            example = example.model_copy(update={"kept": "seen_before"})
        elif example.difficulty is not None:
            known.add(pair.normal_id)
            hard = example.difficulty > curriculum.threshold
            example = example.model_copy(update={"kept": "hard" if hard else "easy_not_sampled"})
        examples.append(example)
    sampled = _sample_easy(examples, curriculum, derive_seed(seed, "easy", iteration))
    return [
        example.model_copy(update={"kept": "easy_sample"}) if example.pair.id in sampled else example
        for example in examples
    ]


def _example(pair: Pair, votes: Sequence[Vote], iteration: int) -> Example:
    total, correct = len(votes), sum(cast.correct for cast in votes)
    low, high = beta_interval(correct, total)
    return Example(
        iteration=iteration,
        pair=pair,
        votes=total,
        correct=correct,
        unparsed=sum(cast.answer is Answer.UNPARSED for cast in votes),
        difficulty=difficulty(correct, total) if total else None,
        difficulty_low=round(10 * (1 - high), 6),
        difficulty_high=round(10 * (1 - low), 6),
        kept="no_votes",
    )


def _sample_easy(examples: Iterable[Example], curriculum: CurriculumConfig, seed: int) -> set[str]:
    """Draw the easy pairs that are kept: ``easy_fraction`` of them in all, spread over the bins of difficulty.

    Each bin gives its share rounded down; the rest is drawn over the bins with the largest remainders.
    """
    bins: dict[int, list[str]] = defaultdict(list)
    for example in examples:
        if example.kept == "easy_not_sampled" and example.difficulty is not None:
            width = max(curriculum.threshold, 1e-9) / curriculum.bins
            bins[min(int(example.difficulty / width), curriculum.bins - 1)].append(example.pair.id)
    draw = random.Random(seed)
    quota = {key: len(members) * curriculum.easy_fraction for key, members in sorted(bins.items())}
    take = {key: int(share) for key, share in quota.items()}
    missing = round(sum(quota.values())) - sum(take.values())
    for key in sorted(quota, key=lambda key: (take[key] - quota[key], key))[:missing]:
        take[key] += 1
    return {pair_id for key, members in sorted(bins.items()) for pair_id in draw.sample(members, take[key])}


def balanced(examples: Sequence[Example], seed: int) -> list[Example]:
    """Return as many SEQ as SINQ examples, the surplus of the larger class dropped at random, order kept."""
    classes = {goal: [example for example in examples if example.pair.goal is goal] for goal in Goal}
    smaller = min(len(members) for members in classes.values())
    draw = random.Random(seed)
    chosen = {example.pair.id for members in classes.values() for example in draw.sample(members, smaller)}
    return [example for example in examples if example.pair.id in chosen]


def curriculum(
    sampled: Sequence[SampledProgram],
    proposals: Sequence[Proposal],
    judgements: Sequence[Judgement],
    attempts: Sequence[ProofAttempt],
    pairs: Sequence[Pair],
    votes: Sequence[Vote],
    earlier: Sequence[Example],
    outputs: Mapping[str, Path],
    *,
    settings: CurriculumConfig,
    players: Players,
    seed: int,
    iteration: int,
) -> None:
    """Write ``iteration_data``, ``alice_training_data``, ``bob_training_data`` and ``outcomes``.

    ``earlier`` holds the examples of all earlier iterations.
    """
    seen = [example.pair.normal_id for example in earlier if example.kept in KEPT]
    examples = select_examples(pairs, votes, seen, curriculum=settings, seed=seed, iteration=iteration)
    kept = [example for example in examples if example.kept in KEPT]
    programs = {item.program.id: item for item in sampled}
    for_bob = balanced(kept, derive_seed(seed, "balance", iteration)) if settings.balance else kept
    write_records(outputs["iteration_data"], examples)
    write_records(
        outputs["alice_training_data"],
        [alice_example(example, programs[example.pair.program_id], players.alice) for example in kept]
        + proof_examples(kept, attempts, players.proof.few_shot),
    )
    write_records(outputs["bob_training_data"], [bob_example(example, players.bob) for example in for_bob])
    write_records(outputs["outcomes"], outcomes(sampled, proposals, judgements, attempts, examples))


def _training(example: Example, role: Role, task: str, messages: Sequence[Message], output: str) -> TrainingExample:
    return TrainingExample(
        system_prompt=messages[0].content,
        user_prompt=messages[-1].content,
        output=output,
        agent=role,
        task=task,
        pair_id=example.pair.id,
        iteration=example.iteration,
        difficulty=example.difficulty or 0.0,
    )


def alice_example(example: Example, item: SampledProgram, alice: AliceConfig) -> TrainingExample:
    """Return what Alice learns of a kept pair: the prompt of inference with the measured difficulty, and her answer."""
    pair = example.pair
    messages = prompts.propose(
        pair.goal, pair.p, pair.entry, item.program.type, example.difficulty or 0.0, alice.few_shot
    )
    answer = prompts.write_proposal(pair.q, pair.diverging_input if pair.goal is Goal.SINQ else None)
    return _training(example, Role.ALICE, f"propose_{pair.goal}", messages, answer)


def proof_examples(kept: Sequence[Example], attempts: Sequence[ProofAttempt], few_shot: bool) -> list[TrainingExample]:
    """Return what Alice learns of the proofs of kept pairs, whoever found them, in the prompt that asks for a proof."""
    found = []
    by_proposal = {example.pair.proposal_id: example for example in kept}
    for attempt in attempts:
        example = by_proposal.get(attempt.proposal_id)
        if example is None or attempt.verdict is not Verdict.ACCEPTED or attempt.proof is None:
            continue
        messages = prompts.prove(attempt.theorem, example.pair.p, example.pair.q, attempt.names, few_shot)
        found.append(_training(example, Role.ALICE, "prove", messages, prompts.write_proof(attempt.proof)))
    return found


def bob_example(example: Example, bob: BobConfig) -> TrainingExample:
    """Return what Bob learns of a kept pair: the prompt of inference, and the right answer."""
    pair = example.pair
    if bob.task == "find_input" and pair.goal is Goal.SINQ:
        answer = prompts.write_found_input(prompts.FoundInput(pair.diverging_input))
    else:
        answer = prompts.write_judgement(Answer.EQUIVALENT if pair.goal is Goal.SEQ else Answer.INEQUIVALENT)
    return _training(example, Role.BOB, bob.task, vote_messages(pair, bob), answer)


def outcomes(
    sampled: Sequence[SampledProgram],
    proposals: Sequence[Proposal],
    judgements: Sequence[Judgement],
    attempts: Sequence[ProofAttempt],
    examples: Sequence[Example],
) -> list[Outcome]:
    """Return the one outcome of each sampled program: the accounting law."""
    settled = last_attempts(proposals, judgements)
    tries: dict[str, int] = defaultdict(int)
    for proposal in proposals:
        tries[proposal.program_id] += 1
    refused = {attempt.proposal_id: attempt for attempt in attempts if attempt.verdict is not Verdict.ACCEPTED}
    by_proposal = {example.pair.proposal_id: example for example in examples}
    result = []
    for item in sampled:
        proposal, judgement = settled[item.program.id]
        example = by_proposal.get(proposal.id)
        if example is not None:
            outcome = f"{'kept' if example.kept in KEPT else 'dropped'}:{example.kept}"
        elif judgement.verdict is not Verdict.ACCEPTED:
            outcome = f"{judgement.verdict}:{judgement.reason}"
        elif proposal.id in refused:
            last = refused[proposal.id]
            outcome = f"{last.verdict}:{last.reason}"
        else:
            outcome = f"{Verdict.REJECTED}:not_proved"
        result.append(
            Outcome(
                program_id=item.program.id,
                goal=item.goal,
                proposer=item.proposer,
                outcome=outcome,
                attempts=tries[item.program.id],
            )
        )
    return result
