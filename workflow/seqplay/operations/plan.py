"""What an experiment will cost before anyone submits it: jobs, hours, GPU-hours and storage, from measured rates.

`rates` names where and how each was measured (short answers flatter those of sampling); what nobody can know
before playing (how long answers are, how many programs are accepted) is an ``Assumption`` that the command line
changes. It is arithmetic over stages, no simulation: waiting in the cluster's queue and the tail of the longest answer
are not in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import NamedTuple

from seqplay.config import Config, EngineKind, faces_opponents, predicts
from seqplay.game.heldout_theorems import proving_is_measured
from seqplay.operations.rates import MEASURED_ON, RATES
from seqplay.operations.schedule import Settings, schedule
from seqplay.runtime.shards import shard_count
from seqplay.runtime.stages import BY_NAME
from seqplay.suites.schedule import BASE_PLAYER, evaluations_with_suites, suite_players

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


PROMPT = 900
"""Tokens of a training example's prompt."""


class Work(NamedTuple):
    """A step's work: GPU seconds or core seconds, and over how many jobs it is split."""

    stage: str
    iteration: int
    gpu_seconds: float
    core_seconds: float
    tokens: float
    jobs: int = 1


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


def _model_share(config: Config) -> float:
    """Return the share of the proposals that the model makes."""
    weights = {proposer.name: proposer.weight for proposer in config.alice.proposers}
    return weights.get("model", 0.0) / sum(weights.values()) if config.engine.kind is not EngineKind.NONE else 0.0


def work(config: Config, assumption: Assumption) -> Iterator[Work]:
    """Yield the work of every step that costs something, as the workflow's jobs do it."""
    for number in range(1, config.iterations + 1):
        pairs = config.programs.per_iteration * assumption.accepted
        votes = pairs * config.bob.votes
        yield from _play(config, assumption, f"iter_{number}", config.programs.per_iteration, votes)
        yield from _training(config, assumption, number, pairs)
    if config.evaluation.enabled:
        for number in range(config.iterations + 1):
            votes = config.evaluation.pairs * (config.evaluation.votes + config.evaluation.greedy)
            yield from _play(config, assumption, f"eval_{number}", config.programs.heldout, votes)


def _play(config: Config, assumption: Assumption, play: str, programs: int, votes: float) -> Iterator[Work]:
    """Yield the work of an iteration or an evaluation up to Bob's votes."""
    kind, _, number = play.partition("_")
    iteration = int(number)
    learned = "_adapter" if iteration - (kind == "iter") > 0 else ""
    size = parameters(config, assumption) / MEASURED_ON
    alice = min(assumption.alice_tokens, config.alice.sampling.max_tokens)
    bob = min(assumption.bob_tokens, config.bob.sampling.max_tokens)

    def sampling(stage: str, tokens: float, turn: int = 0) -> Work:
        rate = RATES[("vote" if stage.startswith("vote") else "propose") + learned]
        return Work(stage, iteration, tokens * size / rate.value, 0, tokens, shard_count(config, stage, play, turn))

    def checking(stage: str, items: float, turn: int = 0) -> Work:
        rate = RATES["validate" if stage == "validate" else "prove"]
        return Work(stage, iteration, 0, items / rate.value, 0, shard_count(config, stage, play, turn))

    tried = float(programs)
    greedy = 1 + config.evaluation.greedy
    for attempt in range(config.alice.retries + 1):
        samples = config.alice.samples if kind == "iter" else greedy if attempt == 0 else 1
        made = tried * samples
        yield sampling("propose", made * _model_share(config) * alice, attempt)
        yield checking("validate", made, attempt)
        tried *= 1 - assumption.accepted
    if config.proof.evidence != "bounded":
        seq = programs * config.alice.seq_share
        tokens = seq * assumption.unproved * min(assumption.alice_tokens, config.proof.sampling.max_tokens)
        for turn in range(config.proof.rounds + 1 if kind == "iter" else 1):
            if turn:
                yield sampling("propose_proofs", tokens if _model_share(config) else 0)
            checks = seq * (assumption.unproved if turn else assumption.checks)
            yield checking("verify_proofs", checks, turn)
    if kind == "eval" and proving_is_measured(config, proofs=config.proof.evidence != "bounded"):
        theorems = config.evaluation.pairs / 2
        length = min(assumption.alice_tokens, config.proof.sampling.max_tokens)
        yield sampling("propose_heldout_proofs", theorems * length)
        yield checking("verify_heldout_proofs", theorems)
    if predicts(config):
        accepted = programs * assumption.accepted * config.alice.samples
        pairs = accepted if kind == "iter" else config.evaluation.pairs
        length = min(assumption.bob_tokens, config.alice.predict.sampling.max_tokens)
        yield sampling("predict_difficulty", pairs * config.alice.predict.samples * length)
    if kind == "iter" and faces_opponents(config):
        yield sampling("vote_as_before", votes / config.bob.votes * config.curriculum.earlier_votes * bob)
    if kind == "eval" and evaluations_with_suites(config):
        yield from _suites(config, assumption, iteration, size, learned)
    model = config.engine.kind is not EngineKind.NONE
    yield sampling("vote", votes * bob if model else 0)


