"""Alice: proposes a program Q for each sampled P, and in proof rounds a proof of what the tactics did not prove.

``model`` proposals are sampled by an engine from the prompts in ``config/prompts``; ``mutate`` proposals come from
syntax-tree rewrites and carry the rule's name. The diverging input of a ``mutate`` SINQ is found by testing, in
validation.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seqplay import mutate, prompts
from seqplay.config import AliceConfig, EngineConfig, ModelConfig, ProofConfig
from seqplay.engines.base import Request
from seqplay.engines.registry import open_engine
from seqplay.engines.stage import complete, player
from seqplay.files import derive_seed, write_records
from seqplay.records import (
    Completion,
    Goal,
    Judgement,
    Message,
    ProofAttempt,
    ProofProposal,
    Proposal,
    SampledProgram,
    Verdict,
)
from seqplay.runtime.shards import shard_of


def propose(
    sampled: Sequence[SampledProgram],
    earlier: Sequence[tuple[Proposal, Judgement]],
    output: Path,
    *,
    alice: AliceConfig,
    engine: EngineConfig,
    model: ModelConfig,
    adapter: Path | None,
    seed: int,
    play: str,
    attempt: int,
    shard: int,
    shards: int,
) -> None:
    """Write one proposal for each program of the shard that no earlier attempt has settled.

    ``earlier`` holds the proposals of earlier attempts with their judgements. Results do not depend on ``shards``.
    """
    settled = {proposal.program_id for proposal, judgement in earlier if judgement.verdict is Verdict.ACCEPTED}
    open_programs = [item for item in shard_of(sampled, shard, shards) if item.program.id not in settled]
    by_model = [item for item in open_programs if item.proposer == "model"]
    prompts_by_id = {item.program.id: _propose_messages(item, alice) for item in by_model}
    requests = [
        Request(
            id=item.program.id,
            messages=prompts_by_id[item.program.id],
            n=1,
            sampling=alice.sampling,
            seed=derive_seed(seed, play, "propose", item.program.id, attempt),
        )
        for item in by_model
    ]
    with complete(
        lambda: open_engine(engine, model, adapter), requests, output, f"propose {play}", player(engine, model, adapter)
    ) as completions:
        answers = {completion.request_id: completion for completion in completions}
        proposals = []
        for item in open_programs:
            if item.proposer == "model":
                messages, answer = prompts_by_id[item.program.id], answers[item.program.id]
                proposals.append(_from_model(item, messages, answer, attempt))
            else:
                proposals.append(_from_rewrite(item, derive_seed(seed, play, "mutate", item.program.id), attempt))
        write_records(output, proposals)


def _propose_messages(item: SampledProgram, alice: AliceConfig) -> tuple[Message, ...]:
    program = item.program
    return prompts.propose(item.goal, program.code, program.entry, program.type, item.target_difficulty, alice.few_shot)


def _from_model(item: SampledProgram, messages: Sequence[Message], completion: Completion, attempt: int) -> Proposal:
    """Read a proposal out of a completion; what cannot be read is kept, with why."""
    parsed = prompts.parse_proposal(completion.text, item.goal)
    readable = None if isinstance(parsed, prompts.Unparsed) else parsed
    return Proposal.make(
        program_id=item.program.id,
        goal=item.goal,
        proposer="model",
        attempt=attempt,
        code=readable.code if readable else None,
        diverging_input=readable.diverging_input if readable and item.goal is Goal.SINQ else None,
        proof=readable.proof if readable and item.goal is Goal.SEQ else None,
        unparsed=parsed.reason if isinstance(parsed, prompts.Unparsed) else None,
        system_prompt=messages[0].content,
        user_prompt=messages[-1].content,
        completion=completion,
    )


def _from_rewrite(item: SampledProgram, seed: int, attempt: int) -> Proposal:
    """Take the ``attempt``-th rewrite of the program for its goal."""
    rewrite = mutate.preserving if item.goal is Goal.SEQ else mutate.breaking
    candidates = rewrite(item.program.code, item.program.entry, seed)
    found = candidates[attempt] if attempt < len(candidates) else None
    return Proposal.make(
        program_id=item.program.id,
        goal=item.goal,
        proposer="mutate",
        attempt=attempt,
        code=found.code if found else None,
        rule=found.rule if found else None,
        unparsed=None if found else f"no rewrite applies ({len(candidates)} candidates)",
    )


def propose_proofs(
    unproved: Sequence[tuple[SampledProgram, Proposal, ProofAttempt]],
    output: Path,
    *,
    proof: ProofConfig,
    engine: EngineConfig,
    model: ModelConfig,
    adapter: Path | None,
    seed: int,
    play: str,
    round_: int,
) -> None:
    """Ask Alice for a proof of each pair that is still unproved: the theorem, and from round 2 her last try's error.

    ``unproved`` holds the program, the proposal and the latest refused attempt.
    """
    asked = {proposal.id: _prove_messages(item, proposal, last, proof.few_shot) for item, proposal, last in unproved}
    requests = [
        Request(
            id=key,
            messages=messages,
            n=1,
            sampling=proof.sampling,
            seed=derive_seed(seed, play, "prove", key, round_),
        )
        for key, messages in asked.items()
    ]
    with complete(
        lambda: open_engine(engine, model, adapter), requests, output, f"prove {play}", player(engine, model, adapter)
    ) as completions:
        answers = []
        for completion in completions:
            parsed = prompts.parse_proof(completion.text)
            messages = asked[completion.request_id]
            answers.append(
                ProofProposal(
                    proposal_id=completion.request_id,
                    round=round_,
                    proof=None if isinstance(parsed, prompts.Unparsed) else parsed,
                    unparsed=parsed.reason if isinstance(parsed, prompts.Unparsed) else None,
                    system_prompt=messages[0].content,
                    user_prompt=messages[-1].content,
                    completion=completion,
                )
            )
        write_records(output, answers)


def _prove_messages(
    item: SampledProgram, proposal: Proposal, last: ProofAttempt, few_shot: bool
) -> tuple[Message, ...]:
    p, q = item.program.code, proposal.code or ""
    if last.round == 0 or last.proof is None:
        return prompts.prove(last.theorem, p, q, last.names, few_shot)
    return prompts.repair(last.theorem, p, q, last.proof, last.message, last.names, few_shot)
