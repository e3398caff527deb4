"""Bob: votes on each accepted pair, and what the votes are worth.

``judge``: Bob says equivalent or not. ``find_input``: Bob gives an input on which P and Q differ, which is run, or says
that there is none. An answer that cannot be read is wrong, and counted as unparsed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from seqplay import prompts
from seqplay.config import BobConfig, EngineKind, HaskellConfig, Reasoning, fingerprint
from seqplay.engines.base import Request
from seqplay.engines.decoding import decoded, with_greedy
from seqplay.engines.stage import Sampler, complete
from seqplay.errors import WorkerLost
from seqplay.files import derive_seed, write_records
from seqplay.game.phase_shard import PhaseShard
from seqplay.haskell import Executor
from seqplay.records import Answer, Ballot, Completion, Goal, Message, Pair, Record, Verdict, Vote
from seqplay.runtime.phases import seed_phase
from seqplay.runtime.pool import run_resumable


def vote(
    pairs: Sequence[Pair],
    output: Path,
    *,
    bob: BobConfig,
    votes: int,
    sampler: Sampler,
    part: PhaseShard,
) -> None:
    """Sample ``votes`` answers on each pair of the shard, and write the ballots.

    With ``part.greedy`` there is one more without chance. Without an engine nobody votes: no ballots.
    """
    if sampler.engine.kind is EngineKind.NONE:
        write_records(output, [])
        return
    requests = [
        Request(
            id=pair.id,
            messages=vote_messages(pair, bob),
            n=votes,
            sampling=bob.sampling,
            seed=derive_seed(part.seed, seed_phase(part.play), "vote", pair.id),
            choices=prompts.JUDGE_CHOICES if bob.structured and bob.task == "judge" else (),
        )
        for pair in part.of(pairs)
    ]
    if part.greedy:
        requests = with_greedy(requests)
    with complete(sampler.open, requests, output, f"vote {part.play}", sampler.fingerprint) as completions:
        write_records(output, (_ballot(completion, bob, sampler.model.marks) for completion in completions))


def opponent(seed: int, iteration: int) -> int:
    """Return after which earlier iteration Bob is the opponent of an iteration: drawn; 0 is the Bob of the first.

    The one who plays the iteration is none, but in the first, where there is no other.
    """
    return derive_seed(seed, "opponent", iteration) % max(1, iteration - 1)


def vote_messages(pair: Pair, bob: BobConfig) -> tuple[Message, ...]:
    """Return the chat that asks Bob about a pair."""
    ask = prompts.judge if bob.task == "judge" else prompts.find_input
    return ask(pair.p, pair.q, pair.entry, bob.few_shot)


def _ballot(completion: Completion, bob: BobConfig, marks: Reasoning) -> Ballot:
    """Read an answer out of a completion."""
    answer, found, unparsed = Answer.UNPARSED, None, None
    read = prompts.parse_judgement if bob.task == "judge" else prompts.parse_found_input
    parsed: Answer | prompts.FoundInput | prompts.Unparsed = prompts.read_completion(completion, read, marks)
    if isinstance(parsed, prompts.Unparsed):
        unparsed = parsed.reason
    elif isinstance(parsed, Answer):
        answer = parsed
    else:
        found = parsed.diverging_input
        answer = Answer.EQUIVALENT if found is None else Answer.INEQUIVALENT
    about = decoded(completion)
    return Ballot(
        pair_id=about.item,
        sample=completion.sample,
        decoding=about.decoding,
        answer=answer,
        unparsed=unparsed,
        found_input=found,
        completion=completion,
    )


def score_votes(pairs: Sequence[Pair], ballots: Sequence[Ballot], output: Path, *, haskell: HaskellConfig) -> None:
    """Score each ballot against its pair's label, running the inputs that Bob found, and write the votes in order.

    A ballot whose input could not be run is no vote, and logged: an infra error is never a wrong vote. Raises
    ``WorkerLost`` where no input that was found could be run.
    """
    by_id = {pair.id: pair for pair in pairs}
    if not any(ballot.found_input for ballot in ballots):
        write_records(output, (_scored(ballot, agrees(ballot, by_id[ballot.pair_id])) for ballot in ballots))
        return
    with run_resumable(
        ballots,
        lambda executor, ballot: _found(executor, ballot, by_id[ballot.pair_id]),
        ScoredBallot,
        output,
        item_key=_key,
        result_key=lambda scored: scored.key,
        pool=lambda: Executor.open(haskell),
        fingerprint=fingerprint(haskell),
        label="score votes",
        failed=lambda ballot, message: ScoredBallot(key=_key(ballot), correct=None, message=message),
    ) as scored:
        lost = [one for one in scored if one.correct is None]
        if lost and not any(one.ran for one in scored):
            raise WorkerLost(f"none of the {len(lost)} inputs that Bob found could be run; {lost[0].message}")
        for one in lost:
            logging.warning("a vote is left out, for its input could not be run: %s", one.message)
        pairs_of = zip(ballots, scored, strict=True)
        write_records(output, (_scored(ballot, one.correct) for ballot, one in pairs_of if one.correct is not None))


class ScoredBallot(Record):
    """Whether a ballot is right, until all are scored."""

    key: str
    correct: bool | None
    """None where the input that Bob found could not be run."""
    ran: bool = False
    """Whether that input was run."""
    message: str = ""


def _key(cast: Ballot) -> str:
    return f"{cast.pair_id}/{cast.decoding}/{cast.sample}"


def agrees(ballot: Ballot, pair: Pair) -> bool:
    """Say whether an answer is the pair's label."""
    label = Answer.EQUIVALENT if pair.goal is Goal.SEQ else Answer.INEQUIVALENT
    return ballot.answer is label


def _found(executor: Executor, ballot: Ballot, pair: Pair) -> ScoredBallot:
    """Say whether a ballot is right; an input that Bob gives must make the two programs differ."""
    key = _key(ballot)
    if ballot.found_input is None or pair.goal is Goal.SEQ:
        return ScoredBallot(key=key, correct=agrees(ballot, pair))
    run = executor.diverge(pair.p, pair.q, ballot.found_input, pair.entry)
    if run.verdict is Verdict.INFRA_ERROR:
        return ScoredBallot(key=key, correct=None, message=f"pair {pair.id}: {run.message}")
    return ScoredBallot(key=key, correct=run.verdict is Verdict.ACCEPTED, ran=True)


def _scored(ballot: Ballot, correct: bool) -> Vote:
    return Vote(
        pair_id=ballot.pair_id,
        sample=ballot.sample,
        decoding=ballot.decoding,
        answer=ballot.answer,
        unparsed=ballot.unparsed,
        found_input=ballot.found_input,
        correct=correct,
        tokens=ballot.completion.completion_tokens,
    )
