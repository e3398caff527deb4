"""Measure LoRA training of the embedded models on a CPU: seconds a step, and of a whole training.

Prompts of about 500 tokens, of which 350 are instructions and worked examples that all have in common, and answers of
about 60, as the demo has them. Beside wall seconds it prints the process's CPU seconds, which a busy machine does not
stretch. The model must have been fetched (``seqplay model fetch NAME``).

    python benchmarks/training_cpu.py --model smollm2-135m --examples 6 --batch-tokens 1024
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import torch

from seqplay.adapters import TrainingJob, train_adapter
from seqplay.adapters.data import encode
from seqplay.adapters.model import load_tokenizer
from seqplay.config import LoraConfig, ModelConfig, TrainConfig
from seqplay.models import resolve
from seqplay.records import Role, TrainingExample

TEXT = "f :: Int -> Int\nf x = if x > 0 then x + f (x - 1) else 0\n"


def example(tokenizer: object, number: int, shared: int, prompt: int, answer: int) -> TrainingExample:
    """Return an example of about so many tokens."""
    ids = encode(tokenizer, TEXT * (2 + max(prompt, answer) // 20))  # type: ignore[arg-type]
    decode = tokenizer.decode  # type: ignore[attr-defined]
    return TrainingExample(
        system_prompt=decode(ids[:shared]),
        user_prompt=f"{number}\n{decode(ids[: prompt - shared - 20])}",
        output=decode(ids[: answer - 1]),
        agent=Role.BOB,
        task="judge",
        pair_id=str(number),
        iteration=1,
        difficulty=5.0,
    )


def main() -> None:
    """Train once and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--prompt", type=int, default=500)
    parser.add_argument("--answer", type=int, default=60)
    parser.add_argument("--shared", type=int, default=350)
    parser.add_argument("--examples", type=int, default=6)
    parser.add_argument("--epochs", type=float, default=1)
    parser.add_argument("--batch-tokens", type=int, default=1024)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    model = ModelConfig(name=options.model)
    base = resolve(model)
    tokenizer = load_tokenizer(base, model)
    sizes = options.shared, options.prompt, options.answer
    examples = [example(tokenizer, number, *sizes) for number in range(options.examples)]
    train = TrainConfig(max_steps=0, epochs=options.epochs, batch_tokens=options.batch_tokens, heldout_share=0.0)
    with tempfile.TemporaryDirectory() as folder:
        begun, used = time.perf_counter(), time.process_time()
        job = TrainingJob(
            examples=tuple(examples), base=str(base), base_model=model, lora=LoraConfig(), train=train,
            previous=None, output=Path(folder) / "adapter", seed=0, agent=Role.BOB, iteration=1,
        )  # fmt: skip
        result = train_adapter(job)
        whole, cpu = time.perf_counter() - begun, time.process_time() - used
    row = {
        "model": options.model,
        "threads": options.threads,
        "steps": result.steps,
        "examples": result.examples,
        "example_tokens": result.tokens,
        "seconds_a_step": round(result.seconds / result.steps, 2),
        "seconds_whole": round(whole, 1),
        "cpu_seconds_whole": round(cpu, 1),
    }
    print(json.dumps(row))


if __name__ == "__main__":
    main()
