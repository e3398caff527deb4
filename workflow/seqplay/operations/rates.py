"""Rates: how fast a stage works, measured, for ``seqplay plan``; a new measurement is one edited line here.

Rates of a GPU are those of one H100 with a model of ``MEASURED_ON`` parameters; the plan scales them by a model's size.
"""

from __future__ import annotations

from typing import NamedTuple

MEASURED_ON = 7.6e9
"""Parameters of the model shape (Qwen2.5-7B) with which the rates of a GPU were measured."""


class Rate(NamedTuple):
    """A measured speed."""

    value: float
    unit: str
    source: str


ENGINE = "the vllm engine on one H100 (vLLM 0.25.1, 7B shape, bf16): benchmarks/sampling.py, docs/performance.md"
RATES = {
    "propose": Rate(17700, "output tokens/s", f"{ENGINE}, 256 prompts x 512 tokens"),
    "propose_adapter": Rate(17600, "output tokens/s", f"{ENGINE}, the same with a merged LoRA, r = 8"),
    "vote": Rate(25000, "output tokens/s", f"{ENGINE}, 64 pairs x 10 votes, shared prefixes"),
    "vote_adapter": Rate(24000, "output tokens/s", f"{ENGINE}, the same with a merged LoRA"),
    "train": Rate(14835, "tokens/s", "benchmarks/training.py on one H100, packed, compiled: docs/performance.md"),
    "start": Rate(85, "s an engine job", f"{ENGINE}: a start on a fresh machine, and merging the adapter"),
    "validate": Rate(4.7, "programs/s a core", "benchmarks/validation_rate.py, 1,000 inputs: docs/scale.md"),
    "prove": Rate(2.0, "checks/s a core", "warm Liquid Haskell, 0.2 to 0.5 s a module: benchmarks/proof_warm_cold.py"),
    "tests": Rate(37, "answers/s a core", "benchmarks/suites_throughput.py: docs/explanation/suites.md"),
    "job": Rate(20, "s a Slurm job", "submit, two Snakemake starts, status: docs/scale.md"),
}
