"""Alice: proposes a program Q for each sampled P, and in proof rounds a proof of what the tactics did not prove.

``model`` proposals are sampled by an engine from the prompts in ``config/prompts``; ``mutate`` proposals are rewrites
of the syntax tree (``game.rewrites``) and carry the rule's name. The diverging input of a ``mutate`` SINQ is found by
testing, in validation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from seqplay import prompts
from seqplay.config import AliceConfig, ProofConfig, Reasoning
from seqplay.engines.base import Request
from seqplay.engines.decoding import decoded, with_greedy
from seqplay.engines.stage import Sampler, complete
from seqplay.files import derive_seed, write_records
from seqplay.game.phase_shard import PhaseShard
from seqplay.records import (
    Completion,
    Goal,
    Judgement,
    Message,
    ProofAttempt,
    ProofProposal,
    Proposal,
    ProposedBy,
    Rewrites,
    SampledProgram,
    Verdict,
)
from seqplay.runtime.phases import is_evaluation, seed_phase


def propose(
    sampled: Sequence[SampledProgram],
    earlier: Sequence[tuple[Proposal, Judgement]],
    rewrites: Iterable[Rewrites],
    output: Path,
    *,
    alice: AliceConfig,
    sampler: Sampler,
    part: PhaseShard,
    attempt: int,
) -> None:
    """Write ``alice.samples`` proposals for each program of the shard that no earlier attempt has settled.

    In an evaluation there is one, and with ``part.greedy``, at the first attempt, one more without chance.
    ``earlier`` holds the proposals of earlier attempts with their judgements, ``rewrites`` those of the programs that
    no model is asked about.
    """
    settled = {proposal.program_id for proposal, judgement in earlier if judgement.verdict is Verdict.ACCEPTED}
    open_programs = [item for item in part.of(sampled) if item.program.id not in settled]
    by_model = {item.program.id: item for item in open_programs if item.proposer == ProposedBy.MODEL}
    asked = {key: _propose_messages(item, alice) for key, item in by_model.items()}
    samples = 1 if is_evaluation(part.play) else alice.samples
    phase = seed_phase(part.play)
    found = {one.program_id: one for one in rewrites}
    requests = [
        Request(
            id=key,
            messages=messages,
            n=samples,
            sampling=alice.sampling,
            seed=derive_seed(part.seed, phase, "propose", key, attempt),
        )
        for key, messages in asked.items()
    ]
    if part.greedy and attempt == 0:
        requests = with_greedy(requests)
    with complete(sampler.open, requests, output, f"propose {part.play}", sampler.fingerprint) as completions:
        answers: dict[str, list[Proposal]] = {}
        for completion in completions:
            key = decoded(completion).item
            answers.setdefault(key, []).append(
                _from_model(by_model[key], asked[key], completion, attempt, sampler.model.marks)
            )
        for item in open_programs:
            if item.proposer != ProposedBy.MODEL:
                answers[item.program.id] = list(_from_rewrites(item, found[item.program.id], attempt, samples))
        write_records(output, (proposal for item in open_programs for proposal in answers[item.program.id]))


def _propose_messages(item: SampledProgram, alice: AliceConfig) -> tuple[Message, ...]:
    program = item.program
    return prompts.propose(item.goal, program.code, program.entry, program.type, item.target_difficulty, alice.few_shot)


def _from_model(
    item: SampledProgram,
    messages: Sequence[Message],
    completion: Completion,
    attempt: int,
    marks: Reasoning,
) -> Proposal:
    """Read a proposal out of a completion; what cannot be read is kept, with why."""
    parsed = prompts.read_completion(completion, prompts.parse_proposal, item.goal, marks)
    readable = None if isinstance(parsed, prompts.Unparsed) else parsed
    return Proposal.make(
        program_id=item.program.id,
        goal=item.goal,
        proposer=ProposedBy.MODEL,
        attempt=attempt,
        sample=completion.sample,
        decoding=decoded(completion).decoding,
        code=readable.code if readable else None,
        diverging_input=readable.diverging_input if readable and item.goal is Goal.SINQ else None,
        proof=readable.proof if readable and item.goal is Goal.SEQ else None,
        unparsed=parsed.reason if isinstance(parsed, prompts.Unparsed) else None,
        system_prompt=messages[0].content,
        user_prompt=messages[-1].content,
        completion=completion,
    )


def _from_rewrites(item: SampledProgram, found: Rewrites, attempt: int, samples: int) -> Iterator[Proposal]:
    """Yield an attempt's proposals: the next ``samples`` rewrites of the program."""
    for sample in range(samples):
        place = attempt * samples + sample
        chosen = found.rewrites[place] if place < len(found.rewrites) else None
        if chosen is None and sample:
            return
        yield Proposal.make(
            program_id=item.program.id,
            goal=item.goal,
            proposer=ProposedBy.MUTATE,
            attempt=attempt,
            sample=sample,
            code=chosen.code if chosen else None,
            rule=chosen.rule if chosen else None,
            unparsed=None if chosen else found.why_none or f"no rewrite applies ({len(found.rewrites)} candidates)",
        )


def propose_proofs(
    unproved: Sequence[tuple[SampledProgram, Proposal, ProofAttempt]],
    output: Path,
    *,
    proof: ProofConfig,
    sampler: Sampler,
    seed: int,
    play: str,
    round_: int,
) -> None:
    """Ask Alice for a proof of each pair that is still unproved: the theorem, and from round 2 her last try's error.

    ``unproved`` holds the program, the proposal and the latest refused attempt.
    """
    asked = {proposal.id: _prove_messages(item, proposal, last, proof.few_shot) for item, proposal, last in unproved}
    tasks = {proposal.id: _proof_task(last) for _, proposal, last in unproved}
    requests = [
        Request(
            id=key,
            messages=messages,
            n=1,
            sampling=proof.sampling,
            seed=derive_seed(seed, seed_phase(play), "prove", key, round_),
        )
        for key, messages in asked.items()
    ]
    with complete(sampler.open, requests, output, f"prove {play}", sampler.fingerprint) as completions:
        answers = []
        for completion in completions:
            parsed = prompts.read_completion(completion, prompts.parse_proof, sampler.model.marks)
            messages = asked[completion.request_id]
            answers.append(
                ProofProposal(
                    proposal_id=completion.request_id,
                    round=round_,
                    task=tasks[completion.request_id],
                    proof=None if isinstance(parsed, prompts.Unparsed) else parsed,
                    unparsed=parsed.reason if isinstance(parsed, prompts.Unparsed) else None,
                    system_prompt=messages[0].content,
                    user_prompt=messages[-1].content,
                    completion=completion,
                )
            )
        write_records(output, answers)


def _proof_task(last: ProofAttempt) -> Literal["prove", "repair"]:
    """Say whether Alice is asked for a first proof, or to repair the one that she gave."""
    return "prove" if last.round == 0 or last.proof is None else "repair"


def _prove_messages(
    item: SampledProgram, proposal: Proposal, last: ProofAttempt, few_shot: bool
) -> tuple[Message, ...]:
    p, q = item.program.code, proposal.code or ""
    if _proof_task(last) == "prove" or last.proof is None:
        return prompts.prove(last.theorem, p, q, last.names, few_shot)
    return prompts.repair(last.theorem, p, q, last.proof, last.message, last.names, few_shot)
