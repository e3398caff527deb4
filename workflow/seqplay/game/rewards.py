"""Rewards: what each answer of a player earned (``train.method: grpo``), the good ones and the bad ones.

The votes on a pair are a group, and so are the proposals for a program. Bob earns by being right. Alice earns by a
valid pair, and more where Bob is right about as often as wrong: a pair that is always or never solved teaches him
nothing. The more edits of its kind were accepted before, the less it earns (``variety``). Proofs and predictions of
difficulty are asked once a prompt, so they have no group and are not rewarded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from seqplay import prompts
from seqplay.config import GrpoConfig
from seqplay.game.bob import vote_messages
from seqplay.game.training_examples import Players
from seqplay.records import (
    Answer,
    Ballot,
    Decoding,
    Example,
    Goal,
    Kept,
    Proposal,
    ProposalOutcome,
    Role,
    TrainingExample,
    Verdict,
    Vote,
)

RIGHT, WRONG, UNREADABLE = 1.0, 0.0, -0.5
"""Of a vote; of a proposal, ``WRONG`` where it was refused. What cannot be read earns less than a wrong answer, else
the form of the answer would go first."""
COPY = -0.25
"""Of a proposal that is P itself, a pair of an earlier iteration, or another proposal's pair: the cheapest way to be
valid must not pay."""
COPIES = frozenset({"rejected:same_program", "dropped:duplicate", f"dropped:{Kept.SEEN_BEFORE}"})
UNKNOWN = frozenset({f"dropped:{Kept.NEAR_HELDOUT}"})
"""Outcomes of proposals that are not learnt from at all."""


def vote_rollouts(
    examples: Sequence[Example], votes: Sequence[Vote], ballots: Sequence[Ballot], players: Players
) -> list[TrainingExample]:
    """Return Bob's sampled answers on each pair, with what they earned.

    ``examples``: accepted pairs that are not near the held-out side; those of an earlier iteration are left out, and
    those of proposers that ``train.sources.bob`` does not name, and samples that the engine gave no answer for.
    """
    said = {(ballot.pair_id, ballot.sample): ballot for ballot in ballots if ballot.decoding is Decoding.SAMPLED}
    cast: dict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        if vote.decoding is Decoding.SAMPLED:
            cast[vote.pair_id].append(vote)
    found = []
    for example in examples:
        if example.kept is Kept.SEEN_BEFORE or example.pair.proposer not in players.train.sources.bob:
            continue
        answered = [(vote, said[vote.pair_id, vote.sample]) for vote in cast[example.pair.id]]
        found += [
            _vote_rollout(example, vote, ballot, players)
            for vote, ballot in answered
            if ballot.completion.unanswered is None
        ]
    return found


def _vote_rollout(example: Example, vote: Vote, ballot: Ballot, players: Players) -> TrainingExample:
    messages = vote_messages(example.pair, players.bob)
    unreadable = UNREADABLE if vote.answer is Answer.UNPARSED else WRONG
    return TrainingExample(
        system_prompt=messages[0].content,
        user_prompt=messages[-1].content,
        output=ballot.completion.text,
        answer=prompts.write_judgement(Answer.EQUIVALENT if example.pair.goal is Goal.SEQ else Answer.INEQUIVALENT),
        agent=Role.BOB,
        task=players.bob.task,
        goal=example.pair.goal,
        pair_id=example.pair.id,
        iteration=example.iteration,
        difficulty=example.difficulty or 0.0,
        reward=RIGHT if vote.correct else unreadable,
        group=example.pair.id,
        finished=ballot.completion.finish_reason == "stop",
    )


def proposal_rollouts(
    proposals: Sequence[Proposal],
    outcomes: Sequence[ProposalOutcome],
    examples: Sequence[Example],
    grpo: GrpoConfig,
    iteration: int,
) -> list[TrainingExample]:
    """Return Alice's sampled answers to each program, with what they earned.

    Left out: what a tool's failure or a time limit kept from a verdict, and what came near the held-out side.
    """
    became = {example.pair.proposal_id: example for example in examples}
    outcome = {one.proposal_id: one.outcome for one in outcomes}
    found = []
    for proposal in proposals:
        said, system, user = proposal.completion, proposal.system_prompt, proposal.user_prompt
        if said is None or system is None or user is None or proposal.decoding is not Decoding.SAMPLED:
            continue
        if said.unanswered is not None:
            continue
        example = became.get(proposal.id)
        reward = _proposal_reward(outcome[proposal.id], example, grpo)
        if reward is None:
            continue
        found.append(
            TrainingExample(
                system_prompt=system,
                user_prompt=user,
                output=said.text,
                agent=Role.ALICE,
                task=f"propose_{proposal.goal}",
                goal=proposal.goal,
                pair_id=example.pair.id if example is not None else proposal.id,
                iteration=iteration,
                difficulty=example.difficulty or 0.0 if example is not None else 0.0,
                reward=reward,
                worth=example.worth if example is not None and outcome[proposal.id] not in COPIES else None,
                group=f"{proposal.program_id}/{proposal.attempt}",
                finished=said.finish_reason == "stop",
            )
        )
    return found


def _proposal_reward(outcome: str, example: Example | None, grpo: GrpoConfig) -> float | None:
    """Return what a proposal earned, by its outcome and what Bob made of it; none where nobody can say."""
    verdict, _, reason = outcome.partition(":")
    if outcome in UNKNOWN or verdict in {Verdict.TIMEOUT, Verdict.INFRA_ERROR}:
        return None
    if outcome in COPIES:
        return COPY
    if example is None:
        return UNREADABLE if reason == "unparsed" else WRONG
    if example.votes == 0:
        return example.worth * grpo.valid
    share = example.solved
    return example.worth * (grpo.valid + (1 - grpo.valid) * 4 * share * (1 - share))
