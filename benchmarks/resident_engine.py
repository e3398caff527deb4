"""What a resident vLLM engine costs and saves: start, adapters in and out, sleep and waking, each beside its sampling.

    python benchmarks/resident_engine.py MODEL ADAPTER [--prompts 64 --samples 10 --tokens 64]

Without vLLM's engine staying, each stage pays the start again. A line for each step: seconds, and what the GPU holds
after it.
"""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from seqplay.config import ModelConfig, Sampling, VllmConfig
from seqplay.engines.base import Request
from seqplay.engines.vllm import VllmEngine
from seqplay.engines.vllm_plan import GIB, gpu_memory
from seqplay.records import Message


def main(
    model: Annotated[Path, typer.Argument(help="the base model's folder")],
    adapter: Annotated[Path, typer.Argument(help="a LoRA adapter for it")],
    prompts: int = 64,
    samples: int = 10,
    tokens: int = 64,
) -> None:
    """Go through the steps of an iteration twice."""
    sampling = Sampling(temperature=0.6, max_tokens=tokens)
    asked = [
        Request(id=f"p{i}", n=samples, seed=i, sampling=sampling,
                messages=(Message(role="user", content=f"{i}: " + "f (x:xs) = x + f xs " * 40),))
        for i in range(prompts)
    ]  # fmt: skip
    engine = VllmEngine(VllmConfig(), ModelConfig(path=str(model), max_length=4096), None, resident=True)

    def timed(what: str, start: float) -> None:
        free, total = gpu_memory()
        print(f"{what}: {time.perf_counter() - start:.1f} s, {(total - free) / GIB:.1f} GiB", flush=True)

    def sample(what: str) -> None:
        start = time.perf_counter()
        with closing(engine.sample(asked, lambda key: True)) as completions:
            count = sum(completion.completion_tokens for completion in completions)
        timed(f"{what}: {count} tokens", start)

    sample("start and sample")
    sample("sample again")
    for turn in (1, 2):
        for what, played in (("adapter", adapter), ("base", None)):
            start = time.perf_counter()
            engine.use(played)
            timed(f"turn {turn}: to the {what}", start)
            sample(f"turn {turn}: sample with the {what}")
        start = time.perf_counter()
        engine.sleep()
        timed(f"turn {turn}: sleep", start)
        sample(f"turn {turn}: wake and sample")
    engine.close()


if __name__ == "__main__":
    typer.run(main)
