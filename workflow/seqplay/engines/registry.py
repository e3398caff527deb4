"""Which engine a configuration means. Each is imported only where it is asked for: torch and vLLM take their time."""

from __future__ import annotations

from pathlib import Path

from seqplay.config import EngineConfig, EngineKind, ModelConfig
from seqplay.engines.base import Engine
from seqplay.errors import EngineError


def check_adapter(adapter: Path) -> None:
    """Raise ``EngineError`` unless the folder is a peft adapter."""
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        if not (adapter / name).is_file():
            raise EngineError(f"adapter {adapter}: lacks {name}; give the folder that peft saved, or no adapter")


def open_engine(engine: EngineConfig, model: ModelConfig, adapter: Path | None) -> Engine:
    """Return the configured engine.

    The model loads at the first ``sample``. With an adapter it is then checked to be live: it must change the
    log-probabilities of a probe prompt, else ``EngineError``.
    """
    if adapter is not None:
        check_adapter(adapter)
    match engine.kind:
        case EngineKind.REPLAY:
            from seqplay.engines.replay import ReplayEngine

            return ReplayEngine.from_config(engine)
        case EngineKind.TRANSFORMERS:
            from seqplay.engines.transformers import TransformersEngine

            return TransformersEngine(engine, model, adapter)
        case EngineKind.VLLM:
            from seqplay.engines.vllm import VllmEngine

            return VllmEngine(engine.vllm, model, adapter)
        case EngineKind.SERVER:
            from seqplay.engines.server import ServerEngine

            return ServerEngine(engine.server, model, adapter)
        case EngineKind.NONE:
            raise EngineError("engine.kind is none, and a stage needs completions: choose an engine, or only `mutate`")
