"""Progress of a long stage: a live bar where a person watches, a plain line now and then where nobody does."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

PLAIN_SECONDS = 15.0
"""Seconds between two plain lines."""


def _clock(seconds: float) -> str:
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
        if self._bar:
            self._bar.update(self._task, completed=self.done, rate=f"{rate:.1f}/s")
        elif now - self._said >= PLAIN_SECONDS:
            self._said = now
            left = _clock((self.total - self.done) / rate) if rate > 0 else "?"
            print(f"{self.label}: {self.done}/{self.total}, {rate:.2f}/s, {left} left", file=sys.stderr, flush=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()
        elif kind is None:
            seconds = time.monotonic() - self._start
            print(f"{self.label}: {self.done}/{self.total} in {_clock(seconds)}", file=sys.stderr, flush=True)
