"""What runs inside vLLM's workers: merging a LoRA adapter into the loaded weights, in place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from seqplay.engines import vllm_api


class MergingWorker:
    """Extends vLLM's worker (``worker_extension_cls``)."""

    model_runner: Any
    device: torch.device

    def merge_adapter(self, adapter: str | None, base: str) -> int:
        """Load the base weights again with the adapter added, if any; return how many matrices it changed."""
        deltas = Deltas(None if adapter is None else Path(adapter), self.device)
        vllm_api.reload_weights(self.model_runner, merged_weights(Path(base), deltas))
        return len(deltas.used)


class Deltas:
    """The changes that an adapter makes: ``scale * B @ A`` for each of its matrices."""

    def __init__(self, adapter: Path | None, device: torch.device) -> None:
        """Read a peft LoRA adapter; without one, nothing changes."""
        self._device = device
        self._halves: dict[str, torch.Tensor] = {}
        self.used: set[str] = set()
        if adapter is None:
            return
        config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
        rank = config["r"]
        self._scale = config["lora_alpha"] / (rank**0.5 if config.get("use_rslora") else rank)
        with safe_open(adapter / "adapter_model.safetensors", framework="pt", device="cpu") as file:
            for name in file.keys():  # noqa: SIM118 (no mapping)
                self._halves[name.removeprefix("base_model.model.")] = file.get_tensor(name)

    @property
    def names(self) -> set[str]:
        """The names of the weights that change."""
        ending = ".lora_A.weight"
        return {name.removesuffix(ending) + ".weight" for name in self._halves if name.endswith(ending)}

    def add_to(self, name: str, weight: torch.Tensor) -> torch.Tensor:
        """Return the weight with the adapter's change, computed in float32."""
        module = name.removesuffix(".weight")
        first, second = self._halves.get(f"{module}.lora_A.weight"), self._halves.get(f"{module}.lora_B.weight")
        if first is None or second is None:
            return weight
        self.used.add(name)
        change = second.to(self._device, torch.float32) @ first.to(self._device, torch.float32)
        merged: torch.Tensor = (weight.to(self._device, torch.float32) + self._scale * change).to(weight.dtype)
        return merged


def merged_weights(base: Path, deltas: Deltas) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield every weight of a model folder with the adapter's changes; ``ValueError`` if one finds no weight."""
    for path in sorted(base.glob("*.safetensors")):
        with safe_open(path, framework="pt", device="cpu") as file:
            for name in file.keys():  # noqa: SIM118 (no mapping)
                yield name, deltas.add_to(name, file.get_tensor(name))
    left = deltas.names - deltas.used
    if left:
        raise ValueError(f"the adapter changes {len(left)} weights that {base} lacks, the first is {min(left)}")
