"""Examples: each sampled program as the page shows it, and as many of them as fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from seqplay.records import Verdict
from seqplay.report.drawing.difference import LIMIT, pieces
from seqplay.report.drawing.escaping import script_json, visible
from seqplay.report.reading.journey import Journey

BUDGET = 2_500_000
"""Bytes of examples in a page, so that it stays below 5 MB with its charts and their library."""
MESSAGE = 1500
"""Characters of a message, an input or an output that are shown."""
SHOWN_UNREACHED = 5
"""Places that testing did not reach."""


class Chosen(NamedTuple):
    """The examples that a page shows, of how many."""

    shown: Sequence[dict[str, Any]]
    total: int


def choose(journeys: Sequence[Journey], links: PurePosixPath, budget: int = BUDGET) -> Chosen:
    """Return as many examples as fit into ``budget`` bytes: accepted pairs first, the iterations and goals in turn.

    ``links`` is the way from the page to the experiment's folder.
    """
    spent, chosen = 0, []
    for journey in _in_turn(journeys):
        example = show(journey, links)
        size = len(script_json(example)) + 1
        if spent + size > budget:
            break
        spent += size
        chosen.append((journey, example))
    place = {id(journey): number for number, journey in enumerate(journeys)}
    chosen.sort(key=lambda item: place[id(item[0])])
    return Chosen([example for _, example in chosen], len(journeys))


def _in_turn(journeys: Iterable[Journey]) -> list[Journey]:
    """Order journeys so that every beginning of the list has some of each iteration, goal and outcome."""
    seen: Counter[tuple[int, str, str]] = Counter()
    ranked: list[tuple[bool, int, int, Journey]] = []
    for journey in journeys:
        group = (journey.iteration, journey.sampled.goal, journey.outcome.outcome)
        seen[group] += 1
        ranked.append((journey.example is None, seen[group], len(ranked), journey))
    return [journey for *_, journey in sorted(ranked, key=lambda item: item[:3])]


def show(journey: Journey, links: PurePosixPath) -> dict[str, Any]:
    """Return what the page shows of a program: plain texts, made visible; the page sets them as text alone."""
    sampled, proposal, judgement, example = journey.sampled, journey.proposal, journey.judgement, journey.example
    p, q = sampled.program.code.strip("\n"), (proposal.code or "").strip("\n")
    cut = len(p) > LIMIT or len(q) > LIMIT
    found: dict[str, Any] = {
        "iteration": journey.iteration,
        "goal": sampled.goal.upper(),
        "proposer": sampled.proposer,
        "rule": visible(proposal.rule or ""),
        "outcome": visible(journey.outcome.outcome),
        "end": _end(journey),
        "name": _text(f"{sampled.program.entry} :: {sampled.program.type}"),
        "id": sampled.program.id,
        "evidence": example.pair.evidence if example else "",
        "overflow": (example.pair.overflow or "") if example else "",
        "message": _text(_message(journey)),
        "code": [
            [visible(piece.p)] if piece.same else [visible(piece.p), visible(piece.q)]
            for piece in pieces(p[:LIMIT], q[:LIMIT])
        ],
        "cut": cut,
        "evaluations": judgement.evaluations,
        "votes": [[vote.answer, int(vote.correct)] for vote in journey.votes],
        "records": [
            [kind, str(links / source.file), source.first, source.last] for kind, source in journey.sources.items()
        ],
    }
    if example is not None and example.difficulty is not None:
        found["difficulty"] = [
            round(value, 2) for value in (example.difficulty, example.difficulty_low, example.difficulty_high)
        ]
    if example is not None and example.pair.coverage is not None:
        found["coverage"] = f"{100 * example.pair.coverage.share:.0f} %"
        found["unreached"] = [_text(place) for place in example.pair.coverage.unreached[:SHOWN_UNREACHED]]
    if judgement.diverging_input is not None:
        found["input"] = [_text(value) for value in judgement.diverging_input]
        found["outputs"] = [_text(judgement.p_output or "–"), _text(judgement.q_output or "–")]
    found["proofs"] = [
        {
            "finder": visible(attempt.finder),
            "accepted": attempt.verdict is Verdict.ACCEPTED,
            "reason": visible(attempt.reason),
            "theorem": _text(attempt.theorem),
            "proof": _text(attempt.proof or ""),
        }
        for attempt in journey.attempts
    ]
    return {key: value for key, value in found.items() if value not in ("", [], None)}


def _end(journey: Journey) -> str:
    """Return the class of an outcome that the filter offers."""
    if journey.example is None:
        return "refused"
    return "kept" if journey.example.kept.trained_on else "dropped"


def _message(journey: Journey) -> str:
    """Return why a program was refused."""
    if journey.example is not None:
        return ""
    if journey.judgement.verdict is Verdict.ACCEPTED:
        return journey.attempts[-1].message if journey.attempts else "no proof was found"
    return journey.judgement.message


def _text(text: str) -> str:
    shown = visible(text[:MESSAGE])
    return f"{shown} … ({len(text) - MESSAGE} characters more)" if len(text) > MESSAGE else shown
