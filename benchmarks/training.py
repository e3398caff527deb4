"""Measure LoRA training on a GPU: real tokens per second, MFU4 and peak memory, ours against the plain way.

The model has the shape of Qwen2.5-7B with random weights (``--shape small`` rehearses on a CPU); texts are random
tokens with log-normal lengths. MFU4 = 4 · N · real tokens / (seconds · 989e12), N without the input embedding. Every
way but ``plain`` runs the code that trains the adapters: fp32 masters, deterministic kernels, LoRA dropout 0.05.

    python benchmarks/training.py --ways plain,packed-compiled --mean 900
    accelerate launch --multi_gpu --num_processes 2 benchmarks/training.py --ways packed-compiled
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import math
import random
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel, Qwen2Config, Qwen2ForCausalLM, Trainer, TrainerCallback, TrainingArguments

from seqplay.adapters.attention import AttentionPath, implementation
from seqplay.adapters.card import versions
from seqplay.adapters.data import IGNORE, Tokens
from seqplay.adapters.fused_lora import LoraPath
from seqplay.adapters.loop import Devices, TrainingPlan, configure, deterministic, run_step
from seqplay.adapters.losses import hidden_states
from seqplay.adapters.master_weights import MasterWeights
from seqplay.adapters.memory import free_bytes, plan_memory
from seqplay.adapters.model import trainee
from seqplay.adapters.packing import pack, pad, plan_epochs
from seqplay.config import LoraConfig, TrainConfig

PEAK_FLOPS = 989e12
"""Dense bf16 of an H100 SXM, the H200 too."""
SHAPES = {
    "qwen2.5-7b": {
        "vocab_size": 152_064,
        "hidden_size": 3584,
        "intermediate_size": 18_944,
        "num_hidden_layers": 28,
        "num_attention_heads": 28,
        "num_key_value_heads": 4,
        "max_position_embeddings": 32_768,
        "rope_theta": 1e6,
    },
    "small": {
        "vocab_size": 1024,
        "hidden_size": 128,
        "intermediate_size": 256,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 32_768,
    },
}


@dataclass(frozen=True)
class Way:
    """One way of training."""

    settings: dict[str, Any]
    dropout: float = 0.05
    deterministic: bool = True
    completion_only: bool = False
    lora: LoraPath = LoraPath.LEAN


PACKED = {"packing": "auto", "checkpointing": "off", "fused": True, "compile": False}
WAYS = {
    "grouped-checkpointed": Way({"packing": "none", "checkpointing": "on", "fused": False}),
    "sdpa-checkpointed": Way({"packing": "sdpa", "checkpointing": "on", "fused": False}),
    "flex-checkpointed": Way({"packing": "flex", "checkpointing": "on", "fused": False}),
    "packed-checkpointed": Way({"packing": "auto", "checkpointing": "on", "fused": False}),
    "packed-checkpointed-fused": Way(PACKED | {"checkpointing": "on"}),
    "packed-fused": Way(PACKED),
    "packed-compiled-checkpointed": Way(PACKED | {"compile": True, "checkpointing": "on"}),
    "packed-compiled": Way(PACKED | {"compile": True}),
    "packed-compiled-auto": Way(PACKED | {"compile": True, "checkpointing": "auto"}),
    "packed-compiled-no-dropout": Way(PACKED | {"compile": True}, dropout=0.0),
    "packed-compiled-dropping": Way(PACKED | {"compile": True}, lora=LoraPath.FUSED),
    "packed-compiled-dropping-loss": Way(PACKED | {"compile": True, "own_kernels": True}, lora=LoraPath.FUSED),
    "packed-compiled-dropping-no-dropout": Way(PACKED | {"compile": True}, dropout=0.0, lora=LoraPath.FUSED),
    "packed-dropping": Way(PACKED, lora=LoraPath.FUSED),
    "packed-compiled-loss": Way(PACKED | {"compile": True, "own_kernels": True}),
    "packed-compiled-free-order": Way(PACKED | {"compile": True}, deterministic=False),
    "packed-compiled-completion": Way(PACKED | {"compile": True}, completion_only=True),
}


def build(shape: str, device: torch.device) -> PreTrainedModel:
    """Return a random model of a shape on the device, bf16 on a GPU."""
    torch.manual_seed(0)
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    torch.set_default_dtype(dtype)
    with device:
        model = Qwen2ForCausalLM(Qwen2Config(**SHAPES[shape], tie_word_embeddings=False))
    torch.set_default_dtype(torch.float32)
    return model


def texts(mean: int, shortest: int, longest: int, count: int, vocabulary: int, completion_only: bool) -> list[Tokens]:
    """Return random examples with log-normal lengths; every token is a target, or the last 60 % alone."""
    generator = random.Random(0)
    spread = 0.5
    found = []
    for _ in range(count):
        drawn = generator.lognormvariate(math.log(mean) - spread**2 / 2, spread)
        length = min(longest, max(shortest, int(drawn)))
        ids = tuple(generator.randrange(vocabulary) for _ in range(length))
        prompt = int(0.4 * length) if completion_only else 0
        found.append(Tokens(ids, tuple([IGNORE] * prompt + list(ids[prompt + 1 :]) + [IGNORE])))
    return found


def ours(way: Way, options: argparse.Namespace, devices: Devices) -> dict[str, Any]:
    """Measure one of our ways: the loop that trains adapters."""
    train = TrainConfig(batch_tokens=options.batch_tokens, max_length=options.longest, max_steps=0, **way.settings)
    model = build(options.shape, devices.device)
    player = trainee(model, LoraConfig(dropout=way.dropout), train, 0)
    masters = MasterWeights(player.parameters)
    weights = (
        sum(p.numel() for p in model.parameters()) - masters.flat.numel() - model.get_input_embeddings().weight.numel()
    )
    plan = plan_memory(
        player.model.config, masters.flat.numel(), options.batch_tokens, player.dtype,
        0.0 if way.lora is LoraPath.FUSED else way.dropout,  # no dropped copies, no masks
        train.fused or train.compile, train.checkpointing, free_bytes(devices.device),
    )  # fmt: skip
    configure(player, train, plan.checkpointing, way.lora)
    player.model.train()
    data = texts(options.mean, options.shortest, options.longest, 4096, model.config.vocab_size, way.completion_only)
    packed = player.path is not AttentionPath.NONE
    lengths = [len(one.input_ids) for one in data]
    [steps] = plan_epochs(lengths, train.batch_tokens, packed, 0, 1, devices.count, 0)
    pad_to = max(train.batch_tokens, max(lengths)) if packed and train.compile else 0
    plan_ = TrainingPlan(data, steps, max(lengths), pad_to, train, 0)
    loaded = torch.cuda.memory_allocated() if devices.device.type == "cuda" else 0
    begun = time.perf_counter()
    with deterministic() if way.deterministic else nullcontext():
        for step in range(options.warmup):
            run_step(player, masters, plan_, step, devices)
        warm = time.perf_counter() - begun
        measured = timed(lambda step: run_step(player, masters, plan_, step, devices), options, devices)
    return measured | {
        "attention": player.path,
        "checkpointing": plan.checkpointing,
        "warmup_seconds": round(warm, 1),
        "weights": weights,
        "estimate_gib": round((loaded + plan.fixed + plan.activations) / 2**30, 1),
        "masters_sha256": hashlib.sha256(masters.flat.cpu().numpy().tobytes()).hexdigest()[:16],
    }


def timed(take: Callable[[int], dict[str, Any]], options: argparse.Namespace, devices: Devices) -> dict[str, Any]:
    """Take steps for the wanted seconds (at least three) and return tokens, seconds, losses."""
    synchronize(devices.device)
    begun = time.perf_counter()
    tokens, losses, step = 0, [], options.warmup
    while (
        len(losses) < 3
        or (time.perf_counter() - begun < options.seconds and options.steps == 0)
        or len(losses) < options.steps
    ):
        line = take(step)  # ends with a synchronisation: the loss is read
        tokens, losses, step = tokens + line["tokens"], [*losses, line["loss"]], step + 1
        if devices.count > 1 and options.steps == 0:
            raise SystemExit("give --steps with several devices: all must take the same number")
    seconds = time.perf_counter() - begun
    return {"steps": len(losses), "tokens": tokens, "seconds": round(seconds, 2), "loss": [losses[0], losses[-1]]}


def synchronize(device: torch.device) -> None:
    """Wait for the device."""
    if device.type == "cuda":
        torch.cuda.synchronize()


class _Clock(TrainerCallback):
    """The time at the end of each step."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def on_step_end(self, *arguments: Any, **options: Any) -> None:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.times.append(time.perf_counter())


