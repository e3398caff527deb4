"""A training job and its result: values that another process can be handed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from seqplay.adapters.balance import Balance
from seqplay.adapters.base_model import base_fingerprint
from seqplay.adapters.card import versions
from seqplay.config import LoraConfig, ModelConfig, TrainConfig
from seqplay.files import canonical_json, content_id, dump_line
from seqplay.records import Message, Record, Role, TrainingExample

WEIGHTS = "adapter_model.safetensors"
SETTINGS = "adapter_config.json"
REPORT = "data_report.json"
CURVE = "loss_curve.jsonl"


class TrainingJob(BaseModel):
    """Everything that decides an adapter, as one value that another process can be handed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    examples: tuple[TrainingExample, ...]
    """What to train on."""
    base: str
    """The folder of the base model's weights."""
    base_model: ModelConfig
    lora: LoraConfig
    train: TrainConfig
    previous: Path | None
    output: Path
    seed: int
    agent: Role
    iteration: int
    turns: dict[str, tuple[Message, ...]] = {}
    """Earlier chat turns of inference by task (worked examples), so that training sees inference's prompt."""
    balance: Balance = "none"
    """Of Bob's examples over SEQ and SINQ (``curriculum.balance``)."""
    temperatures: dict[str, float] = {}
    """What answers were sampled at, by task (1 where none is given): rewards teach the policy that was sampled from."""

    @property
    def rewarded(self) -> bool:
        """Whether the examples are answers with rewards."""
        return self.train.method == "grpo"

    @property
    def staging(self) -> Path:
        """The hidden folder beside the output in which the work happens."""
        return self.output.with_name(f".{self.output.name}.partial")


class TrainingResult(Record):
    """What a training did. Its seconds, rate and memory are in no file of the adapter folder."""

    status: Literal["trained", "carried_over", "none"]
    why: str = ""
    """Why there was no training."""
    agent: Role
    iteration: int
    examples: int = 0
    """Trained on, duplicates and refused ones not counted."""
    held_out: int = 0
    refused_overlong: int = 0
    refused_unreadable: int = 0
    """What would not be read as its label: listed in ``data_report.json``."""
    cut_overlong: int = 0
    steps: int = 0
    resumed_from: int = 0
    """Steps that an earlier, interrupted run had done."""
    tokens: int = 0
    """Real (non-pad) tokens of all steps."""
    loss_first: float | None = None
    loss_last: float | None = None
    heldout_loss_before: float | None = None
    heldout_loss: float | None = None
    metrics: dict[str, float] = Field(default_factory=dict)
    """Of the adapter check: its norm, how far it moves the logits, the error of merging."""
    attention: str = ""
    checkpointing: bool = False
    seconds: float = 0.0
    """Wall seconds of the steps of this run."""
    tokens_per_second: float = 0.0
    peak_memory_bytes: int = 0
    """On a GPU."""
    notes: list[str] = Field(default_factory=list)


def has_adapter(folder: Path | None) -> bool:
    """Say whether a folder holds adapter weights (a marker folder, or none, does not)."""
    return folder is not None and (folder / WEIGHTS).is_file() and (folder / SETTINGS).is_file()


def starts_from_previous(job: TrainingJob) -> bool:
    """Say whether the job goes on from the previous adapter's weights; rewards always teach the policy that played."""
    return (job.rewarded or job.train.continuity == "onward") and has_adapter(job.previous)


def fingerprint(job: TrainingJob, processes: int) -> str:
    """Return the hash of everything that decides the adapter's bytes."""
    previous = [(job.previous / WEIGHTS).read_bytes().hex()] if starts_from_previous(job) and job.previous else []
    parts = [dump_line(example) for example in job.examples]
    settings = canonical_json(
        {
            "base": base_fingerprint(job.base, job.base_model),
            "model": job.base_model.model_dump(mode="json", exclude={"path"}),
            "lora": job.lora.model_dump(mode="json"),
            "train": job.train.model_dump(mode="json"),
            "balance": job.balance,
            "temperatures": job.temperatures,
            "turns": {task: [turn.model_dump() for turn in turns] for task, turns in job.turns.items()},
            "versions": versions(),
        }
    )
    return content_id(settings, str(job.seed), job.agent, str(job.iteration), str(processes), *previous, *parts)
