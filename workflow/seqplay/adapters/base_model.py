"""Which base model an adapter belongs to. No model is loaded for it, and no torch."""

from __future__ import annotations

import hashlib
from pathlib import Path

from seqplay.config import ModelConfig
from seqplay.files import content_id

_SAMPLE = 1 << 20


def base_fingerprint(base: Path | str, config: ModelConfig) -> str:
    """Return a hash of the base that does not depend on where it lies.

    Of each file: name, size, and three samples of 1 MiB (a 7B base is not read whole). A hub id: id and revision.
    """
    folder = Path(base)
    if not folder.is_dir():
        return content_id("hub", str(base), config.revision or "main")
    digest = hashlib.sha256()
    names = [p for p in folder.iterdir() if p.suffix in {".json", ".safetensors", ".jinja", ".model", ".txt"}]
    for path in sorted(names, key=lambda p: p.name):
        size = path.stat().st_size
        digest.update(f"{path.name}:{size}:".encode())
        with path.open("rb") as handle:
            for place in sorted({0, max(0, size // 2 - _SAMPLE // 2), max(0, size - _SAMPLE)}):
                handle.seek(place)
                digest.update(handle.read(_SAMPLE))
    return digest.hexdigest()[:16]
