"""Does it learn? Bob's accuracy and Alice's accepted share on the held-out programs, for the base and each iteration.

Bob is asked about pairs made once, by ``mutate`` from the held-out programs, and validated like every pair: half SEQ
and half SINQ; Alice proposes for the held-out programs anew. Nothing of either is ever trained on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from seqplay import mutate
from seqplay.config import HaskellConfig, fingerprint
from seqplay.files import content_id, derive_seed, write_records
from seqplay.game.intervals import accuracy
from seqplay.game.validate import collect_pair, judge, last_attempts
from seqplay.haskell import Executor
from seqplay.records import (
    Answer,
    Evaluation,
    Goal,
    Judgement,
    Pair,
    Program,
    ProofAttempt,
    Proposal,
    Record,
    SampledProgram,
    Verdict,
    Vote,
)
from seqplay.runtime.pool import judged

CANDIDATES = 4
"""Rewrites tried for one held-out program and goal."""


class HeldoutTry(Record):
    """The pair that a held-out program gave for a goal, or none."""

    key: str
    pair: Pair | None


def heldout_pairs(heldout: Sequence[Program], output: Path, *, pairs: int, haskell: HaskellConfig, seed: int) -> None:
    """Write at most ``pairs`` labelled pairs over the held-out programs, as many SEQ as SINQ.

    The SEQ labels rest on differential testing of a rewrite that preserves meaning, the SINQ ones on a witness.
    """
    asked = [(program, goal) for program in heldout for goal in Goal]
    with judged(
        asked,
        lambda executor, item: HeldoutTry(key=_key(*item), pair=_first_pair(executor, *item, seed)),
        HeldoutTry,
        output,
        item_key=lambda item: _key(*item),
        result_key=lambda tried: tried.key,
        pool=lambda: Executor.open(haskell),
        fingerprint=fingerprint(haskell, seed),
        label="held-out pairs",
        failed=lambda item, _: HeldoutTry(key=_key(*item), pair=None),
    ) as tries:
        found = {goal: [tried.pair for tried in tries if tried.pair and tried.pair.goal is goal] for goal in Goal}
        each = min(pairs // 2, *(len(members) for members in found.values()))
        write_records(output, [pair for goal in Goal for pair in found[goal][:each]])


def _key(program: Program, goal: Goal) -> str:
    return content_id(program.id, goal)


def _first_pair(executor: Executor, program: Program, goal: Goal, seed: int) -> Pair | None:
    """Return the first rewrite of a program that validates for the goal."""
    for proposal in _rewrites(program, goal, derive_seed(seed, "heldout", program.id)):
        judgement = judge(executor, program, proposal, seed)
        if judgement.verdict is Verdict.ACCEPTED:
            return collect_pair(program, proposal, judgement, None)
    return None


def _rewrites(program: Program, goal: Goal, seed: int) -> Iterator[Proposal]:
    rewrite = mutate.preserving if goal is Goal.SEQ else mutate.breaking
    for attempt, found in enumerate(rewrite(program.code, program.entry, seed)[:CANDIDATES]):
        yield Proposal.make(
            program_id=program.id, goal=goal, proposer="mutate", attempt=attempt, code=found.code, rule=found.rule
        )


def evaluate(
    sampled: Sequence[SampledProgram],
    proposals: Sequence[Proposal],
    judgements: Sequence[Judgement],
    attempts: Sequence[ProofAttempt],
    pairs: Sequence[Pair],
    votes: Sequence[Vote],
    output: Path,
    *,
    experiment: str,
    iteration: int,
    needs_proof: bool,
) -> None:
    """Write the one line of ``evaluation.jsonl`` for an iteration (0: the base)."""
    label = {pair.id: pair.goal for pair in pairs}
    cast = {goal.value: [vote for vote in votes if label[vote.pair_id] is goal] for goal in Goal}
    cast["all"] = list(votes)
    settled = last_attempts(proposals, judgements)
    proved = {attempt.proposal_id for attempt in attempts if attempt.verdict is Verdict.ACCEPTED}
    accepted = {item.program.id: _accepted(item, settled, proved, needs_proof) for item in sampled}
    asked = {goal.value: [item.program.id for item in sampled if item.goal is goal] for goal in Goal}
    asked["all"] = [item.program.id for item in sampled]
    line = Evaluation(
        experiment=experiment,
        iteration=iteration,
        bob={name: accuracy(sum(vote.correct for vote in group), len(group)) for name, group in cast.items()},
        bob_unparsed=sum(vote.answer is Answer.UNPARSED for vote in votes),
        alice={name: accuracy(sum(accepted[key] for key in group), len(group)) for name, group in asked.items()},
        pairs=len(pairs),
        programs=len(sampled),
    )
    write_records(output, [line])


def _accepted(
    item: SampledProgram, settled: dict[str, tuple[Proposal, Judgement]], proved: set[str], needs_proof: bool
) -> bool:
    proposal, judgement = settled[item.program.id]
    proof_lacks = needs_proof and item.goal is Goal.SEQ and proposal.id not in proved
    return judgement.verdict is Verdict.ACCEPTED and not proof_lacks
