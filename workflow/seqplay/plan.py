"""What an experiment will cost before anyone submits it: jobs, hours, GPU-hours and storage, from measured rates.

``RATES`` names where and how each was measured (short answers flatter those of sampling); what nobody can know before
playing (how long answers are, how many programs are accepted) is an ``Assumption`` that the command line changes. It is
arithmetic over stages, no simulation: waiting in the cluster's queue and the tail of the longest answer are not in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from seqplay.config import Config, EngineKind

MEASURED_ON = 7.6e9
"""Parameters of the model shape (Qwen2.5-7B) with which the rates of a GPU were measured."""


class Rate(NamedTuple):
    """A measured speed."""

    value: float
    unit: str
    source: str


BARE = "vLLM 0.25.1 called bare on one H100, 7B shape, bf16"
"""Not yet measured through the project's own engine: `benchmarks/sampling.py` does, on a GPU machine."""
RATES = {
    "propose": Rate(13140, "output tokens/s", f"{BARE}, 256 prompts x 512 tokens"),
    "propose_adapter": Rate(10020, "output tokens/s", f"{BARE}, the same with an unmerged LoRA, r = 8"),
    "vote": Rate(23300, "output tokens/s", f"{BARE}, 64 pairs x 10 votes, shared prefixes"),
    "vote_adapter": Rate(18700, "output tokens/s", f"{BARE}, the same with LoRA"),
    "train": Rate(14835, "tokens/s", "benchmarks/training.py on one H100, packed, compiled: docs/performance.md"),
    "start": Rate(120, "s an engine job", f"{BARE}: with LoRA and a cold compile cache (20 s warm)"),
    "validate": Rate(1.4, "programs/s a core", "100 proposals, 300 evaluations, 2 cores at load 12: docs/scale.md"),
    "prove": Rate(2.0, "checks/s a core", "warm Liquid Haskell, 0.2 to 0.5 s a module: benchmarks/proof_warm_cold.py"),
    "job": Rate(20, "s a Slurm job", "submit, two Snakemake starts, status: docs/scale.md"),
}
BYTES_A_TOKEN = 4.5
"""Of a kept completion, with its record."""
LORA_PARAMETERS = 20.2e6
"""Of an adapter with r = 8 on all seven projections of the model on which the rates were measured."""


@dataclass(frozen=True)
class Assumption:
    """What is not in a configuration and not known before playing."""

    alice_tokens: int = 4000
    """Mean output tokens of a proposal, and of a proof."""
    bob_tokens: int = 2000
    """Mean output tokens of a vote."""
    accepted: float = 0.5
    """Share of the proposals that end as pairs."""
    unproved: float = 0.4
    """Share of the SEQ proposals that the tactics leave to Alice."""
    kept: float = 0.5
    """Share of the pairs that are trained on."""
    checks: int = 12
    """Liquid Haskell checks that the tactics spend on a pair."""
    parameters: float | None = None
    """Of the model; by default read from its name (`…-7B`)."""


class Work(NamedTuple):
    """A stage's work: GPU seconds that can be split over shards, or core seconds."""

    stage: str
    iteration: int
    gpu_seconds: float
    core_seconds: float
    tokens: float
    split: bool = True


class Cost(NamedTuple):
    """The plan for a number of GPUs."""

    gpus: int
    hours: float
    gpu_hours: float
    jobs: int


def parameters(config: Config, assumption: Assumption) -> float:
    """Return the number of the model's parameters: as told, from its name (``7B``), else that of the rates."""
    if assumption.parameters:
        return assumption.parameters
    found = re.search(r"(\d+(?:\.\d+)?)[bB]\b", config.model.name)
    return float(found.group(1)) * 1e9 if found else MEASURED_ON


def _sampled(config: Config, assumption: Assumption, programs: float) -> float:
    """Return how many proposals the model makes for so many programs, retries included."""
    weights = {proposer.name: proposer.weight for proposer in config.alice.proposers}
    share = weights.get("model", 0.0) / sum(weights.values()) if config.engine.kind is not EngineKind.NONE else 0.0
    return programs * share * sum((1 - assumption.accepted) ** attempt for attempt in range(config.alice.retries + 1))


