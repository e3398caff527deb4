"""Suites apart from the game: any model, and any adapter of it, asked and scored into a folder."""

from __future__ import annotations

from pathlib import Path

from seqplay.adapters import has_adapter
from seqplay.config import Config, EngineKind
from seqplay.engines.stage import Sampler
from seqplay.errors import InputError
from seqplay.files import content_id, read_records, write_text
from seqplay.game.intervals import Bootstrap
from seqplay.models import check_model
from seqplay.records import Completion
from seqplay.suites.asking import ask_suites, requests
from seqplay.suites.judging import score_suites
from seqplay.suites.records import SuiteResult, SuiteScore
from seqplay.suites.results import write_results
from seqplay.suites.schedule import BASE_PLAYER

ADAPTER_PLAYER = "adapter"
RESULTS = "suites.jsonl"
ASKED = "asked"
"""Beside a player's completions: what they are answers to, so that a second call asks for nothing again."""


def evaluate_suites(config: Config, adapter: Path | None, output: Path) -> list[SuiteResult]:
    """Ask the model, and with ``adapter`` the model under it too, about all suites; write and return the results.

    Below ``output``: ``suites.jsonl``, and for each player the raw completions and a score for each. A killed call
    resumes where it stopped. Raises ``InputError`` where there are no suites, no model or no adapter to ask.
    """
    suites = config.evaluation.suites
    if not suites:
        raise InputError(
            "config key evaluation.suites: found none; name at least one suite (docs/explanation/suites.md)"
        )
    if config.engine.kind is EngineKind.NONE:
        raise InputError("config key engine.kind: found none; a suite needs an engine that answers")
    if adapter is not None and not has_adapter(adapter):
        raise InputError(f"{adapter}: holds no adapter (adapter_config.json and adapter_model.safetensors)")
    check_model(config.engine, config.model)
    players = {BASE_PLAYER: None} if adapter is None else {BASE_PLAYER: None, ADAPTER_PLAYER: adapter}
    scores = {
        player: _scores(config, Sampler(config.engine, config.model, played), output / player)
        for player, played in players.items()
    }
    bootstrap = Bootstrap(config.evaluation.bootstrap, config.seed)
    write_results(
        suites,
        scores,
        scores[BASE_PLAYER],
        output / RESULTS,
        bootstrap=bootstrap,
        experiment=config.experiment,
        iteration=0,
    )
    return read_records(output / RESULTS, SuiteResult)


def _scores(config: Config, sampler: Sampler, folder: Path) -> list[SuiteScore]:
    """Return the scores of a player's answers, which are asked for where they are not there yet."""
    suites, completions, scores = config.evaluation.suites, folder / "completions.jsonl", folder / "scores.jsonl"
    asked = content_id(sampler.fingerprint, *map(repr, requests(suites, config.seed, config.bob.few_shot)))
    known = folder / ASKED
    if not (completions.is_file() and known.is_file() and known.read_text(encoding="utf-8") == asked):
        ask_suites(
            suites,
            completions,
            sampler=sampler,
            seed=config.seed,
            few_shot=config.bob.few_shot,
            label=f"suites {folder.name}",
        )
        write_text(known, asked)
    score_suites(suites, read_records(completions, Completion), scores, haskell=config.haskell)
    return read_records(scores, SuiteScore)
