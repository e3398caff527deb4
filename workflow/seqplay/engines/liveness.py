"""Liveness of an adapter: it must change what the model says, or the stage that would sample with it fails."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from seqplay.errors import EngineError
from seqplay.records import Message

PROBE = (
    Message(role="user", content="Write a Haskell function that doubles a number."),
    Message(role="assistant", content="double :: Int -> Int\ndouble x = 2 * x"),
)
"""The chat whose tokens' log-probabilities are compared."""

SMALLEST_CHANGE = 1e-5
"""In nats: below it an adapter counts as dead; the same prompt twice gives the very same numbers."""


def adapter_name(adapter: Path) -> str:
    """Return a name that no other adapter has: a hash of its content, so that no cache takes one for another."""
    digest = hashlib.sha256()
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        digest.update((adapter / name).read_bytes())
    return f"adapter-{digest.hexdigest()[:16]}"


def check_live(adapter: Path, base: Sequence[float], adapted: Sequence[float]) -> float:
    """Return the largest change of the probe's log-probabilities; ``EngineError`` where there is none."""
    if len(base) != len(adapted) or not base:
        raise EngineError(f"adapter {adapter}: the probe gave {len(base)} and {len(adapted)} log-probabilities")
    change = max(abs(one - other) for one, other in zip(base, adapted, strict=True))
    if not change >= SMALLEST_CHANGE:  # also where it is not a number
        raise EngineError(
            f"adapter {adapter}: changes no log-probability of the probe prompt (largest change {change:.2g}); check "
            "that it was trained for this base model, that its weights are not zero, and that its modules exist there"
        )
    return change