DIFFERENT_VOTES = 4
"""Different answers of Bob's on one pair, at most, that a plan counts on where he learns by reward."""


def _suites(config: Config, assumption: Assumption, iteration: int, size: float, learned: str) -> Iterator[Work]:
    """Yield what evaluation suites cost after an iteration: a job to ask each player, and one to score the answers."""
    rate = RATES["propose" + learned].value
    for player in suite_players(config, iteration):
        asked = [one for one in config.evaluation.suites if player == BASE_PLAYER or player in one.players]
        answers = {one.name: lines_in(one.path) * one.samples for one in asked}
        tokens = sum(answers[one.name] * min(assumption.bob_tokens, one.sampling.max_tokens) for one in asked)
        model = config.engine.kind is not EngineKind.NONE
        yield Work("ask_suites", iteration, tokens * size / rate if model else 0, 0, tokens if model else 0)
        yield Work("score_suites", iteration, 0, sum(answers.values()) / RATES["tests"].value, 0)


def lines_in(path: Path) -> int:
    """Return how many items a file has; 0 where it is not here yet."""
    if not path.is_file():
        return 0
    with path.open("rb") as handle:
        return sum(bool(line.strip()) for line in handle)


def _training(config: Config, assumption: Assumption, iteration: int, pairs: float) -> Iterator[Work]:
    """Yield the work of training after an iteration."""
    if config.engine.kind is EngineKind.NONE:
        return
    size = parameters(config, assumption) / MEASURED_ON
    rewarded = config.train.method == "grpo"
    for agent in config.train.agents:
        if agent == "bob" and config.train.bob_schedule == "last" and iteration < config.iterations:
            continue
        answer, longest = (
            (assumption.alice_tokens, config.alice.sampling.max_tokens)
            if agent == "alice"
            else (assumption.bob_tokens, config.bob.sampling.max_tokens)
        )
        if rewarded:  # every sampled answer of this iteration; the likes of Bob's short ones are computed once
            same = config.alice.samples if agent == "alice" else min(config.bob.votes, DIFFERENT_VOTES)
            examples = pairs * same
        else:
            examples = pairs * assumption.kept * (iteration if config.train.continuity == "fresh" else 1)
            examples = min(examples, config.train.max_examples or examples)
        tokens = examples * min(config.train.max_length, min(answer, longest) + PROMPT) * config.train.epochs
        if config.train.max_steps:
            tokens = min(tokens, config.train.max_steps * config.train.batch_tokens * config.train.accumulation)
        yield Work(f"train {agent}", iteration, tokens * size / RATES["train"].value, 0, 0)


def spread(config: Config, shards: int) -> Config:
    """Return the configuration with the engine's stages split over so many jobs."""
    return config.model_copy(update={"shards": config.shards.model_copy(update={"propose": shards, "vote": shards})})


def jobs(config: Config) -> int:
    """Return how many jobs go to the cluster; those of shards that turn out to have nothing to do are among them."""
    every = schedule(Settings(config=config, proofs=config.proof.evidence != "bounded"))
    return sum(not BY_NAME[job.stage].local for job in every)


def cost(config: Config, assumption: Assumption, gpus: int) -> Cost:
    """Return hours and GPU-hours on so many GPUs, the engine's stages split over all of them."""
    each = max(1, config.resources.engine.gpus)
    config = spread(config, max(1, gpus // each))
    start, overhead = RATES["start"].value, RATES["job"].value
    wall = busy = 0.0
    trained: dict[int, list[float]] = {}
    for one in work(config, assumption):
        if one.stage.startswith("train"):
            trained.setdefault(one.iteration, []).append(one.gpu_seconds + start)
        elif one.gpu_seconds:
            wall += one.gpu_seconds / one.jobs + start + overhead
            busy += one.gpu_seconds + one.jobs * start
        else:
            wall += one.core_seconds / (config.resources.haskell.cpus * one.jobs) + overhead
    for seconds in trained.values():
        wall += (max(seconds) if gpus > 1 else sum(seconds)) + overhead
        busy += sum(seconds)
    return Cost(gpus, wall / 3600, busy * each / 3600, jobs(config))


def storage(config: Config, assumption: Assumption) -> int:
    """Return the bytes of an experiment's results: completions and adapters (bf16 would halve them: they are fp32)."""
    text = sum(one.tokens for one in work(config, assumption)) * BYTES_A_TOKEN
    adapter = LORA_PARAMETERS * config.lora.r / 8 * parameters(config, assumption) / MEASURED_ON * 4
    trained = len(config.train.agents) * config.iterations if config.engine.kind is not EngineKind.NONE else 0
    return ceil(text + adapter * trained)
