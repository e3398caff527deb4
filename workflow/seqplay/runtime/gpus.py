"""GPUs of this machine, counted without CUDA and without NVIDIA's packages: Snakemake's own process has neither."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

DEVICES = Path("/dev")


def local_gpus(environment: Mapping[str, str] = os.environ, devices: Path = DEVICES) -> int:
    """Return how many GPUs jobs may use here: those of ``CUDA_VISIBLE_DEVICES`` where it is set, else all there are.

    At least one: where none is found (a driver that shows them otherwise), jobs that ask for one run one by one.
    """
    chosen = environment.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return max(1, len([name for name in chosen.split(",") if name.strip()]))
    found = [path for path in devices.glob("nvidia*") if path.name.removeprefix("nvidia").isdecimal()]
    return max(1, len(found))