def plain(options: argparse.Namespace, devices: Devices) -> dict[str, Any]:
    """Measure as in the paper: Hugging Face Trainer, batch 1 padded to a fixed length, checkpointing, autocast."""
    from peft import LoraConfig as PeftLoraConfig
    from peft import get_peft_model

    model = build(options.shape, devices.device)
    weights = sum(p.numel() for p in model.parameters()) - model.get_input_embeddings().weight.numel()
    targets = list(LoraConfig().targets)
    adapted = get_peft_model(
        model, PeftLoraConfig(r=8, lora_alpha=16, lora_dropout=0.05, target_modules=targets, task_type="CAUSAL_LM")
    )
    adapted.enable_input_require_grads()
    width = options.pad_to
    data = texts(options.mean, options.shortest, options.longest, 4096, model.config.vocab_size, False)
    wanted = options.warmup + options.plain_steps  # few rows: evenly spaced by length, so that they are like all
    ordered = sorted(data, key=lambda one: len(one.input_ids))
    data = [ordered[int((number + 0.5) * len(ordered) / wanted)] for number in range(wanted)]
    rows = [
        {
            "input_ids": [*one.input_ids, *[0] * (width - len(one.input_ids))],
            "labels": [*one.input_ids, *[IGNORE] * (width - len(one.input_ids))],
            "attention_mask": [1] * len(one.input_ids) + [0] * (width - len(one.input_ids)),
        }
        for one in data
    ]
    steps, clock = wanted, _Clock()
    arguments = TrainingArguments(
        output_dir=str(Path(options.scratch) / "plain"),
        per_device_train_batch_size=1,
        max_steps=steps,
        bf16=devices.device.type == "cuda",
        gradient_checkpointing=True,
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        use_cpu=devices.device.type == "cpu",
        remove_unused_columns=False,
    )
    trainer = Trainer(model=adapted, args=arguments, train_dataset=rows, callbacks=[clock])
    seen: list[int] = []
    collate = trainer.data_collator
    trainer.data_collator = lambda batch: (seen.append(sum(batch[0]["attention_mask"])), collate(batch))[1]
    trainer.train()
    seconds = clock.times[-1] - clock.times[options.warmup - 1]
    tokens = sum(seen[options.warmup : steps])
    losses = [line["loss"] for line in trainer.state.log_history if "loss" in line]
    return {
        "steps": options.plain_steps,
        "tokens": tokens,
        "seconds": round(seconds, 2),
        "loss": [losses[0], losses[-1]],
        "attention": str(adapted.config._attn_implementation),
        "checkpointing": True,
        "weights": weights,
    }


