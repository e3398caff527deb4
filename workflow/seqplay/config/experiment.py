"""Configuration: one source of truth; ``config/config.yaml`` and its schema are generated from it (``config_files``).

The defaults are the demo: small enough for a laptop. The published sizes are in ``config/experiments/``. A key that is
wrong gets one line: the key, what was found, what is allowed.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from seqplay.config.dataset import DatasetConfig
from seqplay.config.jobs import Resources as Resources
from seqplay.config.jobs import ResourcesConfig as ResourcesConfig
from seqplay.config.jobs import ShardsConfig as ShardsConfig
from seqplay.config.section import Sampling as Sampling
from seqplay.config.section import Section as Section
from seqplay.config.suites import SuiteConfig as SuiteConfig
from seqplay.config.sweep import variants
from seqplay.errors import ConfigError
from seqplay.files import canonical_json, content_id


class EngineKind(StrEnum):
    """Which engine samples completions."""

    TRANSFORMERS = "transformers"
    VLLM = "vllm"
    SERVER = "server"
    REPLAY = "replay"
    NONE = "none"
    """No model at all: only ``mutate`` proposes, nobody votes, nothing is trained."""


class ModelConfig(Section):
    """The base model of both players."""

    name: str = "qwen2.5-coder-0.5b"
    """An embedded CPU model (`seqplay.models`), a hub id, or a folder. `none`: play with `mutate` alone."""
    revision: str | None = None
    """The hub revision (commit) to pin; embedded models carry a content hash instead."""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    max_length: int = Field(2048, ge=64)
    """Tokens of prompt and completion together; prompts are checked against it before the model is loaded."""
    reasoning_prefix: str = ""
    """What an answer begins with, for reasoning models (`<think>\\n`)."""
    path: str | None = None
    """Folder of a local copy; overrides every other source."""


class VllmConfig(Section):
    """Options of the `vllm` engine."""

    tensor_parallel: int = Field(1, ge=1)
    memory_share: float = Field(0.9, gt=0, le=1)
    """Share of the GPU's memory that vLLM may take."""
    quantization: str | None = None
    enforce_eager: bool = False
    max_sequences: int = Field(640, ge=1)
    """Running sequences; CUDA graphs are captured up to the real concurrency, at most this."""
    prefix_caching: bool = True
    lora: Literal["auto", "merged", "unmerged"] = "auto"
    """`auto` merges the adapter before a stage that is large enough to pay for it."""
    merge_above_tokens: int = Field(700_000, ge=0)
    """`auto`: merge when the stage may generate at least so many tokens (a 7B model: docs/performance.md)."""
    stage_seed: bool = False
    """One seed for a whole stage instead of one a request; faster with engines whose own seeds are slow, but another
    number of shards gives other samples."""


class ServerConfig(Section):
    """Options of the `server` engine: any OpenAI-compatible endpoint."""

    url: str = "http://127.0.0.1:8000/v1"
    api_key_variable: str = "OPENAI_API_KEY"
    """The environment variable that holds the key; the key itself never stands in a file."""
    concurrency: int = Field(64, ge=1)
    retries: int = Field(5, ge=0)
    timeout_seconds: float = Field(600, gt=0)
    model: str | None = None
    """The name that the server gives the model; by default `model.name`."""
    dynamic_lora: bool = False
    """Load adapters through vLLM's `/load_lora_adapter` endpoint."""


class EngineConfig(Section):
    """How completions are sampled."""

    kind: EngineKind = EngineKind.TRANSFORMERS
    batch_size: int = Field(16, ge=1)
    """Sequences in a batch (`transformers`)."""
    threads: int = Field(1, ge=0)
    """CPU threads (`transformers`); 0: as many as there are cores."""
    replay_file: str | None = None
    """Recorded completions (`replay`)."""
    vllm: VllmConfig = VllmConfig()
    server: ServerConfig = ServerConfig()


