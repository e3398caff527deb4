"""Rewrites: what Alice proposes without a model, made before and beside the stages that hold a GPU.

A SEQ proposal is P after two or three laws; in a SINQ proposal one of them is a mistake instead. That alone would
tell the label by its looks (`looks`): a classifier that cannot read tells 96 of 100 pairs of one edit and 7 of 10 of
two or three, and a Bob who is trained on them learns to look, not to reason (docs/explanation/learning.md). So for
every proposal one of the other goal is made that looks like it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from operator import itemgetter
from pathlib import Path

from seqplay import mutate
from seqplay.config import AliceConfig
from seqplay.files import derive_seed, write_records
from seqplay.game.looks import log_odds
from seqplay.haskell.analysis.normalise import normal_id
from seqplay.records import Goal, ProposedBy, Rewrites, RuleRewrite, SampledProgram
from seqplay.runtime.phases import is_evaluation, seed_phase

EDITS = (2, 3)
"""How many edits lie between P and Q: of single ones, 96 of 100 pairs look like their label."""
LITTER = 4
"""Programs for each goal among which the two that look most alike are chosen."""
ALIKE = 0.25
"""Largest difference of their log odds of being equivalent, by looks."""
TRIES = 4
"""Litters that are tried for each rewrite that is asked for: a third has no two that look alike."""


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
    for number in range(TRIES * count):
        edits = EDITS[derive_seed(seed, "edits", number) % len(EDITS)]
        one = twins(code, entry, edits, derive_seed(seed, number)).get(goal)
        if one is not None and (form := normal_id(one.code, entry)) not in passed:
            passed.add(form)
            found.append(one)
            if len(found) == count:
                break
    return found


def twins(code: str, entry: str, edits: int, seed: int) -> dict[Goal, mutate.Rewrite]:
    """Return a program for each goal, both so many edits away, whose looks say the same; none where no two are alike.

    They are the two most alike among ``LITTER`` for each goal. So whichever of the two is proposed, its looks do not
    tell which it is.
    """
    made = {
        goal: [chain(code, entry, goal, edits, derive_seed(seed, number)) for number in range(LITTER)] for goal in Goal
    }
    seen = {
        goal: [(log_odds(code, one.code, edits), one) for one in found if one is not None]
        for goal, found in made.items()
    }
    both = ((abs(kept - broken), one, other) for kept, one in seen[Goal.SEQ] for broken, other in seen[Goal.SINQ])
    apart, kept, broken = min(both, key=itemgetter(0), default=(ALIKE, None, None))
    if kept is None or broken is None or apart >= ALIKE:
        return {}
    return {Goal.SEQ: kept, Goal.SINQ: broken}


def chain(code: str, entry: str, goal: Goal, edits: int, seed: int) -> mutate.Rewrite | None:
    """Return a program that lies so many laws away; for SINQ one of them, anywhere, is a mistake instead.

    None where a step finds nothing. The rules' names are joined by ``+``. No step leads back to a program that the
    chain has passed.
    """
    rules, passed = list[str](), {normal_id(code, entry)}
    mistake = derive_seed(seed, "mistake") % edits if goal is Goal.SINQ else None
    for step in range(edits):
        rewrites = mutate.each_breaking if step == mistake else mutate.each_preserving
        steps = rewrites(code, entry, derive_seed(seed, step))
        found = next((one for one in steps if normal_id(one.code, entry) not in passed), None)
        if found is None:
            return None
        code = found.code
        rules.append(found.rule)
        passed.add(normal_id(code, entry))
    return mutate.Rewrite("+".join(rules), code, 0)
