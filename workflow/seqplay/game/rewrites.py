"""Rewrites: what Alice proposes without a model, made before and beside the stages that hold a GPU."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path

from seqplay import mutate
from seqplay.config import AliceConfig
from seqplay.files import derive_seed, write_records
from seqplay.records import Goal, ProposedBy, Rewrites, RuleRewrite, SampledProgram
from seqplay.runtime.phases import is_evaluation, seed_phase

SINGLE = 2
"""The first so many of ``mutate.preserving`` are rewrites by a single rule; a composed one comes next."""


def rewrite(
    sampled: Sequence[SampledProgram], output: Path, *, alice: AliceConfig, seed: int, play: str, workers: int
) -> None:
    """Write the rewrites of each program that `mutate` proposes for, as many as all of its attempts may take.

    ``workers``: processes. A program on which a rule fails has none, and says why.
    """
    samples = 1 if is_evaluation(play) else alice.samples
    mine = [item for item in sampled if item.proposer == ProposedBy.MUTATE]
    found = partial(_rewrites, count=samples * (alice.retries + 1), seed=seed, phase=seed_phase(play))
    if workers == 1 or len(mine) < workers:
        write_records(output, map(found, mine))
        return
    with ProcessPoolExecutor(workers) as pool:
        write_records(output, pool.map(found, mine, chunksize=max(1, len(mine) // (4 * workers))))


def _rewrites(item: SampledProgram, *, count: int, seed: int, phase: str) -> Rewrites:
    drawn = derive_seed(seed, phase, ProposedBy.MUTATE, item.program.id)
    try:
        found = first_rewrites(item.program.code, item.program.entry, item.goal, drawn, count)
    except Exception as error:  # a fault of ours: one odd program is that program's outcome
        logging.exception("rewriting program %s", item.program.id)
        why = f"the rewriting rules failed on it ({type(error).__name__}: {error}); please report it as a bug"
        return Rewrites(program_id=item.program.id, rewrites=[], why_none=why)
    return Rewrites(program_id=item.program.id, rewrites=[RuleRewrite(rule=one.rule, code=one.code) for one in found])


def first_rewrites(code: str, entry: str, goal: Goal, seed: int, count: int) -> list[mutate.Rewrite]:
    """Return the first ``count`` of ``mutate.preserving`` or ``mutate.breaking``, and make no others where that can be
    helped."""
    if goal is Goal.SINQ:
        return list(islice(mutate.each_breaking(code, entry, seed), count))
    single = list(islice(mutate.each_preserving(code, entry, seed), min(count, SINGLE)))
    return single if len(single) == count else mutate.preserving(code, entry, seed)[:count]
