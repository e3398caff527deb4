"""Training examples: what each player said, behind the very prompt that asked for it.

Bob learns from his own right answers, Alice from her own accepted proposals, proofs and predictions, reasoning and all.
A model that reasons, taught bare answers, would learn to answer without reasoning, and then to answer nothing that can
be read. What no model said (``mutate``, tactics) is rendered in the form that the prompt asks for, and may be left out.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from seqplay import prompts
from seqplay.config import AliceConfig, BobConfig, CurriculumConfig, ModelConfig, ProofConfig, TrainConfig
from seqplay.game.bob import vote_messages
from seqplay.game.predictions import prediction_messages
from seqplay.records import (
    Answer,
    Ballot,
    Evidence,
    Example,
    Goal,
    Message,
    Prediction,
    ProofAttempt,
    Proposal,
    Role,
    SampledProgram,
    Source,
    TrainingExample,
    Verdict,
    Vote,
)

NEAREST = 1.0
"""A prediction teaches only where it is at most so far from what was measured."""


@dataclass(frozen=True)
class Players:
    """What the prompts of training depend on: those of inference."""

    alice: AliceConfig
    bob: BobConfig
    proof: ProofConfig
    train: TrainConfig
    model: ModelConfig

    @property
    def rendered(self) -> frozenset[Source]:
        """Whose words Alice learns beside her own."""
        chosen = self.train.sources.alice
        if chosen != "auto":
            return frozenset(Source(name) for name in chosen)
        return frozenset() if self.model.reasons else frozenset({Source.MUTATE, Source.TACTIC})


def _training(
    example: Example,
    role: Role,
    task: str,
    prompt: tuple[str, str],
    output: str,
    answer: str,
    source: Source = Source.MODEL,
) -> TrainingExample:
    return TrainingExample(
        system_prompt=prompt[0],
        user_prompt=prompt[1],
        output=output,
        answer=answer,
        source=source,
        agent=role,
        task=task,
        goal=example.pair.goal,
        pair_id=example.pair.id,
        iteration=example.iteration,
        difficulty=example.difficulty or 0.0,
    )


def _sent(messages: Sequence[Message]) -> tuple[str, str]:
    return messages[0].content, messages[-1].content


def proposal_examples(
    kept: Iterable[Example], proposals: Iterable[Proposal], programs: Mapping[str, SampledProgram], players: Players
) -> list[TrainingExample]:
    """Return what Alice learns of the kept pairs: her whole answer, or a rendered rewrite."""
    by_id = {proposal.id: proposal for proposal in proposals}
    found = []
    for example in kept:
        pair, proposal = example.pair, by_id[example.pair.proposal_id]
        task = f"propose_{pair.goal}"
        given = pair.diverging_input if pair.goal is Goal.SINQ else None
        said, system, user = proposal.completion, proposal.system_prompt, proposal.user_prompt
        if said is not None and system is not None and user is not None:
            answer = prompts.write_proposal(pair.q, given, proposal.proof)
            found.append(_training(example, Role.ALICE, task, (system, user), said.text, answer))
        elif Source.MUTATE in players.rendered:
            item = programs[pair.program_id]
            messages = prompts.propose(
                pair.goal, pair.p, pair.entry, item.program.type, item.target_difficulty, players.alice.few_shot
            )
            output = prompts.render_proposal(pair.p, pair.q, given)
            answer = prompts.write_proposal(pair.q, given)
            found.append(_training(example, Role.ALICE, task, _sent(messages), output, answer, Source.MUTATE))
    return found


def proof_examples(
    examples: Iterable[Example], attempts: Iterable[ProofAttempt], players: Players
) -> list[TrainingExample]:
    """Return what Alice learns of accepted proofs, of every accepted pair, whether it was kept or not.

    Her own proof stands behind the prompt that asked for it, first proof or repair; a tactic's is rendered.
    """
    by_proposal = {example.pair.proposal_id: example for example in examples}
    found = []
    for attempt in attempts:
        example = by_proposal.get(attempt.proposal_id)
        if attempt.rests_on is Evidence.KERNEL and players.proof.evidence != "proof":
            continue  # nobody asks Alice for proofs there
        if example is None or attempt.verdict is not Verdict.ACCEPTED or attempt.proof is None:
            continue
        answer = prompts.write_proof(attempt.proof)
        if attempt.asked is not None:
            sent = (attempt.asked.system_prompt, attempt.asked.user_prompt)
            said = attempt.asked.completion.text
            found.append(_training(example, Role.ALICE, attempt.asked.task, sent, said, answer))
        elif Source.TACTIC in players.rendered:
            messages = prompts.prove(
                attempt.theorem, example.pair.p, example.pair.q, attempt.names, players.proof.few_shot
            )
            found.append(_training(example, Role.ALICE, "prove", _sent(messages), answer, answer, Source.TACTIC))
    return found


def prediction_examples(
    measured: Sequence[Example],
    predictions: Iterable[Prediction],
    players: Players,
    settings: CurriculumConfig,
    seed: int,
) -> list[TrainingExample]:
    """Return what Alice learns of difficulty: her prediction that came nearest, where one came near enough.

    Of the pairs with a measured difficulty all hard ones are taken, and easy ones at ``predict_easy_per_hard`` of their
    number. A model that does not reason learns the bare measured number where no prediction was near.
    """
    by_pair: dict[str, list[Prediction]] = defaultdict(list)
    for prediction in predictions:
        by_pair[prediction.pair_id].append(prediction)
    asked = [example for example in measured if example.difficulty is not None and by_pair[example.pair.id]]
    hard = [example for example in asked if (example.difficulty or 0.0) > settings.threshold]
    easy = [example for example in asked if example not in hard]
    taken = min(len(easy), round(settings.predict_easy_per_hard * len(hard)))
    chosen = {example.pair.id for example in [*hard, *random.Random(seed).sample(easy, taken)]}
    found = []
    for example in asked:
        if example.pair.id in chosen:
            found += _prediction_example(example, by_pair[example.pair.id], players)
    return found


def _prediction_example(example: Example, predictions: Sequence[Prediction], players: Players) -> list[TrainingExample]:
    truth = example.difficulty or 0.0
    task = "predict_difficulty"
    near = [
        (abs(one.difficulty - truth), one.sample, one)
        for one in predictions
        if one.difficulty is not None and abs(one.difficulty - truth) <= NEAREST
    ]
    if near:
        best = min(near)[2]
        answer = prompts.write_difficulty(best.difficulty or 0.0)
        sent = (best.system_prompt, best.user_prompt)
        return [_training(example, Role.ALICE, task, sent, best.completion.text, answer)]
    if players.model.reasons:
        return []
    answer = prompts.write_difficulty(truth)
    sent = _sent(prediction_messages(example.pair, players.alice.predict))
    return [_training(example, Role.ALICE, task, sent, answer, answer, Source.LABEL)]


def bob_examples(
    kept: Iterable[Example], votes: Iterable[Vote], ballots: Iterable[Ballot], players: Players
) -> list[TrainingExample]:
    """Return what Bob learns of the pairs: his own right answers, at most ``train.bob_answers`` different ones of each.

    A pair that he never solved teaches him nothing, or its bare label (``train.bob_unsolved``).
    """
    said = {(ballot.pair_id, ballot.sample): ballot for ballot in ballots}
    right: dict[str, list[Ballot]] = defaultdict(list)
    for vote in votes:
        if vote.correct:
            right[vote.pair_id].append(said[vote.pair_id, vote.sample])
    found = []
    for example in kept:
        if example.pair.proposer not in players.train.sources.bob:
            continue
        own = _own_answers(example, right[example.pair.id], players)
        unsolved = not own and players.train.bob_unsolved == "label" and not players.model.reasons
        found += [_label_example(example, players)] if unsolved else own
    return found


def _own_answers(example: Example, ballots: Sequence[Ballot], players: Players) -> list[TrainingExample]:
    distinct = {ballot.completion.text.strip(): ballot for ballot in reversed(ballots)}
    chosen = sorted(distinct.values(), key=lambda ballot: ballot.sample)[: players.train.bob_answers]
    sent = _sent(vote_messages(example.pair, players.bob))
    return [
        _training(example, Role.BOB, players.bob.task, sent, ballot.completion.text, _canonical(ballot, players.bob))
        for ballot in chosen
    ]


def _canonical(ballot: Ballot, bob: BobConfig) -> str:
    if bob.task == "find_input" and ballot.found_input is not None:
        return prompts.write_found_input(prompts.FoundInput(ballot.found_input))
    return prompts.write_judgement(ballot.answer)


def _label_example(example: Example, players: Players) -> TrainingExample:
    pair = example.pair
    if players.bob.task == "find_input" and pair.goal is Goal.SINQ:
        answer = prompts.write_found_input(prompts.FoundInput(pair.diverging_input))
    else:
        answer = prompts.write_judgement(Answer.EQUIVALENT if pair.goal is Goal.SEQ else Answer.INEQUIVALENT)
    sent = _sent(vote_messages(pair, players.bob))
    return _training(example, Role.BOB, players.bob.task, sent, answer, answer, Source.LABEL)
