"""Watching: the state of running experiments, from their files alone.

A snapshot reads what the jobs write anyway: outputs, partial files, logs, benchmarks. It asks neither Snakemake nor
Slurm, writes nothing, and holds no lock, so it works on any machine that sees the folder. What it cannot know: whether
a job that has been silent for long still lives; it says for how long.
"""

from __future__ import annotations

import csv
import json
import os
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from seqplay.errors import InputError
from seqplay.operations.schedule import SETTINGS, Job, Settings, read_settings, schedule
from seqplay.records import Goal, Verdict
from seqplay.runtime.phases import is_evaluation
from seqplay.runtime.progress import LOGGER
from seqplay.runtime.stages import BY_NAME, Turn

VALIDATE, PROVE, PROGRAMS = BY_NAME["validate"], BY_NAME["verify_proofs"], BY_NAME["sample_programs"].writes
TAIL = 65536
"""Bytes at the end of a log that are read."""


class State(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    """Its log has begun and has not ended; it may have been killed since (``silent`` tells)."""
    FAILED = "failed"
    DONE = "done"


class Stage(NamedTuple):
    """One job, as far as its files show it."""

    play: str
    rule: str
    part: str
    state: State
    done: int | None = None
    total: int | None = None
    rate: float | None = None
    """Items a second in this run."""
    left: float | None = None
    """Seconds."""
    silent: float | None = None
    """Seconds since it last wrote anything."""
    message: str = ""
    """Why it failed."""


class Play(NamedTuple):
    """An iteration, or an evaluation: what Alice has been acknowledged for so far, and what its summary says."""

    name: str
    programs: int
    judged: int
    """Programs with a verdict on their latest proposal."""
    accepted: dict[str, int]
    """By goal; a SEQ pair that still needs its proof is not among them."""
    unproved: int
    """SEQ pairs that wait for a proof."""
    votes: int
    summary: dict[str, Any] | None
    """The line of ``seq_summary.jsonl``, or of ``evaluation.jsonl``, once it is there."""


class Snapshot(NamedTuple):
    """An experiment at a moment."""

    experiment: str
    finished: bool
    jobs: int
    jobs_done: int
    stages: list[Stage]
    """The jobs that run or have failed."""
    plays: list[Play]
    left: float | None
    """Seconds of work that remain, one job after another, at the speed of the same stages so far."""
    untimed: list[str]
    """Stages that remain and were never finished before: not in ``left``."""
    silent: float | None
    """Seconds since any job wrote into its log."""


@dataclass
class Watcher:
    """Snapshots of one experiment; files are read on from where the last snapshot ended."""

    folder: Path
    _files: dict[Path, _Growing] = field(default_factory=dict)

    def snapshot(self) -> Snapshot:
        """Look at the experiment now; ``InputError`` where the folder holds none that can be watched."""
        settings = read_settings(self.folder)
        if settings is None:
            raise InputError(f"{self.folder}: no {SETTINGS}, which a starting workflow writes; nothing to watch")
        jobs = schedule(settings)
        stages = self._stages(jobs)
        finished = all(stage.state is State.DONE for stage in stages)
        left, untimed = self._left(jobs, stages)
        names = dict.fromkeys(job.play for job in jobs if job.play)
        plays = [self._play(name, settings) for name in names if (self.folder / name / PROGRAMS).exists()]
        return Snapshot(
            experiment=self.folder.name,
            finished=finished,
            jobs=len(jobs),
            jobs_done=sum(stage.state is State.DONE for stage in stages),
            stages=[one for one in (*stages, *self._others(jobs)) if one.state in {State.RUNNING, State.FAILED}],
            plays=plays,
            left=left,
            untimed=untimed,
            silent=_age(max(_changed(self.folder / job.log) for job in jobs)),
        )

    def _stages(self, jobs: Sequence[Job]) -> list[Stage]:
        """Return the state of every job; what follows an unfinished one is not done, even if old files lie there."""
        unfinished: set[str] = set()
        result = []
        for job in jobs:
            stage = self._stage(job)
            if stage.state is State.DONE and not unfinished.isdisjoint(job.needs):
                stage = stage._replace(state=State.WAITING)
            if stage.state is not State.DONE:
                unfinished.add(job.group)
            result.append(stage)
        return result

    def _stage(self, job: Job) -> Stage:
        output, log = self.folder / job.output, self.folder / job.log
        plain = Stage(job.play, job.rule, job.part, State.WAITING)
        if output.exists():
            return plain._replace(state=State.DONE)
        return self._told(plain, log, output.with_name(f".{output.name}.partial"))

    def _others(self, jobs: Sequence[Job]) -> Iterator[Stage]:
        """Yield what runs or has failed beside the game: a dataset's stages, the report."""
        known = {job.log for job in jobs}
        for path in sorted((self.folder / "logs").rglob("*.log")):
            name = path.relative_to(self.folder)
            if name not in known:
                rule, *part = (*name.parts[2:-1], name.stem) if len(name.parts) > 2 else (name.stem,)
                stage = Stage(name.parts[1] if len(name.parts) > 2 else "", rule, ", ".join(part), State.WAITING)
                yield self._told(stage, path, None)

    def _told(self, plain: Stage, log: Path, partial: Path | None) -> Stage:
        """Return what the log of a job says that has not ended."""
        lines = _tail(log)
        if not lines or lines[-1].endswith("INFO root: done"):
            return plain
        silent = _age(max(_changed(log), _changed(partial) if partial else 0.0))
        errors = [line.partition(" ERROR root: ")[2] for line in lines if " ERROR root: " in line]
        if errors:
            message = lines[-1] if errors[-1] == "failed" else errors[-1]
            return plain._replace(state=State.FAILED, silent=silent, message=message)
        told = _progress(lines)
        if told is None:
            return plain._replace(state=State.RUNNING, silent=silent)
        done = max(int(told["done"]), self._lines(partial).count - 1 if partial else 0)
        rate = (told["done"] - told["before"]) / told["seconds"] if told["seconds"] else 0.0
        left = (told["total"] - done) / rate if rate else None
        return plain._replace(
            state=State.RUNNING, silent=silent, done=done, total=told["total"], rate=rate or None, left=left
        )

    def _left(self, jobs: Sequence[Job], stages: Sequence[Stage]) -> tuple[float | None, list[str]]:
        """Return the seconds that remain, and the stages for which no time is known."""
        spent: dict[str, list[float]] = defaultdict(list)
        for job in jobs:
            seconds = _seconds(self.folder / job.benchmark)
            if seconds is not None:
                spent[job.rule].append(seconds)
        rest, untimed = 0.0, []
        for stage in stages:
            known = spent.get(stage.rule)
            if stage.state is State.DONE:
                continue
            if stage.left is not None:
                rest += stage.left
            elif known:
                rest += sum(known) / len(known)
            else:
                untimed.append(stage.rule)
        return (rest if rest else None), sorted(set(untimed))

    def _play(self, name: str, settings: Settings) -> Play:
        """Count what Alice's proposals have come to."""
        folder = self.folder / name
        latest: dict[str, dict[str, Any]] = {}
        for path in self._parts(folder / VALIDATE.writes, VALIDATE.turn, settings.config.alice.retries + 1):
            latest.update((row["program_id"], row) for row in self._lines(path).rows)
        rounds = self._parts(folder / PROVE.writes, PROVE.turn, settings.config.proof.rounds + 1)
        proved = {row["proposal_id"] for path in rounds for row in self._lines(path).rows if _accepted(row)}
        agreed = [row for row in latest.values() if _accepted(row)]
        sinq = sum(row["goal"] == Goal.SINQ for row in agreed)
        seq = sum(row["goal"] == Goal.SEQ and (not settings.proofs or row["proposal_id"] in proved) for row in agreed)
        told = self._lines(folder / BY_NAME["evaluate" if is_evaluation(name) else "summarise"].writes).whole
        return Play(
            name=name,
            programs=self._lines(folder / PROGRAMS).count,
            judged=len(latest),
            accepted={Goal.SEQ: seq, Goal.SINQ: sinq},
            unproved=len(agreed) - seq - sinq,
            votes=self._lines(folder / BY_NAME["score_votes"].writes).count,
            summary=told[0] if told else None,
        )

    def _parts(self, folder: Path, word: Turn | None, count: int) -> Iterator[Path]:
        """Yield a stage's files in order: the merged one, or what its shards have, finished or partial."""
        for number in range(count):
            merged = folder / f"{word}_{number}.jsonl"
            if merged.exists():
                yield merged
            else:
                yield from _shards(folder, f"{word}_{number}.shard_")

    def _lines(self, path: Path) -> _Growing:
        """Return what a file holds now."""
        known = self._files.setdefault(path, _Growing(path))
        known.read()
        return known


KEPT = ("program_id", "proposal_id", "goal", "verdict")
"""Fields of a record that are counted."""


class _Growing:
    """The whole lines of a file that may grow, be replaced, vanish, or end in a torn line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._forget()

    def _forget(self) -> None:
        self.count, self._offset, self._inode = 0, 0, -1
        self.rows: list[dict[str, Any]] = []
        self.whole: list[dict[str, Any]] = []

    def read(self) -> None:
        """Read on."""
        try:
            with self.path.open("rb") as handle:
                found = os.fstat(handle.fileno())
                if found.st_ino != self._inode or found.st_size < self._offset:
                    self._forget()
                    self._inode = found.st_ino
                handle.seek(self._offset)
                for line in handle:
                    if not line.endswith(b"\n"):
                        break
                    self._offset += len(line)
                    self._take(line)
        except OSError:
            self._forget()

    def _take(self, line: bytes) -> None:
        self.count += 1
        if b'"verdict"' not in line and b'"experiment"' not in line:
            return  # a program, a vote, a completion: counted alone, since there may be a great many
        try:
            row = json.loads(line)
        except ValueError:
            return
        if not isinstance(row, dict):
            return
        if all(key in row for key in ("proposal_id", "verdict")):
            self.rows.append({key: row[key] for key in KEPT if key in row})
        elif "experiment" in row:
            self.whole.append(row)


def _accepted(row: dict[str, Any]) -> bool:
    return bool(row.get("verdict") == Verdict.ACCEPTED)


def _shards(folder: Path, start: str) -> Iterator[Path]:
    """Yield the finished or partial files of a stage's shards."""
    for path in _listed(folder):
        if path.name.startswith(start) and path.suffix == ".jsonl":
            yield path
        elif path.name.startswith(f".{start}") and path.suffix == ".partial":
            if not path.with_name(path.name[1 : -len(".partial")]).exists():
                yield path


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _tail(path: Path) -> list[str]:
    """Return the whole lines at the end of a log; none where there is no log."""
    try:
        with path.open("rb") as handle:
            handle.seek(max(0, os.fstat(handle.fileno()).st_size - TAIL))
            text = handle.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line for line in text.rpartition("\n")[0].splitlines() if line.strip()]


def _progress(lines: Sequence[str]) -> dict[str, Any] | None:
    """Return the last progress that a job has told its log (``seqplay.runtime.progress``)."""
    for line in reversed(lines):
        text = line.partition(f" INFO {LOGGER}: ")[2]
        if text:
            try:
                return dict(json.loads(text))
            except ValueError:
                continue
    return None


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _age(changed: float) -> float | None:
    """Return the seconds since a time; none where there was no such time."""
    return max(0.0, time.time() - changed) if changed else None


def _seconds(path: Path) -> float | None:
    """Return the wall seconds in a benchmark file of Snakemake."""
    try:
        with path.open(encoding="utf-8") as handle:
            return float(next(csv.DictReader(handle, delimiter="\t"))["s"])
    except (OSError, StopIteration, KeyError, ValueError, TypeError):
        return None


def experiments(results: Path) -> list[Path]:
    """Return the experiment's folder itself, or all of them in a folder of results.

    Raises ``InputError`` where there is none.
    """
    if read_settings(results) is not None:
        return [results]
    found = [folder for folder in _listed(results) if folder.is_dir() and read_settings(folder) is not None]
    if not found:
        raise InputError(f"{results}: no experiment here that has been started; start snakemake, then watch its folder")
    return found
