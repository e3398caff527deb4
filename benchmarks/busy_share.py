"""How busy a GPU was over whole iterations of a game, and how much of that time its work needed.

    python benchmarks/busy_share.py RESULTS GPU_CSV --sampling-rate 25000 --training-rate 14000

RESULTS is an experiment's folder (no weights are needed). GPU_CSV holds what NVML said meanwhile, a line a reading:
seconds since the epoch, the GPU's utilisation in percent, and anything more. A JSON line for each window:

- ``iteration i``: from the first line of the log of its first proposals to the end of its last training; what else ran
  then counts too (evaluations, other iterations).
- ``steady i``: from the end of the last training of iteration i - 1 to that of iteration i. A whole period of the game,
  without the start of the engine.

``busy`` is the share of the readings with a utilisation above 0, ``load`` their mean, both as in docs/performance.md.
``useful`` is (sampled tokens / sampling rate + trained tokens / training rate) / seconds: the share of the time in
which bare vLLM and the bare training loop, one after the other, would do the same work. The rates, in tokens a second,
are measured apart, with the experiment's own number of samples and lengths (``benchmarks/sampling.py``,
``benchmarks/training.py``). Sampled tokens are those of the completions, trained tokens those of all steps, prompts
included. A stage that a window cuts counts with the part of its time that lies within. Not covered: several GPUs.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any, NamedTuple

import typer

SAMPLING = {
    "propose": "propose/attempt_*.shard_*.log",
    "prove": "propose_proofs/round_*.log",
    "predict": "predict_difficulty.log",
    "vote": "vote/shard_*.log",
    "vote as before": "vote_as_before.log",
}
"""The logs of a phase's sampling stages."""
RECORDS = {
    "propose": "proposals/{}.jsonl",
    "prove": "proof_proposals/{}.jsonl",
    "predict": "predictions.jsonl",
    "vote": "ballots/{}.jsonl",
    "vote as before": "earlier_ballots.jsonl",
}
"""What they write; the braces stand for the log's name."""
STAMP = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) ")


class Span(NamedTuple):
    """A stretch of time, in seconds since the epoch."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start

    def within(self, other: Span) -> float:
        """Return which share of it lies within another."""
        common = min(self.end, other.end) - max(self.start, other.start)
        return max(0.0, common) / self.seconds if self.seconds > 0 else float(other.start <= self.start < other.end)


class Stage(NamedTuple):
    """A finished stage that works on the GPU."""

    name: str
    play: str
    span: Span
    tokens: int

    @property
    def trains(self) -> bool:
        """Whether it is a training; else it samples."""
        return self.name in ("alice", "bob")


class Reading(NamedTuple):
    """What NVML said at a time."""

    time: float
    percent: float


def span_of(log: Path, hours: float) -> Span | None:
    """Return when a stage began and ended by its log, whose clock is so many hours ahead of UTC; none if unfinished."""
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if STAMP.match(line)]
    if not lines or not lines[-1].endswith("INFO root: done"):
        return None
    zone = timezone(timedelta(hours=hours))
    first, last = (
        datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f").replace(tzinfo=zone).timestamp()
        for line in (lines[0], lines[-1])
    )
    return Span(first, last)


def sampled_tokens(records: Path) -> int:
    """Return the tokens of all completions in a file of records; what no model wrote has none."""
    lines = (json.loads(line) for line in records.read_text(encoding="utf-8").splitlines() if line)
    return sum(line["completion"]["completion_tokens"] for line in lines if line.get("completion"))


def trained_tokens(adapter: Path) -> int:
    """Return the tokens of all steps of a training; none where the adapter of before was carried over."""
    training: Mapping[str, Any] = json.loads((adapter / "training.json").read_text(encoding="utf-8"))
    return int(training["metrics"]["tokens"]) if training["status"] == "trained" else 0


def stages(results: Path, hours: float = 0) -> Iterator[Stage]:
    """Yield the finished stages of an experiment that work on the GPU."""
    for play in sorted(
        path.name for path in (results / "logs").iterdir() if re.fullmatch(r"(iter|eval)_\d+", path.name)
    ):
        for name, pattern in SAMPLING.items():
            for log in sorted((results / "logs" / play).glob(pattern)):
                records = results / play / RECORDS[name].format(log.stem)
                if (span := span_of(log, hours)) and records.exists():
                    yield Stage(name, play, span, sampled_tokens(records))
        for agent in ("alice", "bob"):
            log = results / "logs" / play / f"train_{agent}.log"
            if log.exists() and (span := span_of(log, hours)):
                yield Stage(agent, play, span, trained_tokens(results / play / f"{agent}_adapters"))


def windows(found: Sequence[Stage]) -> dict[str, Span]:
    """Return the windows of all iterations whose proposals and trainings are finished."""
    made: dict[str, Span] = {}
    ends: dict[int, float] = {}
    plays = {stage.play for stage in found if stage.play.startswith("iter_")}
    for number in sorted(int(play.removeprefix("iter_")) for play in plays):
        of_play = [stage for stage in found if stage.play == f"iter_{number}"]
        begun = [stage.span.start for stage in of_play if stage.name == "propose"]
        trained = [stage.span.end for stage in of_play if stage.trains]
        if begun and trained:
            made[f"iteration {number}"] = Span(min(begun), max(trained))
            ends[number] = max(trained)
        if number in ends and number - 1 in ends:
            made[f"steady {number}"] = Span(ends[number - 1], ends[number])
    return made


def readings(path: Path) -> list[Reading]:
    """Return NVML's readings; a last line that was cut is left out."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    cells = [line.split(",") for line in lines if line.endswith("\n") and "," in line]
    return [Reading(float(row[0]), float(row[1])) for row in cells]


