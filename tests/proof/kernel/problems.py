"""Theorems for the kernel, posed without running anything."""

from __future__ import annotations

from typing import Any

from seqplay.errors import InputError
from seqplay.haskell.analysis.source import choose_entry, parse
from seqplay.proof.kernel.opinion import Opinion, opinion
from seqplay.proof.language.refusal import Refused
from seqplay.proof.theorem.problem import Problem, TypeClash, pose


def posed(p: str, q: str, entry: str | None = None) -> Problem:
    """The theorem that two programs are equal."""
    left, right = parse(p), parse(q)
    p_entry = choose_entry(left, entry).name
    return pose(left, right, p_entry, choose_entry(right, None, reference=p_entry).name)


def judged(item: dict[str, Any], proof: str | None = None) -> Opinion | None:
    """The kernel's opinion of a suite's item, by its proof or the empty one; none where there is no theorem."""
    try:
        problem = posed(item["p"], item["q"], item.get("entry"))
    except (Refused, TypeClash, InputError, AssertionError):
        return None
    nothing = " ".join(["proof", *(name for name, _ in problem.variables), "= ()\n"])
    return opinion(problem, proof or item.get("proof") or nothing)