class ProgramsConfig(Section):
    """Where reference programs P come from."""

    source: str = "config/data/programs.jsonl"
    """A JSON lines file, a folder saved by `datasets`, or a hub dataset id (`Trevor0501/OpInstruct-HSx`)."""
    split: str = "train"
    code_column: str = "code"
    entry_column: str = "entry"
    """Column with the entry function's name, where there is one."""
    max_characters: int = Field(160, ge=0)
    """Longer programs are skipped, and listed; 0: no limit. The demo's small model manages short ones."""
    per_iteration: int = Field(10, ge=1)
    """Programs drawn for an iteration."""
    heldout: int = Field(4, ge=0)
    """Programs held out for the evaluation, by content hash; never trained on."""


class Proposer(Section):
    """Who proposes, and how often."""

    name: Literal["model", "mutate"]
    weight: float = Field(gt=0)


class AliceConfig(Section):
    """Alice, the proposer."""

    proposers: tuple[Proposer, ...] = (Proposer(name="model", weight=2), Proposer(name="mutate", weight=1))
    """A weighted list; each sampled program is given to one of them."""
    seq_share: float = Field(0.5, ge=0, le=1)
    """Share of the programs whose goal is SEQ."""
    retries: int = Field(0, ge=0)
    """Further attempts of the model where an earlier proposal was unparsed or rejected."""
    few_shot: bool = True
    """Two worked examples as earlier chat turns; small models copy the answer's placeholders without them."""
    sampling: Sampling = Sampling(max_tokens=128)


class ProofConfig(Section):
    """Proofs of SEQ."""

    evidence: Literal["proof", "bounded_if_no_tool", "bounded"] = "bounded_if_no_tool"
    """`proof`: SEQ needs a Liquid Haskell proof. `bounded_if_no_tool`: where Liquid Haskell is missing, differential
    testing alone counts, and every record says so. `bounded`: never prove."""
    rounds: int = Field(1, ge=0)
    """Rounds in which Alice tries to prove what the tactics did not."""
    few_shot: bool = True
    tactic_seconds: float = Field(20, gt=0)
    """Budget of the tactics for one pair."""
    smt_seconds: float = Field(10, gt=0)
    """Limit of one Liquid Haskell check."""
    sampling: Sampling = Sampling(max_tokens=256)


class BobConfig(Section):
    """Bob, the solver."""

    task: Literal["judge", "find_input"] = "judge"
    """`judge`: equivalent or not. `find_input`: Bob must give a diverging input, which is run, or say that there is
    none."""
    votes: int = Field(4, ge=1)
    """Samples a pair (published: 10)."""
    few_shot: bool = True
    structured: bool = False
    """Constrain the verdict line by guided decoding, where the engine can (it biases the answer: docs)."""
    sampling: Sampling = Sampling(max_tokens=12)


class CurriculumConfig(Section):
    """Which accepted pairs are trained on."""

    threshold: float = Field(5.0, ge=0, le=10)
    """Pairs with a difficulty above it are hard."""
    easy_fraction: float = Field(0.2, ge=0, le=1)
    """Share of the easy pairs that is kept, stratified by difficulty."""
    bins: int = Field(5, ge=1)
    """Strata of the easy pairs."""
    balance: bool = True
    """As many SEQ as SINQ pairs in Bob's data."""


