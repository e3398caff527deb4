"""Which evaluations ask about suites, and whom."""

from __future__ import annotations

from seqplay.config import Config
from seqplay.suites.formats import FORMATS

SUITE_PROMPTS = tuple(sorted({known.template for known in FORMATS.values()}))
"""The templates that suites send."""


BASE_PLAYER = "base"
"""Who answers before the first iteration."""


def suite_players(config: Config, iteration: int) -> list[str]:
    """Return who answers in the evaluation after an iteration; before the first, the base model."""
    if iteration == 0:
        return [BASE_PLAYER]
    chosen = {player for suite in config.evaluation.suites for player in suite.players}
    return sorted(chosen & set(config.train.agents))


def evaluations_with_suites(config: Config) -> range:
    """Return the iterations after which suites are asked about: 0 is the base, none where there are no suites."""
    asked = config.evaluation.enabled and config.evaluation.suites
    return range(config.iterations + 1) if asked else range(0)


def suite_adapter(folder: str, play: str, player: str) -> list[str]:
    """Return the adapter of the player who answers in a play (``eval_2``); the base model has none."""
    return [] if player == BASE_PLAYER else [f"{folder}/iter_{play.removeprefix('eval_')}/{player}_adapters"]


def suite_scores(config: Config, folder: str, play: str) -> list[str]:
    """Return the scores of all players of a play."""
    players = suite_players(config, int(play.removeprefix("eval_")))
    return [f"{folder}/{play}/suites/{player}/scores.jsonl" for player in players]
