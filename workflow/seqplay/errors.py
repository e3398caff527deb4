"""Errors that a user of seqplay can meet.

Each carries what was wrong, where, and what to do, in one line; the command line prints that line and no stack trace.
What a *program* or a *proof* does wrong is never an exception: it is a verdict with a reason (``records.Verdict``).
"""

from __future__ import annotations

import traceback


class SeqplayError(Exception):
    """A user's or an environment's mistake, described in one line.

    ``exit_code`` is what the command line ends with (design: 2 bad input, 3 a tool is missing or broken).
    """

    exit_code = 2


class ConfigError(SeqplayError):
    """A configuration key or value is wrong: names the key, what was found, and what is allowed."""


class InputError(SeqplayError):
    """A file or an argument given by the user is invalid: names the file, the line, and what is wrong."""


class ToolError(SeqplayError):
    """A tool, the jail, a model or a machine's resource is missing or fails on a known-good probe."""

    exit_code = 3


class EngineError(ToolError):
    """A language-model engine cannot do its work (model not found, out of memory, prompt too long)."""


class WorkerLost(ToolError):
    """A worker process died in the middle of an item: an infra error, retried and never a label."""


class CollapseError(SeqplayError):
    """A player collapses: training on would ruin it, and the GPU-hours after it. Nothing is broken."""

    exit_code = 1


class ReportedBug(Exception):
    """Something broke in seqplay itself, in another process: its ``bug_report``."""


def bug_report(error: Exception) -> str:
    """Say in one line what broke in seqplay itself on an item, where, and that it is to be reported."""
    if isinstance(error, ReportedBug):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {frames[-1].filename.rpartition('/')[2]}, line {frames[-1].lineno}" if frames else ""
    said = " ".join(str(error).split())[:200]
    what = type(error).__name__ + (f": {said}" if said else "")
    return f"seqplay itself failed on this item ({what}{where}): this is a bug, please report it with the item"
