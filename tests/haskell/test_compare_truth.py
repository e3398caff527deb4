"""Programs of which every behaviour on small inputs is known: what ``compare`` says of a pair of them must be true.

A program is a table from small inputs to behaviours, with a default for all others. Both programs of a pair have the
same table but for a few rows, and write it in different orders.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqplay.haskell import Executor, Reason
from seqplay.records import Verdict

pytestmark = pytest.mark.ghc

ENDLESS = {
    "loops": "(let loop = loop in loop)",
    "allocates": "length [0 :: Integer ..]",
    "does not allocate": "length (repeat ())",
    "nests": "(let g :: Int -> Int; g n = 1 + g (n + 1) in g 0)",
    "keeps": "(let ns = [1 ..] :: [Integer] in length ns + fromInteger (head ns))",
}
ENDING = {"one value": "1001", "another value": "2002", "an error": 'error "e"', "another error": "head []"}
DEFAULT = "default"

Table = dict[str, str]


class Domain(NamedTuple):
    """A type of entry, its parameters, its small inputs as patterns, and what a program gives on all others."""

    signature: str
    parameters: str
    points: list[str]
    default: str


DOMAINS = [
    Domain("Int -> Int", "x", ["0", "1", "(-1)", "2", "(-2)", "3", "7", "12", "(-12)"], "x"),
    Domain("[Int] -> Int", "x", ["[]", "[0]", "[1]", "[2]", "[0, 0]", "[0, 1]", "[1, 0]", "[1, 1]"], "length x"),
    Domain("[Bool] -> Int", "x", ["[]", "[True]", "[False]", "[True, False]", "[True, True, False]"], "length x"),
    Domain("(Int, Bool) -> Int", "x", [f"({n}, {b})" for n in ("0", "1", "(-1)", "2") for b in (True, False)], "fst x"),
    Domain("Int -> Int -> Int", "x y", [f"{n} {m}" for n in ("0", "1", "(-1)") for m in ("0", "1", "2")], "x + y"),
    Domain("Char -> Int", "x", ["'a'", "'b'", "'z'", "'A'", "'0'", "' '"], "7"),
    Domain("String -> Int", "x", ['""', '"a"', '"b"', '"aa"', '"ab"'], "length x"),
]


class Case(NamedTuple):
    """A pair of programs, and the inputs on which both end and differ, or just one ends."""

    p: str
    q: str
    different: set[str]
    one_sided: set[str]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A pair of tables that differ in at most two rows."""
    domain = draw(st.sampled_from(DOMAINS))
    points = st.sampled_from(domain.points)
    endless, ending = st.sampled_from(sorted(ENDLESS)), st.sampled_from(sorted(ENDING))
    common = draw(st.dictionaries(points, endless, max_size=4)) | draw(st.dictionaries(points, ending, max_size=3))
    changed = common | draw(st.dictionaries(points, st.one_of(ending, endless), max_size=2))
    at = {point: (value(common, point), value(changed, point)) for point in domain.points}
    tables = draw(st.permutations([(common, ""), (changed, " + 0")]))
    p, q = (program(domain, table, draw(st.permutations(sorted(table))), more) for table, more in tables)
    unlike = {point for point, (one, other) in at.items() if one != other}
    both = {point for point in unlike if None not in at[point]}
    return Case(p, q, {bare(point) for point in both}, {bare(point) for point in unlike - both})


def value(table: Table, point: str) -> str | None:
    """Return what a program computes at a point, none where it does not end."""
    behaviour = table.get(point, DEFAULT)
    return None if behaviour in ENDLESS else behaviour


def program(domain: Domain, table: Table, order: list[str], more: str) -> str:
    """Write a table as a program; ``more`` makes no difference."""
    rows = [f"f {point} = {(ENDLESS | ENDING)[table[point]]}" for point in order]
    return "\n".join([f"f :: {domain.signature}", *rows, f"f {domain.parameters} = {domain.default}{more}", ""])


def bare(text: str) -> str:
    """Return an input without what may be written in several ways."""
    return "".join(text.split()).replace("(", "").replace(")", "").replace(",", "")


def assert_true(executor: Executor, case: Case) -> None:
    """Compare a pair, and hold the answer against what is known."""
    # Rows that do not end are not covered: what is said of the inputs is held against the truth, not how many they are.
    answer = executor.compare(case.p, case.q, min_coverage=0)
    if case.different:
        assert answer.reason is Reason.DIVERGES, answer.message
        assert bare("".join(answer.witness or [])) in case.different, answer.message
    elif case.one_sided:
        assert answer.verdict is not Verdict.ACCEPTED, answer.message
        assert (answer.witness, bare("".join(answer.one_sided or [])) in case.one_sided) == (None, True), answer.message
    else:
        assert answer.reason is Reason.NO_DIFFERENCE, answer.message


FEW = settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@FEW
@given(case=cases())
def test_what_is_said_of_a_pair_is_true(executor: Executor, case: Case) -> None:
    assert_true(executor, case)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(FEW, max_examples=60, derandomize=False)
@given(case=cases())
def test_what_is_said_of_many_pairs_is_true(executor: Executor, case: Case) -> None:
    assert_true(executor, case)
