"""The training stage of the workflow: an iteration's examples, the base model and the previous adapter, to an
adapter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seqplay import prompts
from seqplay.adapters import NOTHING_NEW, TrainingJob, TrainingResult, select_examples, train_adapter
from seqplay.adapters.resident import stays
from seqplay.adapters.training_job import has_adapter
from seqplay.config import Config, EngineKind
from seqplay.errors import ConfigError, InputError
from seqplay.files import derive_seed, read_records
from seqplay.models import resolve
from seqplay.records import GuardReport, Message, Role, TrainingExample

COLLAPSED = "the guards saw the player collapse: the adapter of before plays on"


def train(
    data: Sequence[TrainingExample],
    guard: GuardReport,
    previous: Sequence[Path],
    rollback: Sequence[Path],
    output: Path,
    *,
    config: Config,
    agent: Role,
    iteration: int,
) -> TrainingResult:
    """Write an agent's adapter folder after an iteration; ``data`` are its examples of all iterations so far.

    An agent that is not trained now (``train.agents``, its schedule, no model, too little data) carries the previous
    adapter over, or leaves a marker; the folder's account says why.
    Where the guards saw the agent collapse in this iteration, the adapter that it played with is given up for the one
    before (``rollback``), and nothing is trained.
    """
    history = [*initial_examples(config, agent), *data]
    # What was there before an agent's first training is new to it.
    first = 0 if iteration == 1 or _schedule(config, agent) == "last" else iteration
    new = [example for example in history if first <= example.iteration <= iteration]
    earlier = [example for example in history if example.iteration < first]
    seed = derive_seed(config.seed, "train", agent, iteration)
    collapsed = any(alarm.agent is agent for alarm in guard.alarms)
    why_not = COLLAPSED if collapsed else idle(config, agent, iteration)
    folders, played = (rollback, iteration - 1) if collapsed else (previous, iteration)
    balance = config.curriculum.balance
    job = TrainingJob(
        examples=tuple(select_examples(new, earlier, config.train, seed, balance)) if why_not is None else (),
        base=str(resolve(config.model)) if config.engine.kind is not EngineKind.NONE else "none",
        base_model=config.model,
        lora=config.lora,
        train=config.train,
        previous=_played_with(folders, config, agent, played),
        output=output,
        seed=seed,
        agent=agent,
        iteration=iteration,
        turns=_shown(config),
        balance=balance,
        temperatures=_sampled_at(config),
    )
    return train_adapter(
        job,
        processes=max(1, config.resources.train.gpus),
        why_none=why_not or NOTHING_NEW,
        resident=stays(config.engine),
    )


def initial_adapter(config: Config, agent: Role) -> Path | None:
    """Return the adapter that an agent plays the first iteration with (``train.initial_adapter``), if any.

    Raises ``ConfigError`` where the folder holds none.
    """
    given = getattr(config.train.initial_adapter, agent.value)
    if given is None or config.engine.kind is EngineKind.NONE:
        return None
    if not has_adapter(Path(given)):
        raise ConfigError(
            f"config key train.initial_adapter.{agent.value}: {given} holds no adapter (adapter_config.json and "
            "adapter_model.safetensors); give the folder of one, or leave the key out"
        )
    return Path(given)


def initial_examples(config: Config, agent: Role) -> list[TrainingExample]:
    """Return the examples that are there before the first iteration (``train.initial_data``): those of iteration 0.

    Raises ``InputError`` where the file is none of this agent's training examples.
    """
    given = getattr(config.train.initial_data, agent.value)
    if given is None:
        return []
    examples = read_records(Path(given), TrainingExample)
    other = next((number for number, one in enumerate(examples, 1) if one.agent is not agent), None)
    if other is not None:
        raise InputError(f"{given}:{other}: an example of the other player; train.initial_data.{agent.value} names it")
    return [example.model_copy(update={"iteration": 0}) for example in examples]


def _played_with(folders: Sequence[Path], config: Config, agent: Role, iteration: int) -> Path | None:
    """Return the adapter that an agent has played an iteration with: the one trained after the iteration before."""
    if iteration <= 1:
        return initial_adapter(config, agent)
    return folders[0] if folders and has_adapter(folders[0]) else None


def trains(config: Config, agent: Role, iteration: int) -> bool:
    """Say whether an agent is trained after an iteration."""
    return idle(config, agent, iteration) is None


def idle(config: Config, agent: Role, iteration: int) -> str | None:
    """Return why an agent is not trained after an iteration, whatever its data; none where it is."""
    if config.engine.kind is EngineKind.NONE:
        return "there is no model"
    if agent.value not in config.train.agents:
        return "train.agents leaves it out"
    if _schedule(config, agent) == "last" and iteration < config.iterations:
        return f"train.{agent.value}_schedule: it is trained after the last iteration"
    return None


def _schedule(config: Config, agent: Role) -> str:
    """Return after which iterations an agent is trained."""
    return config.train.alice_schedule if agent is Role.ALICE else config.train.bob_schedule


def _sampled_at(config: Config) -> dict[str, float]:
    """Return the temperature of the answers that rewards are given for, by task."""
    return {
        "propose_seq": config.alice.sampling.temperature,
        "propose_sinq": config.alice.sampling.temperature,
        config.bob.task: config.bob.sampling.temperature,
    }


def _shown(config: Config) -> dict[str, tuple[Message, ...]]:
    """Return the worked examples that inference shows before each task's question."""
    alice, proof = config.alice.few_shot, config.proof.few_shot
    few_shot = {
        "propose_seq": alice,
        "propose_sinq": alice,
        "prove": proof,
        "repair": proof,
        "predict_difficulty": config.alice.predict.few_shot,
        "judge": config.bob.few_shot,
        "find_input": config.bob.few_shot,
    }
    return {task: tuple(prompts.example_turns(task)) for task, shown in few_shot.items() if shown}
