"""Held-out pairs: the fixed labelled pairs on which Bob is measured, made by ``mutate`` from the held-out programs.

Half are SEQ and half SINQ, spread evenly over programs, levels (how many edits lie between P and Q; in a SINQ pair one
of them is a mistake, and looks do not tell which pair is which, see `looks`) and directions
(``backward`` asks about the pair with its sides exchanged). Each is validated as it is asked, like every pair; where
there is Liquid Haskell the tactics look for a proof of the SEQ ones. No pair is there twice, not even the other way
round.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from math import ceil
from pathlib import Path
from typing import Literal, NamedTuple

from seqplay.config import EvaluationConfig, HaskellConfig, ProofConfig, fingerprint
from seqplay.files import content_id, derive_seed, write_records
from seqplay.game.pairs import collect_pair
from seqplay.game.rewrites import EDITS, twins
from seqplay.game.validate import judge
from seqplay.haskell import Executor
from seqplay.haskell.analysis.normalise import normal_id
from seqplay.haskell.results import Reason
from seqplay.mutate import Rewrite
from seqplay.proof.prover_pool import ProverPool
from seqplay.proof.results import ProofReason
from seqplay.records import Goal, Pair, Program, ProofAttempt, Proposal, ProposedBy, Record, Verdict
from seqplay.runtime.pool import run_resumable

SEED = 0
"""Whatever the experiment's: the pairs are the same in a sweep over seeds, which is then compared pair by pair."""
CANDIDATES = 4
"""Litters tried for one place: not every one has two that look alike, and not every candidate is accepted."""
SPARE = 1.5
"""Places for each pair that is wanted: not every one gives a pair."""

Direction = Literal["forward", "backward"]
DIRECTIONS: tuple[Direction, ...] = ("forward", "backward")


PARTS: tuple[Callable[[Pair], str], ...] = (
    lambda pair: pair.program_id,
    lambda pair: str(pair.level),
    lambda pair: pair.direction,
)
"""Over what the pairs are spread."""


@dataclass(frozen=True)
class Place:
    """What a pair is wanted for."""

    program: Program
    goal: Goal
    level: int
    direction: Direction
    turn: int
    """How many pairs of this program and goal were wanted before."""

    @property
    def litters(self) -> Litters:
        """What its candidates are made from; the same for both goals, whose pairs then look alike."""
        return Litters(self.program.code, self.program.entry, self.level, self.turn)

    @property
    def key(self) -> str:
        """The key under which the stage resumes."""
        return content_id(self.program.id, self.goal, str(self.level), self.direction, str(self.turn))


class Litters(NamedTuple):
    """Of which program twins are made, how many edits away, and for the how-manieth time."""

    code: str
    entry: str
    level: int
    turn: int

    def made(self, seed: int) -> list[dict[Goal, Rewrite]]:
        """Return up to ``CANDIDATES`` pairs of twins, by seed; none of a program on which a rule fails."""
        drawn = derive_seed(seed, "heldout", *self)
        seeds = (derive_seed(drawn, number) for number in range(CANDIDATES))
        try:
            return [both for one in seeds if (both := twins(self.code, self.entry, self.level, one))]
        except Exception:  # a fault of ours: one odd program is that program's outcome
            logging.exception("rewriting a held-out program (please report it as a bug):\n%s", self.code)
            return []


class HeldoutTry(Record):
    """The pair that was found for a place, or none."""

    key: str
    pair: Pair | None
    either_way: str = ""
    """Hash of the two programs' normal forms, in whichever direction."""


