"""The training stage of the workflow: an iteration's examples, the base model and the previous adapter, to an
adapter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seqplay import prompts
from seqplay.adapters import TrainingResult, select_examples, train_adapter
from seqplay.adapters.training_job import has_adapter
from seqplay.config import Config, EngineKind
from seqplay.files import derive_seed
from seqplay.models import resolve
from seqplay.records import Message, Role, TrainingExample


def train(
    data: Sequence[TrainingExample],
    previous: Sequence[Path],
    output: Path,
    *,
    config: Config,
    agent: Role,
    iteration: int,
) -> TrainingResult:
    """Write an agent's adapter folder after an iteration; ``data`` are its examples of all iterations so far.

    An agent that is not trained now (``train.agents``, ``train.bob_schedule``, no model, no new data) carries the
    previous adapter over, or leaves a marker that says why there is none.
    """
    new = [example for example in data if example.iteration == iteration]
    earlier = [example for example in data if example.iteration < iteration]
    seed = derive_seed(config.seed, "train", agent, iteration)
    last = previous[0] if previous and has_adapter(previous[0]) else None
    if config.train.bob_schedule == "last" and agent is Role.BOB and iteration == config.iterations:
        new, earlier = [*earlier, *new], []
    return train_adapter(
        select_examples(new, earlier, config.train, seed) if trains(config, agent, iteration) else [],
        resolve(config.model) if config.engine.kind is not EngineKind.NONE else "none",
        config.model,
        config.lora,
        config.train,
        last,
        output,
        seed,
        agent,
        iteration,
        turns=_shown(config.alice.few_shot if agent is Role.ALICE else config.bob.few_shot),
        processes=max(1, config.resources.train.gpus),
    )


def trains(config: Config, agent: Role, iteration: int) -> bool:
    """Say whether an agent is trained after an iteration."""
    if agent.value not in config.train.agents or config.engine.kind is EngineKind.NONE:
        return False
    return not (agent is Role.BOB and config.train.bob_schedule == "last" and iteration < config.iterations)


def _shown(few_shot: bool) -> dict[str, Sequence[Message]]:
    """Return the worked examples that inference shows before each task's question."""
    return {task: prompts.example_turns(task) for task in prompts.TASKS} if few_shot else {}
