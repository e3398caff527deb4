"""Bob: votes on each accepted pair, and what the votes are worth.

``judge``: Bob says equivalent or not. ``find_input``: Bob gives an input on which P and Q differ, which is run, or says
that there is none. An answer that cannot be read is wrong, and counted as unparsed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seqplay import prompts
from seqplay.config import BobConfig, EngineConfig, EngineKind, HaskellConfig, ModelConfig, fingerprint
from seqplay.engines.base import Request
from seqplay.engines.registry import open_engine
from seqplay.engines.stage import complete, player
from seqplay.errors import WorkerLost
from seqplay.files import derive_seed, write_records
from seqplay.haskell import Executor
from seqplay.records import Answer, Ballot, Completion, Goal, Message, Pair, Verdict, Vote
from seqplay.runtime.pool import judged
from seqplay.runtime.shards import shard_of


def vote(
    pairs: Sequence[Pair],
    output: Path,
    *,
    bob: BobConfig,
    votes: int,
    engine: EngineConfig,
    model: ModelConfig,
    adapter: Path | None,
    seed: int,
    play: str,
    shard: int,
    shards: int,
) -> None:
    """Sample ``votes`` answers on each pair of the shard and write them as ballots, in order.

    Without an engine nobody votes: no ballots.
    """
    if engine.kind is EngineKind.NONE:
        write_records(output, [])
        return
    requests = [
        Request(
            id=pair.id,
            messages=vote_messages(pair, bob),
            n=votes,
            sampling=bob.sampling,
            seed=derive_seed(seed, play, "vote", pair.id),
            choices=prompts.JUDGE_CHOICES if bob.structured and bob.task == "judge" else (),
        )
        for pair in shard_of(pairs, shard, shards)
    ]
    with complete(
        lambda: open_engine(engine, model, adapter), requests, output, f"vote {play}", player(engine, model, adapter)
    ) as completions:
        write_records(output, (_ballot(completion, bob) for completion in completions))


def vote_messages(pair: Pair, bob: BobConfig) -> tuple[Message, ...]:
    """Return the chat that asks Bob about a pair."""
    ask = prompts.judge if bob.task == "judge" else prompts.find_input
    return ask(pair.p, pair.q, pair.entry, bob.few_shot)


def _ballot(completion: Completion, bob: BobConfig) -> Ballot:
    """Read an answer out of a completion."""
    answer, found, unparsed = Answer.UNPARSED, None, None
    read = prompts.parse_judgement if bob.task == "judge" else prompts.parse_found_input
    parsed: Answer | prompts.FoundInput | prompts.Unparsed = read(completion.text)
    if isinstance(parsed, prompts.Unparsed):
        unparsed = parsed.reason
    elif isinstance(parsed, Answer):
        answer = parsed
    else:
        found = parsed.diverging_input
        answer = Answer.EQUIVALENT if found is None else Answer.INEQUIVALENT
    return Ballot(
        pair_id=completion.request_id,
        sample=completion.sample,
        answer=answer,
        unparsed=unparsed,
        found_input=found,
        completion=completion,
    )


def score_votes(pairs: Sequence[Pair], ballots: Sequence[Ballot], output: Path, *, haskell: HaskellConfig) -> None:
    """Hold each ballot against its pair's label, running the inputs that Bob found, and write the votes in order.

    Raises ``WorkerLost`` where an input could not be run: an infra error is never a wrong vote.
    """
    by_id = {pair.id: pair for pair in pairs}
    if not any(ballot.found_input for ballot in ballots):
        write_records(output, (_scored(ballot, _agrees(ballot, by_id[ballot.pair_id])) for ballot in ballots))
        return
    with judged(
        ballots,
        lambda executor, ballot: _scored(ballot, _found(executor, ballot, by_id[ballot.pair_id])),
        Vote,
        output,
        item_key=lambda ballot: f"{ballot.pair_id}/{ballot.sample}",
        result_key=lambda scored: f"{scored.pair_id}/{scored.sample}",
        pool=lambda: Executor.open(haskell),
        fingerprint=fingerprint(haskell),
        label="score votes",
    ) as scored:
        write_records(output, scored)


def _agrees(ballot: Ballot, pair: Pair) -> bool:
    label = Answer.EQUIVALENT if pair.goal is Goal.SEQ else Answer.INEQUIVALENT
    return ballot.answer is label


def _found(executor: Executor, ballot: Ballot, pair: Pair) -> bool:
    """Say whether a ballot is right; an input that Bob gives must make the two programs differ."""
    if ballot.found_input is None or pair.goal is Goal.SEQ:
        return _agrees(ballot, pair)
    run = executor.diverge(pair.p, pair.q, ballot.found_input, pair.entry)
    if run.verdict is Verdict.INFRA_ERROR:
        raise WorkerLost(f"pair {pair.id}: {run.message}")
    return run.verdict is Verdict.ACCEPTED


def _scored(ballot: Ballot, correct: bool) -> Vote:
    return Vote(
        pair_id=ballot.pair_id,
        sample=ballot.sample,
        answer=ballot.answer,
        unparsed=ballot.unparsed,
        found_input=ballot.found_input,
        correct=correct,
        tokens=ballot.completion.completion_tokens,
    )
