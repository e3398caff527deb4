"""Progress of a long stage: a live bar where a person watches, a plain line now and then where nobody does.

It also goes into the job's log, as one JSON object a line, sparser the longer the stage runs: ``seqplay watch`` reads
it there, on any machine that sees the files.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

LOGGER = "seqplay.progress"
"""The name under which progress stands in a log; logs that are read later must keep it."""
PLAIN_SECONDS = 15.0
"""Seconds between two plain lines."""
LOG_SECONDS = (1.0, 60.0)
"""Least and most seconds between two lines of the log; between them, a hundredth of the time that has passed."""


def clock(seconds: float) -> str:
    """Return seconds as ``1:02:03`` or ``2:03``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class StageProgress:
    """Done, total, rate and time left of one stage, on standard error; a context manager."""

    def __init__(self, label: str, total: int, done: int = 0) -> None:
        """Show ``label``; ``done`` items were finished by an earlier run and do not count for the rate."""
        self.label, self.total, self.done, self._resumed = label, total, done, done
        console = Console(stderr=True)
        self._bar: Progress | None = None
        if console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                console=console,
            )

    def __enter__(self) -> Self:
        self._start = self._said = time.monotonic()
        self._log(self._start)
        if self._bar:
            self._bar.start()
            self._task = self._bar.add_task(self.label, total=self.total, completed=self.done, rate="")
        elif self._resumed:
            print(f"{self.label}: {self._resumed}/{self.total} done before, going on", file=sys.stderr, flush=True)
        return self

    def advance(self, items: int = 1) -> None:
        """Count finished items."""
        self.done += items
        now = time.monotonic()
        rate = (self.done - self._resumed) / max(now - self._start, 1e-9)
        least, most = LOG_SECONDS
        if now - self._logged >= min(max(least, (now - self._start) / 100), most):
            self._log(now)
        if self._bar:
            self._bar.update(self._task, completed=self.done, rate=f"{rate:.1f}/s")
        elif now - self._said >= PLAIN_SECONDS:
            self._said = now
            left = clock((self.total - self.done) / rate) if rate > 0 else "?"
            print(f"{self.label}: {self.done}/{self.total}, {rate:.2f}/s, {left} left", file=sys.stderr, flush=True)

    def _log(self, now: float) -> None:
        """Tell the job's log: items done, of how many, done before this run, seconds of this run."""
        self._logged = now
        told = {"done": self.done, "total": self.total, "before": self._resumed, "seconds": round(now - self._start, 3)}
        logging.getLogger(LOGGER).info("%s", json.dumps({"label": self.label, **told}, ensure_ascii=False))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._log(time.monotonic())
        if self._bar:
            self._bar.stop()
        elif kind is None:
            seconds = time.monotonic() - self._start
            print(f"{self.label}: {self.done}/{self.total} in {clock(seconds)}", file=sys.stderr, flush=True)
