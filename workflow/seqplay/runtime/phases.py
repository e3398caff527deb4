"""Phases: ``iter_N`` is iteration N of the game, ``eval_N`` the evaluation after it (``eval_0``: of the base model)."""

from __future__ import annotations

from typing import Literal

EVALUATION = "eval"


def is_evaluation(phase: str) -> bool:
    """Say whether a phase measures, rather than plays for training."""
    return phase.startswith(EVALUATION)


def seed_phase(phase: str) -> str | Literal["eval"]:
    """Return what a phase puts into the seeds of its samples.

    All evaluations sample with the same seeds (common random numbers): what differs between two of them is the players.
    """
    return EVALUATION if is_evaluation(phase) else phase
