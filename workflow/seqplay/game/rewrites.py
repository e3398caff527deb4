"""Rewrites: what Alice proposes without a model, made before and beside the stages that hold a GPU.

A SEQ proposal is P after one or two laws; a SINQ proposal is P after one or two laws and a mistake. A mistake alone
would tell the label by its looks: a classifier that cannot read told 92 of 100 such pairs, and a Bob who is trained on
them learns to look, not to reason (docs/explanation/learning.md).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from seqplay import mutate
from seqplay.config import AliceConfig
from seqplay.files import derive_seed, write_records
from seqplay.haskell.analysis.normalise import normal_id
from seqplay.records import Goal, ProposedBy, Rewrites, RuleRewrite, SampledProgram
from seqplay.runtime.phases import is_evaluation, seed_phase

MOST_LAWS = 2
"""Laws between P and Q at most."""
TRIES = 4
"""Chains that are tried for each rewrite that is asked for: not every law applies to every program."""


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
    """Return the first ``count`` rewrites of a program, no two the same; fewer where the rules find no more."""
    found: list[mutate.Rewrite] = []
    passed = {normal_id(code, entry)}
    for candidate in range(TRIES * count):
        laws = 1 + derive_seed(seed, "laws", candidate) % MOST_LAWS
        one = chain(code, entry, goal, laws, derive_seed(seed, candidate))
        if one is not None and (form := normal_id(one.code, entry)) not in passed:
            passed.add(form)
            found.append(one)
            if len(found) == count:
                break
    return found


def chain(code: str, entry: str, goal: Goal, laws: int, *seed: int) -> mutate.Rewrite | None:
    """Return a program that lies so many laws away from another, for SINQ and a mistake; none where a step is missing.

    The rules' names are joined by ``+``. No step leads back to a program that the chain has passed.
    """
    rules, passed = list[str](), {normal_id(code, entry)}
    for step in range(laws + (goal is Goal.SINQ)):
        rewrites = mutate.each_preserving if step < laws else mutate.each_breaking
        steps = rewrites(code, entry, derive_seed(*seed, step))
        found = next((one for one in steps if normal_id(one.code, entry) not in passed), None)
        if found is None:
            return None
        code = found.code
        rules.append(found.rule)
        passed.add(normal_id(code, entry))
    return mutate.Rewrite("+".join(rules), code, 0)
