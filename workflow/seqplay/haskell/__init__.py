"""The Haskell core: analysis, jail, warm sessions, execution and differential testing of untrusted programs.

Programs are Haskell texts; ``Executor`` answers whether one can be used, what it gives on an input, whether two differ
on an input, and whether an input can be found on which they do. What a program does wrong is a verdict, never an
exception.
"""

from seqplay.haskell.execution.trial import Task
from seqplay.haskell.executor import Executor
from seqplay.haskell.results import Checked, Compared, Diverged, Entry, Outcome, Ran, Reason, Result, Tried
from seqplay.haskell.sandbox.jail import JailInfo

__all__ = [
    "Checked",
    "Compared",
    "Diverged",
    "Entry",
    "Executor",
    "JailInfo",
    "Outcome",
    "Ran",
    "Reason",
    "Result",
    "Task",
    "Tried",
]
