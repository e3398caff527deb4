"""``seqplay watch``: a running experiment, live, from its files alone."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table

from seqplay.operations.watch import Play, Snapshot, Stage, State, Watcher, experiments
from seqplay.records import Goal
from seqplay.runtime.progress import clock

QUIET_SECONDS = 120.0
"""A running job that has written nothing for longer is marked."""
NAMED = 4
"""Stages without a known time that are named; of more the number is shown."""


def watch(
    results: Annotated[Path, typer.Argument(help="An experiment's folder, or a folder with several.")],
    once: Annotated[bool, typer.Option("--once", help="Show it once, and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Once, as one JSON object on standard output.")] = False,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 2.0,
) -> None:
    """Show how far an experiment is, from its files alone; ends when it is finished."""
    watchers = [Watcher(folder) for folder in experiments(results)]
    if as_json:
        print(json.dumps(_plain([watcher.snapshot() for watcher in watchers])))
    elif once:
        Console().print(_page([watcher.snapshot() for watcher in watchers]))
    else:
        _live(watchers, every)


def _live(watchers: Sequence[Watcher], every: float) -> None:
    """Show snapshots until all experiments are finished."""
    with Live(auto_refresh=False) as live:
        while True:
            found = [watcher.snapshot() for watcher in watchers]
            live.update(_page(found), refresh=True)
            if all(snapshot.finished for snapshot in found):
                return
            time.sleep(every)


def _plain(found: Sequence[Snapshot]) -> dict[str, Any]:
    shown = [
        {
            **snapshot._asdict(),
            "stages": [stage._asdict() for stage in snapshot.stages],
            "plays": [play._asdict() for play in snapshot.plays],
        }
        for snapshot in found
    ]
    finished = all(snapshot.finished for snapshot in found)
    return {"schema_version": 1, "command": "watch", "finished": finished, "experiments": shown}


def _page(found: Sequence[Snapshot]) -> RenderableType:
    parts: list[RenderableType] = []
    for snapshot in sorted(found, key=lambda snapshot: not snapshot.finished):
        parts.append(_head(snapshot))
        if snapshot.finished and len(found) > 1:
            continue
        if snapshot.plays:
            parts.append(_plays(snapshot.plays))
        if snapshot.stages:
            parts.append(_stages(snapshot.stages))
    return Group(*parts)


def _head(snapshot: Snapshot) -> str:
    if snapshot.finished:
        return f"[bold]{escape(snapshot.experiment)}[/bold]: [green]finished[/green], {snapshot.jobs} jobs"
    words = [f"[bold]{escape(snapshot.experiment)}[/bold]: {snapshot.jobs_done} of {snapshot.jobs} jobs"]
    if snapshot.left is not None:
        words.append(f"{clock(snapshot.left)} of work left, one job after another")
    if snapshot.untimed:
        many = len(snapshot.untimed) > NAMED
        words.append(f"not yet timed: {f'{len(snapshot.untimed)} stages' if many else ', '.join(snapshot.untimed)}")
    if snapshot.silent is not None and snapshot.silent > QUIET_SECONDS:
        words.append(f"[yellow]no job has written anything for {clock(snapshot.silent)}[/yellow]")
    return "; ".join(words)


def _stages(stages: Sequence[Stage]) -> Table:
    table = Table("", "stage", "part", "done", "", "rate", "left", "note", box=None, padding=(0, 1))
    for stage in stages:
        counted = stage.total is not None and stage.done is not None
        table.add_row(
            stage.play,
            stage.rule,
            stage.part,
            f"{stage.done}/{stage.total}" if counted else "",
            ProgressBar(total=stage.total or 1, completed=stage.done or 0, width=20) if counted else "",
            "" if stage.rate is None else f"{stage.rate:.2f}/s",
            "" if stage.left is None else clock(stage.left),
            _note(stage),
        )
    return table


def _note(stage: Stage) -> str:
    if stage.state is State.FAILED:
        return f"[red]failed[/red] {escape(stage.message)}"
    if stage.silent is not None and stage.silent > QUIET_SECONDS:
        return f"[yellow]silent for {clock(stage.silent)}[/yellow]"
    return ""


def _plays(plays: Sequence[Play]) -> Table:
    table = Table("", "programs", "judged", "SEQ", "SINQ", "accepted", "unproved", "votes", "Bob right", "difficulty")
    table.box = None
    for play in plays:
        accepted = sum(play.accepted.values())
        table.add_row(
            play.name,
            str(play.programs),
            str(play.judged),
            str(play.accepted[Goal.SEQ]),
            str(play.accepted[Goal.SINQ]),
            f"{accepted / play.judged:.0%}" if play.judged else "",
            str(play.unproved or ""),
            str(play.votes or ""),
            *_learned(play.summary or {}),
        )
    return table


def _learned(summary: dict[str, Any]) -> tuple[str, str]:
    """Return Bob's share of right votes and the mean difficulty, from the summary of an iteration or an evaluation."""
    if "bob" in summary:
        share = summary["bob"]["all"]["share"]
        return ("" if share is None else f"{share:.0%}"), ""
    if not summary.get("votes"):
        return "", ""
    difficulty = summary["mean_difficulty"]
    return f"{summary['votes_correct'] / summary['votes']:.0%}", "" if difficulty is None else f"{difficulty:.1f}"
