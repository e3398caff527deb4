"""The page on learning shows what its command prints."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_tables_of_targets_are_what_the_command_prints() -> None:
    printed = subprocess.run(
        [sys.executable, "benchmarks/training_targets.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() in (ROOT / "docs" / "explanation" / "learning.md").read_text(encoding="utf-8")
