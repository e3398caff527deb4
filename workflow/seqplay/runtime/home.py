"""Where everything lies that seqplay and its tools keep between runs: one folder, where the home folder is too small.

``SEQPLAY_HOME`` names it (on a file system that all nodes see); each tool's own variable, where it is set, wins. What
is set here is handed on to all jobs. Results lie where the configuration says (`results`), `.snakemake` in the folder
in which Snakemake runs.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

VARIABLE = "SEQPLAY_HOME"
FOLDERS = {
    "SEQPLAY_CACHE": "seqplay",
    "HF_HOME": "huggingface",
    "VLLM_CACHE_ROOT": "vllm",
    "TRITON_CACHE_DIR": "triton",
    "TORCHINDUCTOR_CACHE_DIR": "torchinductor",
    "XDG_CACHE_HOME": "cache",
}
"""The variable of each tool that fills a folder, and the folder below ``SEQPLAY_HOME``; the last is all others'."""


def settle(environment: MutableMapping[str, str] = os.environ) -> None:
    """Point every tool below ``SEQPLAY_HOME``, where that is set, before any of them is imported."""
    home = environment.get(VARIABLE)
    if not home:
        return
    for variable, folder in FOLDERS.items():
        environment.setdefault(variable, str(Path(home).expanduser().absolute() / folder))
