"""Proofs of an equality: attempts by each measure, in the ways of one of two approaches.

The search forward, from the functions at hand, asks about many equalities of which most are easy or false; the search
backward, from the goal, about few that are hard, with more lemmas at hand. So the first uses every lemma both ways at
once, and the second puts the ways that cost least first and limits each by itself.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from seqplay.haskell.syntax import TyCon
from seqplay.proof.tactics.discovery.attempt import Attempt, Means
from seqplay.proof.tactics.discovery.cases import Case, waiting
from seqplay.proof.tactics.discovery.work import OutOfWork, Work
from seqplay.proof.tactics.goal import Equality, Proof
from seqplay.proof.tactics.termination import STRUCTURE


@dataclass(frozen=True)
class Way:
    """How the attempts of one round use lemmas."""

    rounds: int
    """How often equations are drawn in one case."""
    share: float = 1.0
    """The part of the steps that one attempt may use; with all of them, one that needs more ends the proving."""
    with_lemmas: bool = True
    both_ways: bool = True
    """Also towards larger terms."""


@dataclass(frozen=True)
class Approach:
    """How equalities are proved."""

    ways: tuple[Way, ...]
    """One after the other."""
    variables_first: bool
    """Split at variables before conditions at first, and after that the other way round; or the reverse."""
    steps: int
    """Steps of the first attempt at a conjecture."""
    most: int
    """Steps of a later one at most."""


FORWARD = Approach((Way(2), Way(4)), variables_first=False, steps=20_000, most=20_000)
BACKWARD = Approach(
    (
        Way(2, share=0.15, with_lemmas=False),
        Way(2, share=0.7, both_ways=False),
        Way(4, share=0.7),
    ),
    variables_first=True,
    steps=12_000,
    most=50_000,
)


def prove(means: Means, goal: Equality, work: Work, approach: Approach = FORWARD) -> tuple[Proof | None, list[Case]]:
    """Return a proof of an equality, or none with the cases that stayed open.

    Raises ``OutOfWork``.
    """
    stuck: list[Case] = []
    chosen = measures(means, goal, work)
    whole = work.left
    for way in approach.ways:
        lemmas = means.lemmas if way.with_lemmas else ()
        here = replace(means, rounds=way.rounds, lemmas=lemmas, both_ways=way.both_ways)
        stuck.clear()
        for measure in chosen:
            for first in (approach.variables_first, not approach.variables_first):
                proof = None
                with work.part(int(whole * way.share)) as part:
                    attempt = Attempt(replace(here, variables_first=first), goal, measure, part)
                    with suppress(OutOfWork):
                        proof = attempt.run()
                if proof is not None:
                    return proof, []
                if not first:
                    stuck += attempt.stuck
                if part.left < 0 and way.share == 1:
                    raise OutOfWork
    return None, stuck


def measures(means: Means, goal: Equality, work: Work) -> list[str]:
    """Return the measures by which an equality may be proved, the likeliest first."""
    start = Attempt(means, goal, "", work).start()
    start.evaluation.run()
    graph = start.graph
    found: dict[str, None] = {}
    kinds = dict(goal.variables)
    for each in waiting(start):
        for term in graph.members[graph.find(each.term)]:
            name = graph.heads[term][1:]
            kind = kinds.get(name) if graph.heads[term][0] == "=" else None
            if isinstance(kind, TyCon) and each.wanted in means.world.siblings:
                found[STRUCTURE + name] = None
    for name, kind in goal.variables:
        if isinstance(kind, TyCon) and kind.name in ("Int", "Integer"):
            found[f"if {name} < 0 then 0 else {name}"] = None
    lists = [name for name, kind in goal.variables if isinstance(kind, TyCon) and kind.name == "[]"]
    if len(lists) > 1:
        found[" + ".join(f"len {name}" for name in lists)] = None
    return list(found) or [""]
