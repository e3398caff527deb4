"""The GPU stages of an iteration, on a run folder whose CPU stages ran elsewhere; without Snakemake.

    python benchmarks/gpu_stages.py results/gpu --model models/smollm2-135m --out OUT

With the run's own records: Bob votes on the pairs of iteration 1 with the base model, then with the adapter that was
trained after it; Alice proposes for the programs of iteration 2 with her adapter. The engine
checks that each adapter is live. What is written under OUT goes back into the run folder.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from seqplay.config import AliceConfig, BobConfig, EngineConfig, EngineKind, ModelConfig, Sampling, VllmConfig
from seqplay.engines.stage import Sampler
from seqplay.files import read_records
from seqplay.game.alice import propose
from seqplay.game.bob import vote
from seqplay.game.phase_shard import PhaseShard
from seqplay.records import Ballot, Pair, Proposal, SampledProgram
from seqplay.runtime.job import loadable

VOTES = 10


def main(
    run: Path,
    model: Annotated[Path, typer.Option(help="the base model's folder")],
    out: Annotated[Path, typer.Option(help="where results go")],
    seed: int = 3,
    max_length: int = 1536,
) -> None:
    """Run the stages and say what came out."""
    base = ModelConfig(path=str(model), max_length=max_length)
    pairs = read_records(run / "iter_1" / "pairs.jsonl", Pair)
    bob = BobConfig(votes=VOTES, sampling=Sampling(max_tokens=16))
    bob_adapter = loadable(run / "iter_1" / "bob_adapters")
    ways: list[tuple[str, Path | None, Literal["merged", "unmerged"]]] = [("base", None, "unmerged")]
    if bob_adapter is not None:
        ways.append(("adapter", bob_adapter, "unmerged"))
    for name, adapter, lora in ways:
        output = out / f"votes_{name.replace(' ', '_')}.jsonl"
        start = time.perf_counter()
        vote(
            pairs,
            output,
            bob=bob,
            votes=VOTES,
            sampler=Sampler(EngineConfig(kind=EngineKind.VLLM, vllm=VllmConfig(lora=lora)), base, adapter),
            part=PhaseShard("iter_1", seed),
        )
        ballots = read_records(output, Ballot)
        answers = [ballot.answer.value for ballot in ballots]
        said = {answer: answers.count(answer) for answer in sorted(set(answers))}
        print(
            f"Bob, {name}: {len(ballots)} votes in {time.perf_counter() - start:.1f} s with start: {said}", flush=True
        )
    programs = read_records(run / "iter_2" / "programs.jsonl", SampledProgram)
    output = out / "proposals.jsonl"
    start = time.perf_counter()
    propose(
        programs,
        [],
        output,
        alice=AliceConfig(),
        sampler=Sampler(
            EngineConfig(kind=EngineKind.VLLM, vllm=VllmConfig(lora="unmerged")),
            base,
            loadable(run / "iter_1" / "alice_adapters"),
        ),
        part=PhaseShard("iter_2", seed),
        attempt=0,
    )
    proposals = read_records(output, Proposal)
    read = sum(proposal.code is not None for proposal in proposals if proposal.proposer == "model")
    asked = sum(proposal.proposer == "model" for proposal in proposals)
    print(f"Alice: {read} of {asked} completions read, {time.perf_counter() - start:.1f} s with start", flush=True)


if __name__ == "__main__":
    typer.run(main)
