"""Plan of a vLLM stage: graph sizes, whether to merge the adapter, and whether the model fits into the memory."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqplay.config import ModelConfig, VllmConfig
from seqplay.engines import vllm_api
from seqplay.errors import EngineError
from seqplay.runtime.gpus import VISIBLE, visible_gpus

GIB = 2**30
NUMBER_BYTES = 2
"""Bytes of a weight or a cached key in 16-bit types."""
QUANTIZED_SHARE = {"awq": 0.3, "gptq": 0.3, "bitsandbytes": 0.3, "fp8": 0.55}
"""Size of quantised weights over that of 16-bit ones, where vLLM quantises while it loads."""


def capture_sizes(concurrency: int) -> list[int]:
    """Return the batch sizes for which CUDA graphs are captured: up to the real number of running sequences.

    vLLM's default stops at 512, and a larger batch runs without graphs (docs/performance.md). Steps of 8, then 16,
    then 32 keep the padding below 13 % and the number of graphs small.
    """
    sizes = {1, 2, 4, *range(8, 65, 8), *range(80, 257, 16), *range(288, concurrency + 1, 32), concurrency}
    return sorted(size for size in sizes if size <= concurrency)


def compilation(concurrency: int) -> dict[str, Any]:
    """Return vLLM's compilation options: graphs of whole decode steps, and no compiler, which halves the start."""
    return {
        "mode": 0,
        "cudagraph_mode": "FULL_DECODE_ONLY",
        "cudagraph_capture_sizes": capture_sizes(concurrency),
    }


def merge_first(config: VllmConfig, tokens: int, settings: Mapping[str, Any]) -> bool:
    """Say whether the adapter is merged before a stage that may generate so many tokens.

    ``settings``: the base's ``config.json``. Weights that are stored quantised cannot take an adapter up; raises
    ``EngineError`` where the configuration asks for it.
    """
    stored = stored_quantization(settings)
    if config.lora == "merged" and stored is not None:
        raise EngineError(
            f"config key engine.vllm.lora: found merged, and the base's weights are stored as {stored}, into which no "
            "adapter can be merged; set it to auto or unmerged"
        )
    if config.lora != "auto":
        return config.lora == "merged"
    return config.quantization is None and stored is None and tokens >= config.merge_above_tokens


def model_settings(folder: Path) -> dict[str, Any]:
    """Return a model's ``config.json``."""
    settings: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return settings


def stored_quantization(settings: Mapping[str, Any]) -> str | None:
    """Return how a model's weights are stored quantised (``awq``, ``gptq``, ``fp8``, …); none where they are not."""
    stored = settings.get("quantization_config") or _of_text(settings).get("quantization_config")
    return str(stored.get("quant_method", "quantised")) if stored else None


def _of_text(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the settings of the language model, which a model of several kinds of input keeps apart."""
    found: Mapping[str, Any] = settings.get("text_config") or settings
    return found


def nvml() -> Any:
    """Return NVIDIA's management library, started: vLLM carries the binding, and it needs no CUDA in this process.

    Raises its ``NVMLError`` where there is no driver.
    """
    library = vllm_api.management_library()
    library.nvmlInit()
    return library


def gpus() -> int:
    """Return the number of NVIDIA GPUs that this job may use, without starting CUDA in this process (vLLM forks)."""
    try:
        count = int(nvml().nvmlDeviceGetCount())
        return min(count, len(visible_gpus())) if VISIBLE in os.environ else count
    except OSError:
        return 0
    except Exception as error:  # NVMLError: no driver here
        if type(error).__name__.startswith("NVMLError"):
            return 0
        raise


def gpu_memory() -> tuple[int, int]:
    """Return free and total bytes of this job's first GPU (NVML itself knows nothing of ``CUDA_VISIBLE_DEVICES``)."""
    library = nvml()
    first = visible_gpus()[0] if VISIBLE in os.environ else "0"
    by_number = first.isdecimal()
    handle = library.nvmlDeviceGetHandleByIndex(int(first)) if by_number else library.nvmlDeviceGetHandleByUUID(first)
    memory = library.nvmlDeviceGetMemoryInfo(handle)
    return int(memory.free), int(memory.total)


def weights_folder(source: str, model: ModelConfig) -> str:
    """Return the folder of a model's weights; a hub id is looked up in (or fetched into) the hub's cache."""
    if Path(source).is_dir():
        return source
    from huggingface_hub import snapshot_download

    return str(snapshot_download(source, revision=model.revision))


def weight_bytes(folder: Path) -> int:
    """Return the size of a model's weights on disk."""
    return sum(path.stat().st_size for path in folder.glob("*.safetensors"))


def cache_bytes_per_token(folder: Path) -> int:
    """Return the bytes of keys and values that one token takes, over all layers."""
    shape = _of_text(model_settings(folder))
    heads = shape["num_attention_heads"]
    width = shape.get("head_dim") or shape["hidden_size"] // heads
    return int(2 * shape["num_hidden_layers"] * shape.get("num_key_value_heads", heads) * width * NUMBER_BYTES)


def check_memory(config: VllmConfig, model: ModelConfig, source: str) -> None:
    """Raise ``EngineError`` where weights and one sequence of full length cannot fit, before vLLM tries for minutes."""
    if gpus() < config.tensor_parallel:
        raise EngineError(
            f"config key engine.vllm.tensor_parallel: found {config.tensor_parallel}; this machine has {gpus()} GPUs"
        )
    folder = Path(weights_folder(source, model))
    free, total = gpu_memory()
    allowed = total * config.memory_share
    if free < allowed:
        raise EngineError(
            f"vllm: out of GPU memory: {free / GIB:.1f} GiB are free, and engine.vllm.memory_share "
            f"{config.memory_share} asks for {allowed / GIB:.1f}; end what else uses the GPU, or lower it"
        )
    share = QUANTIZED_SHARE.get(config.quantization or "", 1.0)
    weights = weight_bytes(folder) * share / config.tensor_parallel
    cache = cache_bytes_per_token(folder) * model.max_length / config.tensor_parallel
    if weights + cache > allowed:
        raise EngineError(
            f"vllm: out of GPU memory: weights {weights / GIB:.1f} GiB and {model.max_length} cached tokens "
            f"{cache / GIB:.1f} GiB a GPU, allowed are {allowed / GIB:.1f}; raise engine.vllm.tensor_parallel or lower "
            "model.max_length"
        )
