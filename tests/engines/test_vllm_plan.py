"""What a vLLM stage is planned by: the base's own settings, in each form that models have them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seqplay.config import VllmConfig
from seqplay.engines import vllm_plan
from seqplay.errors import EngineError

SHAPE = {"num_attention_heads": 8, "num_key_value_heads": 2, "hidden_size": 512, "num_hidden_layers": 4}
LARGE = 10**9


def folder(tmp_path: Path, settings: dict[str, object]) -> Path:
    (tmp_path / "config.json").write_text(json.dumps(settings))
    return tmp_path


@pytest.mark.parametrize("settings", [SHAPE, {"text_config": SHAPE, "vision_config": {"hidden_size": 9}}])
def test_the_cache_is_reckoned_for_plain_and_nested_settings(settings: dict[str, object], tmp_path: Path) -> None:
    assert vllm_plan.cache_bytes_per_token(folder(tmp_path, settings)) == 2 * 4 * 2 * 64 * 2


@pytest.mark.parametrize("method", ["awq", "gptq", "fp8", "bitsandbytes"])
@pytest.mark.parametrize("nested", [False, True])
def test_an_adapter_is_never_merged_into_quantised_weights(method: str, nested: bool) -> None:
    stored = {"quantization_config": {"quant_method": method}}
    settings = {"text_config": SHAPE | stored} if nested else SHAPE | stored
    assert vllm_plan.merge_first(VllmConfig(), LARGE, SHAPE)
    assert not vllm_plan.merge_first(VllmConfig(), LARGE, settings)
    with pytest.raises(EngineError, match=f"stored as {method}"):
        vllm_plan.merge_first(VllmConfig(lora="merged"), LARGE, settings)


class Nvml:
    """A pretended NVML of several GPUs with different memory."""

    def __init__(self, count: int) -> None:
        self.count = count

    def nvmlDeviceGetCount(self) -> int:
        return self.count

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        assert index < self.count
        return index

    def nvmlDeviceGetHandleByUUID(self, name: str) -> int:
        return int(name.rpartition("-")[2])

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> object:
        return type("Memory", (), {"free": 100 + handle, "total": 200 + handle})


@pytest.mark.parametrize("count", [1, 2, 4, 8])
def test_the_memory_is_that_of_the_jobs_own_gpu(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vllm_plan, "nvml", lambda: Nvml(count))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert (vllm_plan.gpus(), vllm_plan.gpu_memory()) == (count, (100, 200))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", str(count - 1))
    assert (vllm_plan.gpus(), vllm_plan.gpu_memory()) == (1, (100 + count - 1, 200 + count - 1))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", f"GPU-{count - 1}")
    assert vllm_plan.gpu_memory()[0] == 100 + count - 1
