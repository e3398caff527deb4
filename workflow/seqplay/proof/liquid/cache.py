"""Verdicts kept on disk, by the hash of everything they depend on: modules, theorem, flags, limits and tools.

Only what another run would find again is kept: accepted and rejected, never a timeout or an error of the tools.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from seqplay.files import content_id, dump_line, write_text
from seqplay.proof.liquid.toolchain import Toolchain
from seqplay.proof.liquid.verdict import LiquidReason, LiquidVerdict, ModuleText
from seqplay.records import Verdict

FORMAT = "2"
"""Of what is kept, and of how a verdict is read: raised when either changes."""


class VerdictCache:
    """Verdicts below one folder, one file each, written by rename."""

    def __init__(self, folder: Path, tools: Toolchain, library: Sequence[ModuleText]) -> None:
        """Open the cache for these tools and this library of modules."""
        self._folder = folder
        self._base = content_id(FORMAT, tools.key, *(part for module in library for part in module))

    def _path(self, way: str, modules: Sequence[ModuleText], theorem: str) -> Path:
        key = content_id(self._base, way, theorem, *(part for module in modules for part in module))
        return self._folder / key[:2] / f"{key}.json"

    def get(self, way: str, modules: Sequence[ModuleText], theorem: str) -> LiquidVerdict | None:
        """Return the kept verdict; ``way`` is ``warm`` or ``cold``."""
        try:
            return LiquidVerdict.model_validate_json(self._path(way, modules, theorem).read_text(encoding="utf-8"))
        except (OSError, ValidationError):
            return None

    def put(self, way: str, modules: Sequence[ModuleText], theorem: str, verdict: LiquidVerdict) -> None:
        """Keep a verdict, where another run would find the same."""
        lasting = verdict.verdict in {Verdict.ACCEPTED, Verdict.REJECTED}
        if lasting and verdict.reason not in {LiquidReason.MEMORY, LiquidReason.CRASH}:
            write_text(self._path(way, modules, theorem), dump_line(verdict) + "\n")
