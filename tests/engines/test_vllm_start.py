"""A start of vLLM that fails since another process gave GPU memory back meanwhile is tried again; others are not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from seqplay.engines import vllm, vllm_api, vllm_plan
from seqplay.errors import EngineError

CORE = "Engine core initialization failed. See root cause above. Failed core proc(s): {}"
GIB = 1 << 30


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What is asked for: each start, and each pause."""
    monkeypatch.setattr(vllm_plan, "gpus", lambda: 1)
    seen: list[float] = []
    monkeypatch.setattr(vllm.time, "sleep", seen.append)
    return seen


def failing(monkeypatch: pytest.MonkeyPatch, words: str, times: int) -> list[Mapping[str, Any]]:
    """Let the first starts fail with these words."""
    asked: list[Mapping[str, Any]] = []

    def start(options: Mapping[str, Any]) -> str:
        asked.append(options)
        if len(asked) <= times:
            raise RuntimeError(words)
        return "vLLM"

    monkeypatch.setattr(vllm_api, "start", start)
    return asked


def free(monkeypatch: pytest.MonkeyPatch, *bytes_: int) -> None:
    """Let so many bytes be free, one look after the other, the last from then on."""
    looks = iter(bytes_)
    monkeypatch.setattr(vllm_plan, "gpu_memory", lambda: (next(looks, bytes_[-1]), 140 * GIB))


def test_a_core_that_failed_while_memory_changed_is_started_again(
    monkeypatch: pytest.MonkeyPatch, starts: list[float]
) -> None:
    asked = failing(monkeypatch, CORE, 1)
    free(monkeypatch, 102 * GIB, 120 * GIB)
    assert vllm.started({"model": "m"}, "m") == "vLLM"
    assert asked == [{"model": "m"}] * 2
    assert starts == [vllm.PAUSE]


def test_a_core_that_failed_by_itself_is_not(monkeypatch: pytest.MonkeyPatch, starts: list[float]) -> None:
    asked = failing(monkeypatch, CORE, 9)
    free(monkeypatch, 120 * GIB)
    with pytest.raises(EngineError, match=r"does not start with m .*initialization failed"):
        vllm.started({}, "m")
    assert len(asked) == 1


def test_another_fault_is_told_at_once(monkeypatch: pytest.MonkeyPatch, starts: list[float]) -> None:
    asked = failing(monkeypatch, "no such model", 9)
    free(monkeypatch, 102 * GIB, 120 * GIB)
    with pytest.raises(EngineError, match="no such model"):
        vllm.started({}, "m")
    assert len(asked) == 1
    assert starts == []


def test_memory_that_never_rests_ends_the_stage(monkeypatch: pytest.MonkeyPatch, starts: list[float]) -> None:
    asked = failing(monkeypatch, CORE, 9)
    free(monkeypatch, *(number * GIB for number in range(90, 99)))
    with pytest.raises(EngineError, match="if it is memory"):
        vllm.started({}, "m")
    assert len(asked) == vllm.STARTS
