"""Tactics: proofs found without any model. ``search`` is the entry; ``setting`` makes its task of a theorem."""

from seqplay.proof.tactics.search import Found, Task, search

__all__ = ["Found", "Task", "search"]