def heldout_pairs(
    heldout: Sequence[Program],
    output: Path,
    proofs: Path,
    *,
    evaluation: EvaluationConfig,
    haskell: HaskellConfig,
    proof: ProofConfig | None,
    seed: int,
) -> None:
    """Write at most ``evaluation.pairs`` labelled pairs, as many SEQ as SINQ, and the proof attempts on the SEQ ones.

    SEQ labels rest on a proof where ``proof`` is given and a tactic finds one, otherwise on differential testing alone;
    a pair that an attempt contradicts is left out. SINQ labels rest on a witness.
    """
    wanted = [place for goal in Goal for place in places(heldout, goal, evaluation)]
    made = all_litters(wanted, seed, haskell.workers or len(os.sched_getaffinity(0)))
    with run_resumable(
        wanted,
        lambda executor, place: _tried(executor, place, made[place.litters], seed),
        HeldoutTry,
        output,
        item_key=lambda place: place.key,
        result_key=lambda tried: tried.key,
        pool=lambda: Executor.open(haskell),
        fingerprint=fingerprint(haskell, seed),
        label="held-out pairs",
        failed=lambda place, _: HeldoutTry(key=place.key, pair=None),
    ) as tries:
        found = {goal: chosen(tries, goal, evaluation.pairs // 2) for goal in Goal}
        attempts = _proofs(found[Goal.SEQ] if proof else [], proofs, haskell, proof or ProofConfig(), seed)
        found[Goal.SEQ] = with_proofs(found[Goal.SEQ], attempts)
        each = min(map(len, found.values()))
        write_records(output, [pair for goal in Goal for pair in found[goal][:each]])


def places(heldout: Sequence[Program], goal: Goal, evaluation: EvaluationConfig) -> Iterator[Place]:
    """Yield the places to try, in turns over the programs; a program's levels and directions take turns too."""
    turns = ceil(SPARE * (evaluation.pairs // 2) / len(heldout)) if heldout else 0
    for turn in range(turns):
        for index, program in enumerate(heldout):
            round_, level = divmod(turn + index, evaluation.levels - min(EDITS) + 1)
            yield Place(program, goal, min(EDITS) + level, DIRECTIONS[round_ % 2], turn)


def all_litters(wanted: Iterable[Place], seed: int, workers: int) -> dict[Litters, list[dict[Goal, Rewrite]]]:
    """Make the candidates of all places, in so many processes: in the judging threads they would stand in line."""
    asked_for = list(dict.fromkeys(place.litters for place in wanted))
    make = partial(Litters.made, seed=seed)
    if workers == 1 or len(asked_for) < workers:
        return dict(zip(asked_for, map(make, asked_for), strict=True))
    with ProcessPoolExecutor(workers) as pool:
        made = pool.map(make, asked_for, chunksize=max(1, len(asked_for) // (4 * workers)))
        return dict(zip(asked_for, made, strict=True))


def _tried(executor: Executor, place: Place, litters: Iterable[dict[Goal, Rewrite]], seed: int) -> HeldoutTry:
    """Return the first candidate that validates for a place."""
    for twin in litters:
        p, proposal = asked(place, twin[place.goal])
        judgement = judge(executor, p, proposal, seed)
        if judgement.verdict is Verdict.ACCEPTED:
            pair = collect_pair(p, proposal, judgement, None)
            held = {"program_id": place.program.id, "level": place.level, "direction": place.direction}
            forms = sorted([normal_id(pair.p, pair.entry), normal_id(pair.q, pair.q_entry)])
            return HeldoutTry(key=place.key, pair=pair.model_copy(update=held), either_way=content_id(*forms))
    return HeldoutTry(key=place.key, pair=None)


def asked(place: Place, found: Rewrite) -> tuple[Program, Proposal]:
    """Return P and the proposal of Q as Bob is asked about them: exchanged where the direction is ``backward``."""
    p, q = place.program, found.code
    if place.direction == "backward":
        p = p.model_copy(update={"id": content_id("program", found.code, p.entry), "code": found.code})
        q = place.program.code
    return p, Proposal.make(
        program_id=p.id, goal=place.goal, proposer=ProposedBy.MUTATE, attempt=0, code=q, rule=found.rule
    )


def chosen(tries: Iterable[HeldoutTry], goal: Goal, count: int) -> list[Pair]:
    """Return so many different pairs of a goal, evenly spread: each next one is of what has the fewest so far."""
    left = list({tried.either_way: tried.pair for tried in tries if tried.pair and tried.pair.goal is goal}.values())
    kinds = [len({part(pair) for pair in left}) for part in PARTS]
    counts: Counter[tuple[int, str]] = Counter()

    def crowded(pair: Pair) -> int:
        return sum(
            kind * counts[place, part(pair)] for place, (part, kind) in enumerate(zip(PARTS, kinds, strict=True))
        )

    taken: list[Pair] = []
    while left and len(taken) < count:
        taken.append(min(left, key=crowded))
        left.remove(taken[-1])
        counts.update((place, part(taken[-1])) for place, part in enumerate(PARTS))
    return taken


def _proofs(
    pairs: Sequence[Pair], output: Path, haskell: HaskellConfig, proof: ProofConfig, seed: int
) -> list[ProofAttempt]:
    """Write and return the tactics' attempt on each pair."""
    with run_resumable(
        pairs,
        lambda prover, pair: _attempt(prover, pair, seed),
        ProofAttempt,
        output,
        item_key=lambda pair: pair.proposal_id,
        result_key=lambda attempt: attempt.proposal_id,
        pool=lambda: ProverPool(haskell, proof, pairs=len(pairs)),
        fingerprint=fingerprint(haskell, proof, seed),
        label="prove held-out pairs",
    ) as attempts:
        write_records(output, attempts)
    return attempts


def _attempt(prover: ProverPool, pair: Pair, seed: int) -> ProofAttempt:
    result = prover.prove(pair.p, pair.q, pair.entry, seed=seed)
    return ProofAttempt(
        proposal_id=pair.proposal_id,
        round=0,
        finder=result.finder,
        theorem=result.theorem,
        names=result.names,
        proof=result.proof,
        verdict=result.verdict,
        reason=result.reason,
        message=result.message,
        provable=result.provable,
        tools=prover.tools,
        **result.judged_by(),
    )


def with_proofs(pairs: Iterable[Pair], attempts: Iterable[ProofAttempt]) -> list[Pair]:
    """Return the pairs with the proofs that were found; without those that an attempt found to differ after all."""
    by_proposal = {attempt.proposal_id: attempt for attempt in attempts}
    kept = []
    for pair in pairs:
        attempt = by_proposal.get(pair.proposal_id)
        if attempt is not None and attempt.reason in (Reason.CONTRADICTED, ProofReason.DISAGREEMENT):
            continue
        if attempt is not None and attempt.verdict is Verdict.ACCEPTED:
            proved = {"proof": attempt.proof, "theorem": attempt.theorem, "proof_finder": attempt.finder}
            judged = {"evidence": attempt.rests_on, "kernel": attempt.kernel, "overflow": attempt.overflow}
            pair = pair.model_copy(update={**judged, **proved})
        kept.append(pair)
    return kept
