"""Overflow is excluded only where it makes no difference.

Each pair of ``overflow.jsonl`` is equal in mathematics. On the machine it ``differs`` at some value (or one side throws
there or does not end), or it ``holds``. Of ``differs_not_run`` no run of the interpreter shows it: the difference is a
list of 2^63 elements, or in a conversion that the interpreter does not have.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from seqplay.errors import InputError
from seqplay.proof.language.refusal import Refused
from seqplay.proof.overflow.analysis import excludes_overflow
from seqplay.proof.theorem.problem import Problem, TypeClash
from tests.proof.overflow.machine import difference, parted, posed
from tests.proof.suites import read_suite

PAIRS = {row["name"]: row for row in read_suite("overflow")}
DIFFERING = [name for name, row in PAIRS.items() if row["machine"] != "holds"]


def pair(name: str) -> Problem:
    return posed(PAIRS[name]["p"], PAIRS[name]["q"])


@pytest.mark.parametrize("name", DIFFERING)
def test_what_the_machine_contradicts_is_never_excluded(name: str) -> None:
    found = excludes_overflow(pair(name))
    assert not found.excluded
    assert found.why


@pytest.mark.parametrize("name", [name for name in PAIRS if name not in DIFFERING])
def test_what_needs_no_bounds_or_has_them_is_excluded(name: str) -> None:
    assert excludes_overflow(pair(name)) == (True, "")


@pytest.mark.parametrize("name", [name for name in DIFFERING if PAIRS[name]["machine"] == "differs"])
def test_these_pairs_are_equal_in_mathematics_and_not_on_the_machine(name: str) -> None:
    assert parted(pair(name), rows=300) == (False, True)


def theorem(row: dict[str, Any]) -> Problem | None:
    """A row's theorem, where it has one about Int alone."""
    if re.search("Integer|Double", row["p"] + row["q"]):
        return None
    try:
        problem = posed(row["p"], row["q"], row.get("entry"))
    except (Refused, TypeClash, InputError, AssertionError):
        return None
    return problem if not problem.constraints else None


@pytest.mark.parametrize("suite", ["pairs", "cheats", "false_theorems"])
def test_programs_that_are_excluded_run_on_the_machine_as_in_mathematics(suite: str) -> None:
    theorems = {row["name"]: theorem(row) for row in read_suite(suite)[::4]}
    excluded = {name: each for name, each in theorems.items() if each and excludes_overflow(each).excluded}
    assert len(excluded) > 5
    for at, (name, problem) in enumerate(excluded.items()):
        assert difference(problem, rows=3, seed=at) is None, name


def test_the_machine_that_runs_them_overflows() -> None:
    name = "product_compared"
    assert difference(pair(name), rows=50) is not None