def agreement(options: argparse.Namespace, devices: Devices) -> dict[str, Any]:
    """Compare each packed path's logits in bf16 with fp32 logits of the examples alone, and bf16 alone with the same.

    A model of four layers, width 1024, weights of realistic size; values are mean absolute differences as a share of
    the logits' spread.
    """
    torch.manual_seed(0)
    sizes = SHAPES["small"] | {
        "hidden_size": 1024,
        "intermediate_size": 2816,
        "num_hidden_layers": 4,
        "num_attention_heads": 8,
    }
    model = Qwen2ForCausalLM(Qwen2Config(**sizes, tie_word_embeddings=False, initializer_range=0.04)).to(devices.device)
    data = texts(200, 20, 600, 8, 1024, False)
    player = trainee(model, LoraConfig(dropout=0.0), TrainConfig(packing="none"), 0)
    for parameter in player.parameters.values():
        torch.nn.init.normal_(parameter, std=0.02)
    longest = max(len(one.input_ids) for one in data)

    def logits(path: AttentionPath) -> torch.Tensor:
        player.path = path
        model.set_attn_implementation(implementation(path))
        batches = [pad([one]) for one in data] if path is AttentionPath.NONE else [pack(data)]
        hidden = [hidden_states(player, batch.to(devices.device), longest) for batch in batches]
        return player.head(torch.cat(hidden)).float()

    with torch.no_grad():
        reference = logits(AttentionPath.NONE)
        spread = reference.std()
        found = {"fp32 sdpa": logits(AttentionPath.SDPA)}
        if devices.device.type == "cuda":
            found["fp32 flex"] = logits(AttentionPath.FLEX)
            model.to(torch.bfloat16)
            paths = (AttentionPath.NONE, AttentionPath.SDPA, AttentionPath.FLEX, AttentionPath.VARLEN)
            found |= {f"bf16 {path}": logits(path) for path in paths}
    return {name: float((value - reference).abs().mean() / spread) for name, value in found.items()}


