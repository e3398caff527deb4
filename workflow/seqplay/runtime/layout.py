"""Layout: which files a stage reads, as paths below an experiment's folder; what the rules ask of it beyond patterns.

``folder`` may hold Snakemake's wildcards (``results/{experiment}``), which are filled in there.
"""

from __future__ import annotations

from seqplay.config import Config
from seqplay.runtime.shards import shard_count
from seqplay.runtime.stages import STAGES

SHARDED = {stage.writes: stage.name for stage in STAGES if stage.merged}
"""Folders whose files (one an attempt or round) are merged from shards, and the stage that writes them."""


def shard_files(folder: str, config: Config, play: str, records: str, part: str) -> list[str]:
    """Return the files of a stage's shards, in order; ``part`` is ``attempt_0`` or ``round_2``."""
    shards = shard_count(config, SHARDED[records], play, int(part.rpartition("_")[2]))
    return [f"{folder}/{play}/{records}/{part}.shard_{shard}.jsonl" for shard in range(shards)]


def summaries(folder: str, last: int) -> list[str]:
    """Return the counts of the iterations up to the last."""
    return [f"{folder}/iter_{number}/seq_summary.jsonl" for number in range(1, last + 1)]


def evaluations(folder: str, config: Config, last: int) -> list[str]:
    """Return what the base and the iterations up to the last say of learning; none where evaluation is off."""
    numbers = range(last + 1) if config.evaluation.enabled else []
    return [f"{folder}/eval_{number}/evaluation.jsonl" for number in numbers]


def report_pages(folder: str, config: Config) -> list[str]:
    """Return the pages of an experiment: one an iteration, and the one of it all."""
    places = [f"iter_{number}/" for number in range(1, config.iterations + 1)]
    return [f"{folder}/{place}report.html" for place in (*places, "")]
