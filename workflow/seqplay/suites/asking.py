"""The stage that asks a player about every suite: one engine for all of them, the same seeds in every iteration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seqplay.config import EngineKind, SuiteConfig
from seqplay.engines.base import Request
from seqplay.engines.stage import Sampler, complete
from seqplay.files import derive_seed, write_records
from seqplay.suites.formats import messages, read_suite


def request_id(suite: SuiteConfig, number: int) -> str:
    """Return the id of a suite's request about its item of a number."""
    return f"{suite.name}/{number}"


def requests(suites: Sequence[SuiteConfig], seed: int, few_shot: bool) -> list[Request]:
    """Return the requests about all items; a seed depends on suite and item alone, so that iterations compare."""
    return [
        Request(
            id=request_id(suite, number),
            messages=messages(suite, item, few_shot),
            n=suite.samples,
            sampling=suite.sampling,
            seed=derive_seed(seed, "suite", suite.name, item.task_id),
        )
        for suite in suites
        for number, item in enumerate(read_suite(suite))
    ]


def ask_suites(
    suites: Sequence[SuiteConfig],
    output: Path,
    *,
    sampler: Sampler,
    seed: int,
    few_shot: bool,
    label: str,
) -> None:
    """Write a player's answers to all suites, raw; without an engine, or a suite of this player, there are none.

    ``few_shot``: whether Bob sees worked examples in the game, and so does who is asked what Bob is asked.
    """
    asked = [] if sampler.engine.kind is EngineKind.NONE else requests(suites, seed, few_shot)
    if not asked:
        write_records(output, [])
        return
    with complete(sampler.open, asked, output, label, sampler.fingerprint) as completions:
        write_records(output, completions)
