"""Presets: sane values for a place to play, under what a person sets; and warnings about keys that do not go together.

The demo's values fit a small model on a CPU: a dozen tokens for a vote, two training steps. ``base`` replaces them as a
whole. The demo's own file is always read first, so a key counts as set by a person where it differs from the demo's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from seqplay.config.engine import EngineKind
from seqplay.config.experiment import Config
from seqplay.config.sweep import flat, merged, nested

_LONG = {"temperature": 0.6, "top_p": 0.95, "top_k": 20, "max_tokens": 8192}
GPU_7B: dict[str, Any] = {
    "model": {"max_length": 16384},
    "engine": {"kind": "vllm", "vllm": {"max_sequences": 256}},
    "programs": {"max_characters": 0, "per_iteration": 500, "heldout": 100},
    "alice": {"retries": 1, "sampling": _LONG, "predict": {"sampling": {"max_tokens": 4096}}},
    "proof": {"rounds": 2, "discovery_steps": 1_500_000, "sampling": _LONG},
    "bob": {"votes": 10, "sampling": _LONG},
    "train": {"max_steps": 0, "batch_tokens": 8192, "max_length": 8192, "overlong": "cut", "compile": True},
    "evaluation": {"pairs": 100, "votes": 4},
    "resources": {
        "engine": {"gpus": 1, "cpus": 8, "memory_mb": 64000, "minutes": 720},
        "train": {"gpus": 1, "cpus": 8, "memory_mb": 64000, "minutes": 480},
        "haskell": {"cpus": 16, "memory_mb": 32000},
    },
}
GPU_32B = merged(
    GPU_7B,
    {
        "engine": {"vllm": {"tensor_parallel": 4, "max_sequences": 128}},
        "train": {"batch_tokens": 4096, "max_length": 4096, "checkpointing": "on"},
        "resources": {
            "engine": {"gpus": 4, "cpus": 16, "memory_mb": 200000},
            "train": {"memory_mb": 160000, "minutes": 1440},
        },
    },
)
"""Weights of 32.8e9 parameters in bf16 are 66 GB: sampled over four GPUs of 80 GB, and trained on one with
checkpointing, which leaves about 14 GB for activations. Reckoned, not measured."""
PRESETS: dict[str, dict[str, Any]] = {"cpu_demo": {}, "gpu_7b": GPU_7B, "gpu_32b": GPU_32B}

FEW_TOKENS = 1024
"""Below it an answer of a model that reasons first is cut before it comes."""


def with_preset(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys with those of the preset that ``base`` names, where they are missing or still the demo's."""
    name = raw.get("base", "cpu_demo")
    preset = PRESETS.get(name) if isinstance(name, str) else None
    if not preset:
        return dict(raw)
    demo, given = flat(Config().model_dump(mode="json", by_alias=True)), flat(raw)
    chosen = {key: value for key, value in flat(preset).items() if given.get(key, demo[key]) == demo[key]}
    return merged(raw, nested(chosen))


def warnings(config: Config) -> list[str]:
    """Return what makes no sense together, one line each: which key, what was found, and what to do."""
    return [*_reasoning(config), *_room(config), *_scale(config), *_idle(config)]


def _reasoning(config: Config) -> Iterator[str]:
    if not config.model.reasons:
        return
    for key, sampling in _samplings(config):
        if sampling.max_tokens < FEW_TOKENS:
            yield (
                f"config key {key}.max_tokens: found {sampling.max_tokens}, and the model reasons before it answers: "
                f"it will be cut before its answer; set {FEW_TOKENS} or more, or `base: gpu_7b`"
            )
    for key, shown in (("alice.few_shot", config.alice.few_shot), ("bob.few_shot", config.bob.few_shot)):
        if shown:
            yield f"config key {key}: found true, and the model reasons: the examples show no reasoning; set false"


def _room(config: Config) -> Iterator[str]:
    for key, sampling in _samplings(config):
        if sampling.max_tokens >= config.model.max_length:
            yield (
                f"config key {key}.max_tokens: found {sampling.max_tokens}, and model.max_length is "
                f"{config.model.max_length}: no room for a prompt; lower the one or raise the other"
            )


def _scale(config: Config) -> Iterator[str]:
    if config.engine.kind is not EngineKind.VLLM:
        return
    demo = Config()
    if config.train.max_steps == demo.train.max_steps:
        yield (
            f"config key train.max_steps: found {config.train.max_steps}, the demo's, with the engine vllm: almost "
            "nothing is trained; set 0 for no limit, or `base: gpu_7b`"
        )
    if (
        config.programs.max_characters == demo.programs.max_characters
        and config.programs.source != demo.programs.source
    ):
        yield (
            f"config key programs.max_characters: found {config.programs.max_characters}, the demo's: longer programs "
            f"of {config.programs.source} are skipped; set 0 for no limit, or `base: gpu_7b`"
        )


def _idle(config: Config) -> Iterator[str]:
    gpus, shared = config.resources.train.gpus, config.train.accumulation
    if gpus > 1 and shared % gpus:
        yield (
            f"config key train.accumulation: found {shared}, and resources.train.gpus is {gpus}: GPUs wait in each "
            f"step, which has {shared} micro-batches in all; set a multiple of {gpus}, and lower batch_tokens as much"
        )


def _samplings(config: Config) -> Iterator[tuple[str, Any]]:
    yield "alice.sampling", config.alice.sampling
    yield "bob.sampling", config.bob.sampling
    if config.proof.evidence != "bounded":
        yield "proof.sampling", config.proof.sampling
    if config.alice.predict.samples:
        yield "alice.predict.sampling", config.alice.predict.sampling
