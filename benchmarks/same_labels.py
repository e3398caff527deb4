"""Labels do not depend on the compiler: what a game without a model says of fixed proposals, on each system the same.

On each system: ``python benchmarks/same_labels.py play 40 > labels-SYSTEM.jsonl``; then anywhere
``python benchmarks/same_labels.py compare labels-A.jsonl labels-B.jsonl``, which exits 1 where a verdict, a reason, a
normal id, a witness or its outputs differ, and counts what differs besides (messages, coverage).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seqplay.config import HaskellConfig
from seqplay.game.validate import judge
from seqplay.haskell import Executor
from seqplay.haskell.analysis.normalise import normal_id
from seqplay.mutate import breaking, preserving
from seqplay.records import Goal, Program, Proposal

DATA = Path(__file__).parents[1] / "config" / "data"
LABEL = ("verdict", "reason", "evidence", "entry", "diverging_input", "p_output", "q_output", "normal_id")
BESIDES = ("message", "coverage", "evaluations")


def proposals(program: Program) -> Iterator[Proposal]:
    """Two rewrites that keep the meaning and two that may not, as the game without a model makes them."""
    made = (
        (Goal.SEQ, preserving(program.code, program.entry, 1)),
        (Goal.SINQ, breaking(program.code, program.entry, 1)),
    )
    for goal, rewrites in made:
        for attempt, rewrite in enumerate(rewrites[:2]):
            yield Proposal.make(program_id=program.id, goal=goal, proposer="mutate", attempt=attempt, code=rewrite.code)


def play(count: int) -> None:
    """Judge the proposals of the first programs that ship, and of odd ones; a line of JSON for each."""
    rows = [json.loads(line) for name in ("programs", "odd_programs") for line in _lines(name)[:count]]
    with Executor.open(HaskellConfig(workers=1, evaluations=300)) as executor:
        for row in rows:
            checked = executor.check(row["code"], row["entry"])
            told = {"name": row["name"], "verdict": checked.verdict, "reason": checked.reason}
            print(json.dumps({**told, "entry": str(checked.entry), "message": checked.message}), flush=True)
            program = Program(
                id=row["name"],
                code=row["code"],
                entry=row["entry"],
                type=checked.entry.type if checked.entry else "",
                name=row["name"],
            )
            for proposal in proposals(program):
                judged = judge(executor, program, proposal, 0).model_dump(mode="json")
                line = {name: judged.get(name) for name in (*LABEL, *BESIDES)}
                line["normal_id"] = normal_id(proposal.code or "", program.entry)
                where = f"{row['name']} {proposal.goal} {proposal.attempt}"
                print(json.dumps({"name": where, **line}, sort_keys=True), flush=True)


def _lines(name: str) -> list[str]:
    return (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()


def compare(left: str, right: str) -> int:
    """Print what differs between two files; return 1 where a label does."""
    files = [_read(name) for name in (left, right)]
    worse, besides = 0, dict.fromkeys(BESIDES, 0)
    for name in sorted(files[0].keys() & files[1].keys()):
        p, q = (file[name] for file in files)
        for field in LABEL:
            if p.get(field) != q.get(field):
                worse += 1
                print(f"{name}: {field}: {p.get(field)!r} and {q.get(field)!r}")
        for field in BESIDES:
            besides[field] += p.get(field) != q.get(field)
    shared, alone = len(files[0].keys() & files[1].keys()), len(files[0].keys() ^ files[1].keys())
    print(f"{shared} in both, {alone} in one; labels that differ: {worse}; besides: {besides}")
    return 1 if worse or not shared else 0


def _read(name: str) -> dict[str, dict[str, Any]]:
    lines = Path(name).read_text(encoding="utf-8").splitlines()
    return {line["name"]: line for line in map(json.loads, lines)}


if __name__ == "__main__":
    if sys.argv[1:2] == ["play"]:
        play(int(sys.argv[2]))
    elif sys.argv[1:2] == ["compare"] and len(sys.argv) == 4:
        sys.exit(compare(*sys.argv[2:]))
    else:
        sys.exit(__doc__)