def measure(name: str, options: argparse.Namespace, devices: Devices) -> dict[str, Any]:
    """Measure one way in fresh memory; a way that does not fit says so."""
    gc.collect()
    torch.compiler.reset()
    if devices.device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    row: dict[str, Any] = {
        "way": name,
        "mean": options.mean,
        "batch_tokens": options.batch_tokens,
        "devices": devices.count,
    }
    try:
        if name == "agreement":
            row |= agreement(options, devices)
        elif name == "plain":
            row |= plain(options, devices)
        else:
            row |= ours(WAYS[name], options, devices)
    except torch.OutOfMemoryError:
        return row | {"out_of_memory": True}
    if "tokens" in row:
        row["tokens_per_second"] = round(row["tokens"] / row["seconds"], 1)
        row["mfu4"] = round(4 * row["weights"] * row["tokens"] / (row["seconds"] * PEAK_FLOPS * devices.count), 4)
    if devices.device.type == "cuda":
        row["peak_gib"] = round(torch.cuda.max_memory_allocated() / 2**30, 1)
    return row


def main() -> None:
    """Measure the ways that were asked for and print one JSON line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ways", default="plain,packed-compiled", help=f"of: agreement, plain, {', '.join(WAYS)}")
    parser.add_argument("--shape", choices=sorted(SHAPES), default="qwen2.5-7b")
    parser.add_argument("--mean", type=int, default=900)
    parser.add_argument("--shortest", type=int, default=300)
    parser.add_argument("--longest", type=int, default=3000)
    parser.add_argument("--batch-tokens", type=int, default=8192)
    parser.add_argument("--pad-to", type=int, default=4096, help="the plain way's row")
    parser.add_argument("--warmup", type=int, default=3, help="steps before the clock starts")
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--steps", type=int, default=0, help="instead of --seconds")
    parser.add_argument("--plain-steps", type=int, default=15)
    parser.add_argument("--scratch", default="benchmarks/.scratch")
    parser.add_argument("--output", type=Path, default=None, help="JSON lines, appended")
    options = parser.parse_args()
    devices = Devices()
    name = torch.cuda.get_device_name() if devices.device.type == "cuda" else "cpu"
    for way in options.ways.split(","):
        row = {"device": name, "versions": versions()} | measure(way, options, devices)
        if devices.rank == 0:
            print(json.dumps({key: value for key, value in row.items() if key != "versions"}), flush=True)
            if options.output:
                with options.output.open("a", encoding="utf-8") as handle:
                    handle.write(json.dumps(row) + "\n")
    devices.wait()


if __name__ == "__main__":
    sys.exit(main())