def row(
    name: str, window: Span, found: Sequence[Stage], read: Sequence[Reading], sampling_rate: float, training_rate: float
) -> dict[str, Any]:
    """Return what is printed of a window; raises ``ValueError`` where the GPU was not watched during it."""
    during = [one.percent for one in read if window.start <= one.time < window.end]
    if not during:
        raise ValueError(f"{name}: no reading of the GPU lies within; is the clock of the logs that of --hours?")
    sampled: dict[str, float] = defaultdict(float)
    trained: dict[str, float] = defaultdict(float)
    for stage in found:
        if part := stage.span.within(window):
            counts, key = (trained, stage.name) if stage.trains else (sampled, f"{stage.play} {stage.name}")
            counts[key] += part * stage.tokens
    needed = sum(sampled.values()) / sampling_rate + sum(trained.values()) / training_rate
    return {
        "window": name,
        "seconds": round(window.seconds, 1),
        "busy": round(fmean(percent > 0 for percent in during), 3),
        "load": round(fmean(during) / 100, 3),
        "useful": round(needed / window.seconds, 3),
        "readings": len(during),
        "sampled": {key: round(tokens) for key, tokens in sampled.items()},
        "trained": {key: round(tokens) for key, tokens in trained.items()},
    }


def main(
    results: Annotated[Path, typer.Argument(help="the experiment's folder")],
    gpu_csv: Annotated[Path, typer.Argument(help="NVML's readings")],
    sampling_rate: Annotated[float, typer.Option(help="bare vLLM's tokens a second")],
    training_rate: Annotated[float, typer.Option(help="the bare training loop's tokens a second")],
    hours: Annotated[float, typer.Option(help="how far the logs' clock is ahead of UTC")] = 0,
) -> None:
    """Print a JSON line for each window."""
    found = list(stages(results, hours))
    made = windows(found)
    if not made:
        sys.exit(f"{results}: no iteration whose proposals and trainings are finished")
    read = readings(gpu_csv)
    for name, window in made.items():
        print(json.dumps(row(name, window, found, read, sampling_rate, training_rate)))


if __name__ == "__main__":
    typer.run(main)