def work(config: Config, assumption: Assumption) -> Iterator[Work]:
    """Yield the work of every stage that costs something."""
    size = parameters(config, assumption) / MEASURED_ON
    model = config.engine.kind is not EngineKind.NONE
    alice = min(assumption.alice_tokens, config.alice.sampling.max_tokens)
    proof = min(assumption.alice_tokens, config.proof.sampling.max_tokens)
    bob = min(assumption.bob_tokens, config.bob.sampling.max_tokens)

    def sampling(stage: str, rate: str, iteration: int, tokens: float, learned: bool) -> Work:
        speed = RATES[rate + ("_adapter" if learned else "")].value
        return Work(stage, iteration, tokens * size / speed, 0, tokens)

    def play(iteration: int, programs: int, votes: float, rounds: int, learned: bool) -> Iterator[Work]:
        proposals = _sampled(config, assumption, programs)
        yield sampling("propose", "propose", iteration, proposals * alice, learned)
        yield Work("validate", iteration, 0, max(proposals, programs) / RATES["validate"].value, 0)
        seq = programs * config.alice.seq_share
        if config.proof.evidence != "bounded":
            yield Work("verify_proofs", iteration, 0, seq * assumption.checks / RATES["prove"].value, 0)
            asked = seq * assumption.unproved if model else 0
            for _ in range(rounds):
                yield sampling("propose_proofs", "propose", iteration, asked * proof, learned)
        yield sampling("vote", "vote", iteration, votes * bob if model else 0, learned)

    for number in range(1, config.iterations + 1):
        pairs = config.programs.per_iteration * assumption.accepted
        votes = pairs * config.bob.votes
        yield from play(number, config.programs.per_iteration, votes, config.proof.rounds, number > 1)
        examples = pairs * assumption.kept * (number if config.train.continuity == "fresh" else 1)
        for agent in config.train.agents if model else ():
            if agent == "bob" and config.train.bob_schedule == "last" and number < config.iterations:
                continue
            length = min(config.train.max_length, (alice if agent == "alice" else bob) + 900)
            tokens = examples * length * config.train.epochs
            if config.train.max_steps:
                tokens = min(tokens, config.train.max_steps * config.train.batch_tokens * config.train.accumulation)
            yield Work(f"train {agent}", number, tokens * size / RATES["train"].value, 0, 0, split=False)
    if config.evaluation.enabled:
        for number in range(config.iterations + 1):
            votes = config.evaluation.pairs * config.evaluation.votes
            yield from play(number, config.programs.heldout, votes, 0, number > 0)


def jobs(config: Config, shards: int) -> int:
    """Return how many jobs go to the cluster when the engine's stages are split over so many shards."""
    proofs = 0 if config.proof.evidence == "bounded" else config.shards.prove
    attempts = config.alice.retries + 1
    play = attempts * (shards + config.shards.validate_) + shards + 1
    iteration = play + proofs * (config.proof.rounds + 1) + (config.proof.rounds if proofs else 0) + 2
    evaluation = (config.iterations + 1) * (play + proofs) + 1 if config.evaluation.enabled else 0
    return 1 + config.iterations * iteration + evaluation


def cost(config: Config, assumption: Assumption, gpus: int) -> Cost:
    """Return hours and GPU-hours on so many GPUs, the engine's stages split over all of them."""
    each = max(1, config.resources.engine.gpus)
    shards = max(1, gpus // each)
    start, overhead = RATES["start"].value, RATES["job"].value
    wall = busy = 0.0
    trained: dict[int, list[float]] = {}
    for one in work(config, assumption):
        if one.stage.startswith("train"):
            trained.setdefault(one.iteration, []).append(one.gpu_seconds + start)
        elif one.gpu_seconds:
            wall += one.gpu_seconds / shards + start + overhead
            busy += one.gpu_seconds + shards * start
        else:
            cores = config.resources.haskell.cpus * config.shards.validate_
            wall += one.core_seconds / cores + overhead
    for seconds in trained.values():
        wall += (max(seconds) if gpus > 1 else sum(seconds)) + overhead
        busy += sum(seconds)
    return Cost(gpus, wall / 3600, busy * each / 3600, jobs(config, shards))


def storage(config: Config, assumption: Assumption) -> int:
    """Return the bytes of an experiment's results: completions and adapters (bf16 would halve them: they are fp32)."""
    text = sum(one.tokens for one in work(config, assumption)) * BYTES_A_TOKEN
    adapter = LORA_PARAMETERS * config.lora.r / 8 * parameters(config, assumption) / MEASURED_ON * 4
    trained = len(config.train.agents) * config.iterations if config.engine.kind is not EngineKind.NONE else 0
    return ceil(text + adapter * trained)