class LoraConfig(Section):
    """The adapters."""

    r: int = Field(8, ge=1)
    alpha: int = Field(16, ge=1)
    dropout: float = Field(0.05, ge=0, lt=1)
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class TrainConfig(Section):
    """Training of the adapters."""

    agents: tuple[Literal["alice", "bob"], ...] = ("alice", "bob")
    bob_schedule: Literal["every", "last"] = "every"
    """Bob is trained after every iteration, or after the last one (the published way)."""
    continuity: Literal["fresh", "onward"] = "fresh"
    """`fresh`: from the base on the data of all iterations so far. `onward`: from the previous adapter, with old data
    replayed."""
    replay_share: float = Field(0.5, ge=0, le=1)
    """`onward`: old examples for each new one."""
    learning_rate: float = Field(2e-4, gt=0)
    epochs: float = Field(3, gt=0)
    max_steps: int = Field(1, ge=0)
    """Optimiser steps at most; 0: no limit."""
    scheduler: Literal["cosine", "linear", "constant"] = "cosine"
    warmup: float = Field(0.03, ge=0, le=1)
    """Share of the steps."""
    batch_tokens: int = Field(1024, ge=16)
    """Tokens of a step on one device (packed, or grouped by length)."""
    accumulation: int = Field(1, ge=1)
    max_length: int = Field(1024, ge=16)
    """Tokens of an example; longer ones are treated as `overlong` says."""
    overlong: Literal["refuse", "cut"] = "refuse"
    """`cut` removes the middle of the reasoning, never the prompt or the verdict."""
    packing: Literal["auto", "varlen", "flex", "sdpa", "none"] = "auto"
    checkpointing: Literal["auto", "on", "off"] = "auto"
    """Gradient checkpointing; `auto` decides by memory arithmetic."""
    fused: bool = True
    """Use liger kernels where there is a GPU and the package."""
    compile: bool = False
    """`torch.compile` each layer (worth it on a GPU for long trainings)."""
    save_steps: int = Field(50, ge=1)
    """Steps between checkpoints."""
    heldout_share: float = Field(0.1, ge=0, lt=1)
    """Share of the examples on which the held-out loss is measured."""


class HaskellConfig(Section):
    """The executor of untrusted Haskell."""

    ghc: str = "ghc"
    workers: int = Field(0, ge=0)
    """Warm sessions; 0: as many as there are cores."""
    jail: Literal["auto", "bubblewrap", "landlock", "i-accept-no-jail"] = "auto"
    """`auto` takes the first that works here, and refuses to run without one."""
    seconds: float = Field(5, gt=0)
    """Processor time of one program on one input."""
    memory_mib: int = Field(1024, ge=256)
    """Heap limit of a session."""
    output_bytes: int = Field(65536, ge=64)
    """Longest rendered output."""
    items_per_session: int = Field(200, ge=1)
    """Programs after which a session is recycled."""
    evaluations: int = Field(300, ge=100)
    """Inputs of a differential test."""
    timeout_diverges: bool = False
    """Count what one program computes in time and the other does not as a divergence."""
    liquid_package_db: str | None = None
    """Package database of Liquid Haskell; the environment variable SEQPLAY_LIQUID_PACKAGE_DB overrides it."""


class EvaluationConfig(Section):
    """Learning, measured on the held-out programs after each iteration."""

    enabled: bool = True
    pairs: int = Field(4, ge=0)
    """Fixed labelled pairs on which Bob is measured, half SEQ and half SINQ."""
    votes: int = Field(2, ge=1)
    suites: tuple[SuiteConfig, ...] = ()
    """Evaluation suites (docs/explanation/suites.md), asked of the base and after each iteration."""

    @model_validator(mode="after")
    def _distinct_names(self) -> EvaluationConfig:
        names = [suite.name for suite in self.suites]
        if len(set(names)) < len(names):
            raise ValueError(f"suites: found the names {', '.join(names)}; each suite needs a name of its own")
        return self


