"""The base model, and what samples completions from it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, field_validator

from seqplay.config.section import Section


class EngineKind(StrEnum):
    """Which engine samples completions."""

    TRANSFORMERS = "transformers"
    VLLM = "vllm"
    SERVER = "server"
    REPLAY = "replay"
    NONE = "none"
    """No model at all: only ``mutate`` proposes, nobody votes, nothing is trained."""


def _as_word(value: object) -> object:
    """Return the word for what YAML reads as a truth value: it takes a bare `yes` for one."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


Choice = Annotated[Literal["auto", "yes", "no"], BeforeValidator(_as_word)]
"""`yes`, `no`, or what the rest of the configuration says."""


class Reasoning(NamedTuple):
    """What a model's reasoning stands between in its answers."""

    start: str = "<think>"
    end: str = "</think>"


class ModelConfig(Section):
    """The base model of both players."""

    name: str = "qwen2.5-coder-0.5b"
    """An embedded CPU model (`seqplay.models`), a hub id, or a folder. `none`: play with `mutate` alone."""
    revision: str | None = None
    """The hub revision (commit) to pin; embedded models carry a content hash instead."""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    max_length: int = Field(2048, ge=64)
    """Tokens of prompt and completion together; prompts are checked against it before the model is loaded."""
    reasoning: Choice = "auto"
    """Whether the model reasons before it answers; `auto`: where there is a `reasoning_prefix`, or the template is told
    `enable_thinking: true`."""
    reasoning_prefix: str = ""
    """What an answer begins with, for reasoning models (`<think>\\n`), unless the chat template begins it so itself."""
    reasoning_start: str = Field("<think>", min_length=1)
    """What opens the reasoning in an answer."""
    reasoning_end: str = Field("</think>", min_length=1)
    """What closes it: only what follows is read."""
    template_arguments: dict[str, Any] = Field(default_factory=dict)
    """Arguments of the chat template, such as `enable_thinking: false`."""
    path: str | None = None
    """Folder of a local copy; overrides every other source."""

    @property
    def reasons(self) -> bool:
        """Whether the model reasons before it answers."""
        if self.reasoning != "auto":
            return self.reasoning == "yes"
        return bool(self.reasoning_prefix) or self.template_arguments.get("enable_thinking") is True

    @property
    def marks(self) -> Reasoning:
        """What the model's reasoning stands between."""
        return Reasoning(self.reasoning_start, self.reasoning_end)


VLLM_ARGUMENTS = {
    "model": "model.name",
    "tokenizer": "model.name",
    "revision": "model.revision",
    "dtype": "model.dtype",
    "max_model_len": "model.max_length",
    "tensor_parallel_size": "engine.vllm.tensor_parallel",
    "gpu_memory_utilization": "engine.vllm.memory_share",
    "quantization": "engine.vllm.quantization",
    "enable_prefix_caching": "engine.vllm.prefix_caching",
    "max_num_seqs": "engine.vllm.max_sequences",
    "seed": "seed",
    "enforce_eager": "engine.vllm.enforce_eager",
    "worker_extension_cls": "seqplay itself",
    "enable_sleep_mode": "engine.resident",
    "enable_lora": "engine.vllm.lora",
    "max_loras": "engine.vllm.lora",
    "max_lora_rank": "lora.r",
}
"""Arguments of vLLM's engine by the key that sets them."""


class VllmConfig(Section):
    """Options of the `vllm` engine."""

    python: str | None = None
    """The Python of the environment that vLLM is installed in: it wants a torch of its own. None: this one, or where it
    has no vLLM, that of `make vllm-env`."""
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
    """`auto`: merge when the stage may generate at least this many tokens (a 7B model: docs/performance.md)."""
    stage_seed: bool = False
    """One seed for a whole stage instead of one a request; faster with engines whose own seeds are slow, but another
    number of shards gives other samples."""

    extra: dict[str, Any] = Field(default_factory=dict)
    """Further arguments of vLLM's engine by their Python names (`kv_cache_dtype: fp8`), as the installed version has
    them. What another key sets is set there."""

    @field_validator("extra")
    @classmethod
    def _only_what_no_key_sets(cls, extra: dict[str, Any]) -> dict[str, Any]:
        for name in extra.keys() & VLLM_ARGUMENTS.keys():
            raise ValueError(f"{name} is set by {VLLM_ARGUMENTS[name]}")
        return extra


class ServerConfig(Section):
    """Options of the `server` engine: any OpenAI-compatible endpoint."""

    url: str = "http://127.0.0.1:8000/v1"
    api_key_variable: str = "OPENAI_API_KEY"
    """The environment variable that holds the key; the key itself never stands in a file."""
    concurrency: int = Field(64, ge=1)
    retries: int = Field(5, ge=0)
    """How often a request that the server could not answer is sent again, at least."""
    patience_seconds: float = Field(180, ge=0)
    """How long it is sent again, at least: a server takes minutes to start."""
    timeout_seconds: float = Field(600, gt=0)
    model: str | None = None
    """The name that the server gives the model; by default `model.name`."""
    dynamic_lora: bool = False
    """Load adapters through vLLM's `/load_lora_adapter` endpoint."""


class EngineConfig(Section):
    """How completions are sampled."""

    kind: EngineKind = EngineKind.TRANSFORMERS
    resident: Choice = "auto"
    """Whether a model, and what trainings import, stay loaded between the jobs of a run, where its Snakemake runs on
    the same machine; `auto`: on GPUs, the model with `vllm` alone. Trainings send it to sleep; it ends with the run."""
    batch_size: int = Field(16, ge=1)
    """Sequences in a batch (`transformers`)."""
    threads: int = Field(1, ge=0)
    """CPU threads (`transformers`); 0: as many as there are cores."""
    replay_file: str | None = None
    """Recorded completions (`replay`)."""
    vllm: VllmConfig = VllmConfig()
    server: ServerConfig = ServerConfig()
