"""Do Liquid Haskell and the kernel say the same of a proof? Counts of what both say, and each proof on which they part.

    python benchmarks/checkers.py --suite proofs|cheats|FILE [--step N] [--start N]

``proofs`` are the kept proofs of the equivalent pairs, ``cheats`` those that must not be accepted; a FILE has items
with ``name``, ``p``, ``q`` and ``proof``. The audit comes first: what it refuses reaches neither checker. Nothing is
run, so what both accept may be false on the machine's integers, and is then refused by the second opinion.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from seqplay.config import HaskellConfig, ProofConfig
from seqplay.errors import InputError
from seqplay.haskell.analysis.source import choose_entry, parse
from seqplay.proof.audit import audit_program
from seqplay.proof.kernel.process import Kernel
from seqplay.proof.language.refusal import Refused
from seqplay.proof.liquid.checker import Checker
from seqplay.proof.theorem.definitions import check_definitions
from seqplay.proof.theorem.module import PROOF, assemble
from seqplay.proof.theorem.problem import Problem, TypeClash, pose
from seqplay.proof.theorem.submission import refusals, submission
from seqplay.records import Verdict

SUITE = Path(__file__).parents[1] / "tests" / "proof" / "suite"


class Said(NamedTuple):
    """What the checkers say of a proof; ``before`` says why it reaches neither."""

    before: str = ""
    liquid: str = ""
    kernel: str = ""
    message: str = ""


def main(
    suite: Annotated[str, typer.Option(help="proofs, cheats, or a file")] = "proofs",
    step: Annotated[int, typer.Option(help="every so many items")] = 1,
    start: Annotated[int, typer.Option(help="beginning with this one")] = 0,
) -> None:
    """Print each proof that just one of the checkers accepts, and the counts."""
    counts: Counter[Said] = Counter()
    haskell, proof = HaskellConfig(workers=1), ProofConfig()
    with Kernel.open(haskell) as kernel, Checker.open(haskell, proof) as checker:
        for item in items_of(suite)[start::step]:
            said = judged(item, kernel, checker)
            counts[said._replace(message="")] += 1
            if (said.liquid == "accepts") != (said.kernel == "agrees"):
                print(
                    f"{item['name']}\tLiquid Haskell: {said.liquid}\tkernel: {said.kernel}\t{said.message}", flush=True
                )
    print(f"\n{counts.total()} proofs of {suite}")
    for each, count in counts.most_common():
        print(f"  {count:4}  {each.before or f'Liquid Haskell {each.liquid}, kernel {each.kernel}'}")


def items_of(suite: str) -> list[dict[str, Any]]:
    """Return items with a pair and a proof."""
    if suite == "proofs":
        pairs = {each["name"]: each for each in _read(SUITE / "pairs.jsonl")}
        return [{**pairs[each["name"]], **each} for each in _read(SUITE / "proofs.jsonl")]
    return _read(SUITE / "cheats.jsonl" if suite == "cheats" else Path(suite))


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def judged(item: dict[str, Any], kernel: Kernel, checker: Checker) -> Said:
    """Return what both checkers say of an item's proof."""
    if audit_program(item["p"]) or audit_program(item["q"]):
        return Said("the audit refuses a program")
    try:
        problem = _posed(item)
    except (Refused, TypeClash, InputError) as error:
        return Said("no theorem", message=str(error))
    if refusals(problem, item["proof"]):
        return Said("the audit refuses the proof")
    liquid, message = _by_liquid(problem, item["proof"], checker)
    opinion = kernel.opinion(problem, item["proof"])
    words = f"{opinion.stand}" if opinion.stand == "agrees" else f"{opinion.stand}: {opinion.reason}"
    return Said("", liquid, words, " ".join(f"{message} | {opinion.message}".split())[:300])


def _posed(item: dict[str, Any]) -> Problem:
    left, right = parse(item["p"]), parse(item["q"])
    entry = choose_entry(left, item.get("entry")).name
    return pose(left, right, entry, choose_entry(right, None, reference=entry).name)


def _by_liquid(problem: Problem, proof: str, checker: Checker) -> tuple[str, str]:
    problem = replace(problem, converts=checker.tools.converts)
    checked = check_definitions(problem, lambda module: checker.check([module], problem.p_entry))
    if checked.failure is not None:
        return f"definitions: {checked.failure}", checked.message
    given = submission(checked.problem, proof)
    verdict = checker.confirm([assemble(checked.problem, given.text, metric=given.metric).module], PROOF)
    return ("accepts" if verdict.verdict is Verdict.ACCEPTED else verdict.reason), verdict.message


if __name__ == "__main__":
    typer.run(main)