class Config(Section):
    """One experiment."""

    experiment: str = Field("demo", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    """Names the folder `results/{experiment}`."""
    seed: int = 0
    iterations: int = Field(2, ge=1)
    results: str = "results"
    """Where experiments are written."""
    model: ModelConfig = ModelConfig()
    engine: EngineConfig = EngineConfig()
    programs: ProgramsConfig = ProgramsConfig()
    alice: AliceConfig = AliceConfig()
    proof: ProofConfig = ProofConfig()
    bob: BobConfig = BobConfig()
    curriculum: CurriculumConfig = CurriculumConfig()
    lora: LoraConfig = LoraConfig()
    train: TrainConfig = TrainConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    haskell: HaskellConfig = HaskellConfig()
    dataset: DatasetConfig = DatasetConfig()
    shards: ShardsConfig = ShardsConfig()
    resources: ResourcesConfig = ResourcesConfig()

    @model_validator(mode="after")
    def _check(self) -> Config:
        if self.engine.kind is EngineKind.REPLAY and not self.engine.replay_file:
            raise ValueError("engine.replay_file: missing, and engine.kind is replay: name the recorded completions")
        if self.engine.kind is EngineKind.NONE and any(p.name == "model" for p in self.alice.proposers):
            raise ValueError("alice.proposers: names `model`, but engine.kind is none: allowed is `mutate`")
        return self


def _allowed(error: dict[str, Any], model: type[BaseModel]) -> str:
    """Say what is allowed at an error's place."""
    context = error.get("ctx") or {}
    if error["type"] == "extra_forbidden":
        current: Any = model
        for part in error["loc"][:-1]:
            field = getattr(current, "model_fields", {}).get(part)
            current = field.annotation if field else None
        keys = sorted(getattr(current, "model_fields", {}))
        return f"no such key; allowed here: {', '.join(keys)}" if keys else "no such key"
    if "expected" in context:
        return f"allowed: {context['expected']}"
    return str(error["msg"]).removeprefix("Value error, ")


def parse_config(raw: dict[str, Any]) -> Config:
    """Return the typed configuration of one experiment.

    Raises ``ConfigError`` naming the first wrong key, what was found, and what is allowed.
    """
    try:
        return Config.model_validate(raw)
    except ValidationError as failure:
        error: dict[str, Any] = dict(failure.errors()[0])
        where = ".".join(str(part) for part in error["loc"])
        if not where:
            raise ConfigError(f"config: {_allowed(error, Config)}") from failure
        found = json.dumps(error["input"], default=str)
        raise ConfigError(f"config key {where}: found {found}; {_allowed(error, Config)}") from failure


def parse_experiments(raw: dict[str, Any]) -> dict[str, Config]:
    """Return the experiments of a configuration file by name: one, or those of its ``experiments`` or ``sweep``."""
    found = {name: parse_config(keys) for name, keys in variants(raw).items()}
    if len({config.results for config in found.values()}) > 1:
        raise ConfigError("config key results: found several in one file; allowed: one folder for all its experiments")
    return found


OPERATIONAL = frozenset(
    {
        "haskell.workers",
        "haskell.items_per_session",
        "engine.batch_size",
        "engine.threads",
        "engine.server.concurrency",
        "engine.server.retries",
        "engine.server.timeout_seconds",
        "engine.vllm.memory_share",
        "train.save_steps",
    }
)
"""Keys that change how fast a stage runs, not what it computes: an edited one reruns nothing."""


def stage_settings(config: Config, *keys: str) -> dict[str, Any]:
    """Return what a stage's result depends on: dotted keys with their values, sections without operational keys."""
    plain = config.model_dump(mode="json", by_alias=True)
    result: dict[str, Any] = {}
    for key in keys:
        value: Any = plain
        for part in key.split("."):
            value = value[part]
        result[key] = _without_operational(value, key)
    return result


def fingerprint(*parts: Section | str | int) -> str:
    """Return a hash of what decides a result: sections without their operational keys, seeds, names."""
    names = {type(getattr(Config(), name)): name for name in Config.model_fields}
    plain = [
        _without_operational(part.model_dump(mode="json"), names.get(type(part), ""))
        if isinstance(part, Section)
        else part
        for part in parts
    ]
    return content_id(canonical_json(plain))


def _without_operational(value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        key: _without_operational(inner, f"{where}.{key}")
        for key, inner in value.items()
        if f"{where}.{key}" not in OPERATIONAL
    }


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a configuration file; ``ConfigError`` where it is no YAML mapping."""
    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: found {type(value).__name__}; allowed: a mapping of configuration keys")
    return value
